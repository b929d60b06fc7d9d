"""What proxies in front say of a request: `X-Forwarded-For`, `-Proto`, `-Host` and `-Prefix`.

Anyone can send these headers, so they are believed only where the connection comes from an address
that a setting names. The prefix is believed from this machine too: it decides nothing but where
the page's links lead, for the one who asked.
"""

import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING

from client_api.requests.host_header import BEHIND_PROXY, is_host
from client_api.setting_values import Network

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Address = IPv4Address | IPv6Address

# Of unreserved characters alone: it becomes part of links and of the specification.
_PREFIX = re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+){1,10}")
_WITH_PORT = re.compile(r"\[(?P<v6>[^\]]+)\](:[0-9]+)?|(?P<v4>[0-9.]+)(:[0-9]+)?")


class Forwarded:
    """A WSGI application behind proxies, as it would be without them.

    Args:
        application: sees the caller's address, and the scheme, host and prefix it asked for.
        trusted: whose headers are believed.
    """

    def __init__(self, application: "WSGIApplication", trusted: Sequence[Network]) -> None:
        self._application = application
        self._trusted = tuple(trusted)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a request."""
        # Without trusted proxies nothing but this machine's prefix is believed.
        if self._trusted or "HTTP_X_FORWARDED_PREFIX" in environ:
            self._believe_proxies(environ)
        return self._application(environ, start_response)

    def _believe_proxies(self, environ: "WSGIEnvironment") -> None:
        peer = _address(environ.get("REMOTE_ADDR", ""))
        if peer is None:
            return
        is_trusted = self._trusts(peer)
        if is_trusted:
            self._believe(environ, peer)
        if is_trusted or peer.is_loopback:
            prefix = _last(environ, "HTTP_X_FORWARDED_PREFIX").rstrip("/")
            if _PREFIX.fullmatch(prefix):
                environ["SCRIPT_NAME"] = prefix

    def _believe(self, environ: "WSGIEnvironment", peer: Address) -> None:
        environ[BEHIND_PROXY] = True
        environ["REMOTE_ADDR"] = str(self._caller(peer, environ.get("HTTP_X_FORWARDED_FOR", "")))
        scheme = _last(environ, "HTTP_X_FORWARDED_PROTO").lower()
        if scheme in {"http", "https"}:
            environ["wsgi.url_scheme"] = scheme
        host = _last(environ, "HTTP_X_FORWARDED_HOST")
        if is_host(host):
            environ["HTTP_HOST"] = host

    def _caller(self, peer: Address, hops: str) -> Address:
        """The last address that is no trusted proxy's: what is left of it, anyone may have sent."""
        caller = peer
        for hop in reversed(hops.split(",")):
            before = _address(hop.strip()) if self._trusts(caller) else None
            if before is None:
                break
            caller = before
        return caller

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self._trusted)


def _last(environ: "WSGIEnvironment", name: str) -> str:
    """What the nearest proxy put into a header, to which each adds its own."""
    values: str = environ.get(name, "")
    return values.rpartition(",")[2].strip()


def _address(text: str) -> Address | None:
    parts = _WITH_PORT.fullmatch(text)
    try:
        address = ip_address(text if parts is None else parts["v6"] or parts["v4"])
    except ValueError:
        return None
    # What listens on an IPv6 socket sees IPv4 addresses in this form.
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address if mapped is None else mapped

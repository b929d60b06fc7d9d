"""The `Host` header: what a request calls this server, looked at before anything is made of it.

Routing encodes the name for IDNA and fails on one that is none, outside of every error handler. So
a name that no host has is taken out of the request, and the request refused as any other.

Source: RFC 9112, 3.2 and RFC 9110, 4.2.1: a request without a host, or with none that is valid, is
answered 400; RFC 1035, 2.3.4: 63 characters a label, 253 in all.
"""

import re
from collections.abc import Callable, Iterable
from ipaddress import AddressValueError, IPv6Address
from typing import TYPE_CHECKING

from flask import Flask, request

from client_api.errors import BadHost

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MAX_NAME_CHARACTERS = 253
MAX_PORT = 65535
_REFUSED = "boxwright.refused_host"
# Of the WSGI environment of requests that a trusted proxy passes on.
BEHIND_PROXY = "boxwright.behind_proxy"

# Underscores are in names that containers have.
_NAME = re.compile(r"[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?")
_NAME_AND_PORT = re.compile(
    r"(\[(?P<v6>[0-9A-Fa-f:.]{2,45})\]|(?P<name>[^\[\]:]+))(:(?P<port>[0-9]{1,5})?)?"
)


def is_host(text: str) -> bool:
    """Whether `text` is a host as the header has it: a name or an address, and a port or none.

    Example:
        >>> is_host("camera.example:5000"), is_host("a..b")
        (True, False)
    """
    parts = _NAME_AND_PORT.fullmatch(text)
    if parts is None or not 0 < int(parts["port"] or 1) <= MAX_PORT:
        return False
    if parts["v6"] is not None:
        return _is_ipv6(parts["v6"])
    name = parts["name"]
    return (
        len(name.removesuffix(".")) <= MAX_NAME_CHARACTERS
        and _NAME.fullmatch(name) is not None
        and all(map(_is_decodable, re.findall(r"(?i)(?<![^.])xn--[^.]*", name)))
    )


def name_of(host: str) -> str:
    """The name or address of a host, without its port, brackets and last dot.

    Example:
        >>> name_of("[::1]:80"), name_of("camera.example.:5000")
        ('::1', 'camera.example')
    """
    parts = _NAME_AND_PORT.fullmatch(host)
    if parts is None:
        return host
    name: str = parts["v6"] or parts["name"]
    return name.removesuffix(".")


def _is_decodable(label: str) -> bool:
    """Whether a label of another script, in its ASCII form, is one."""
    try:
        label.encode("ascii").decode("idna")
    except UnicodeError:
        return False
    return True


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return True


class CheckedHost:
    """A WSGI application whose requests have a valid `Host`, or none.

    Args:
        application: refuses what had another one, see `refuse_hosts`.
    """

    def __init__(self, application: "WSGIApplication") -> None:
        self._application = application

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a request."""
        host: str | None = environ.get("HTTP_HOST")
        # Before HTTP/1.1 there was none.
        is_needed = environ.get("SERVER_PROTOCOL", "HTTP/1.1") not in ("HTTP/0.9", "HTTP/1.0")
        if not is_host(host or "") and (host or is_needed):
            environ.pop("HTTP_HOST", None)
            environ[_REFUSED] = host
        return self._application(environ, start_response)


def refuse_hosts(app: Flask, allows: Callable[[str], bool]) -> None:
    """Answer requests of `app` with a problem, first of all, whose `Host` is none or not allowed.

    Args:
        app: of the gateway.
        allows: whether a host may be asked for; a trusted proxy may ask for any.
    """
    app.wsgi_app = CheckedHost(app.wsgi_app)  # type: ignore[method-assign]  # Flask's own way

    @app.before_request
    def refuse() -> None:
        if _REFUSED in request.environ:
            came = request.environ[_REFUSED]
            shown = "the request has none" if came is None else f"not {came[:100]!r}"
            raise BadHost(
                f"Host: a name or an address is expected, with a port or without, {shown}"
            )
        host = request.environ.get("HTTP_HOST")
        if host is not None and BEHIND_PROXY not in request.environ and not allows(host):
            raise BadHost(
                f"Host: {host[:100]!r} is not allowed; whoever runs this server adds such a name "
                "to ALLOWED_HOSTS, or the proxy in front to TRUSTED_PROXIES"
            )

"""By which names this server may be asked: against DNS rebinding.

A page of a stranger's whose name leads to an address of this network, once a browser has loaded
it, asks this server in the name of its visitor; what gives it away is the `Host` that it asks for.
So a request may name an address, a name that nobody can register, or one that the operator lists.

Source: RFC 6761 (localhost, test), 6762 (local), 8375 (home.arpa); ICANN's board resolved internal
for private use in 2024, and rejected home, corp and mail; the rest are no top-level domains.
"""

import socket
from collections.abc import Sequence
from ipaddress import ip_address

from client_api.requests.host_header import name_of

ANY_HOST = "*"
PRIVATE_DOMAINS = (
    "localhost", "test", "local", "localdomain", "internal", "intranet", "private", "lan", "home",
    "home.arpa", "corp",
)  # fmt: skip


class AllowedHosts:
    """The names by which requests may ask.

    Args:
        listed: what the operator adds to those that are allowed anyway: names; `.example.com` for
            all below that name, and itself; `*` for any.
    """

    def __init__(self, listed: Sequence[str]) -> None:
        self._is_any = ANY_HOST in listed
        names = (*listed, socket.gethostname(), *PRIVATE_DOMAINS)
        self._names = {each.lower().removesuffix(".") for each in names}
        domains = {each[1:] for each in self._names if each.startswith(".")}
        self._names |= domains
        self._suffixes = tuple(f".{each}" for each in (*domains, *PRIVATE_DOMAINS))

    def allows(self, host: str) -> bool:
        """Whether a request may ask for `host`, a name or an address, with a port or without."""
        name = name_of(host).lower()
        return (
            self._is_any
            # Of one label: this machine's, a container's, a service's.
            or "." not in name
            or name in self._names
            or name.endswith(self._suffixes)
            or _is_address(name)
        )


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True

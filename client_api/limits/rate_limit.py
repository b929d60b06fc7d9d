"""How many predictions each caller may ask for in a minute, over all worker processes.

A caller's minute begins with its first prediction; what it may ask for is whole again when it is
over.
"""

import math
import time
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from pathlib import Path

from client_api.api_keys import ApiKey
from client_api.errors import TooManyRequests
from client_api.limits.caller_counts import CallerCounts

MINUTE_S = 60.0
# A network gives each of its members so many bits of an IPv6 address to choose from.
_MEMBER_BITS = 64


class RateLimit:
    """Counts the predictions of each caller.

    Args:
        per_minute: that each may ask for; None for any number.
        path: of the table that processes share, see `CallerCounts`.
        clock: seconds that only rise, the same for all processes.
    """

    def __init__(
        self,
        per_minute: int | None,
        path: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_minute = per_minute
        self._counts = CallerCounts(MINUTE_S, path, clock)

    def count(self, caller: str, per_minute: int | None = None) -> None:
        """Count one more prediction.

        Args:
            caller: who asks for it.
            per_minute: that this caller may ask for; None for as many as anybody.

        Raises:
            TooManyRequests: it asked for as many as it may; this one is not counted.
        """
        most = self._per_minute if per_minute is None else per_minute
        if most is None:
            return
        taken, left_s = self._counts.count(caller, most)
        if taken >= most:
            retry_after_s = max(1, math.ceil(left_s))
            raise TooManyRequests(
                f"the limit of {most} predictions a minute is reached; try again in "
                f"{retry_after_s} s",
                retry_after_s,
            )

    def count_caller(self, key: ApiKey | None, address: str) -> None:
        """Count one more prediction of the one whose `key` it is, or of an address.

        Raises:
            TooManyRequests: as `count`.
        """
        if key is None:
            self.count(caller_at(address))
        else:
            self.count(f"key {key.name or ''}", key.per_minute)


def caller_at(address: str) -> str:
    """Whom an address counts for: of version 6, everyone in the same network of 64 bits.

    Example:
        >>> caller_at("2001:db8::1"), caller_at("192.0.2.7"), caller_at("::ffff:192.0.2.7")
        ('2001:db8::', '192.0.2.7', '192.0.2.7')
    """
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return address
    if found.ipv4_mapped is not None:
        # As what listens on an IPv6 socket sees those of version 4, which share all but 32 bits.
        return str(found.ipv4_mapped)
    return str(IPv6Address(int(found) >> _MEMBER_BITS << _MEMBER_BITS))

"""Whether a request brings an API key that is taken, and how often an address may be wrong.

Past `WRONG_PER_MINUTE` wrong keys an address's keys are not looked at until its minute is over: a
guess that may be right is told so no more than one that is wrong. A key that was right from there
before goes on being taken, so that a stranger behind the same proxy, or a camera with an old key,
locks nobody out.
"""

import logging
import math

from werkzeug.datastructures import Headers

from client_api.api_keys import ApiKey, ApiKeys
from client_api.errors import TooManyRequests, Unauthorized
from client_api.limits.caller_counts import CallerCounts
from client_api.limits.rate_limit import MINUTE_S, caller_at
from client_api.observability.metrics import Metrics
from client_api.observability.request_record import current_record

WRONG_PER_MINUTE = 20
# How long it is remembered that a key was right, from its first time.
KNOWN_S = 24 * 3600.0

_log = logging.getLogger(__name__)


class KeyGuard:
    """Checks keys.

    Args:
        keys: that are taken.
        wrong: counts each address's wrong keys in `MINUTE_S`.
        known: remembers which keys were right from which address for `KNOWN_S`.
        metrics: count wrong keys.
    """

    def __init__(
        self, keys: ApiKeys, wrong: CallerCounts, known: CallerCounts, metrics: Metrics
    ) -> None:
        self._keys = keys
        self._wrong, self._known = wrong, known
        self._metrics = metrics
        self.needs_key = keys.are_needed

    def check(self, sent: str | None, address: str) -> ApiKey | None:
        """The key that was sent; None where none is needed.

        Raises:
            Unauthorized: none or a wrong one was sent.
            TooManyRequests: too many wrong ones came from that address.
        """
        if not self.needs_key:
            return None
        if sent is None:
            raise Unauthorized(
                "an API key is expected: Authorization: Bearer ... or X-API-Key: ..."
            )
        caller = caller_at(address)
        wrong, left_s = self._wrong.look(caller)
        is_known = self._known.look(f"{caller} {sent}")[0] > 0
        if wrong >= WRONG_PER_MINUTE and not is_known:
            self._metrics.count_wrong_key(is_looked_at=False)
            retry_after_s = max(1, math.ceil(left_s))
            raise TooManyRequests(
                f"{WRONG_PER_MINUTE} wrong API keys came from this address within a minute; try "
                f"again in {retry_after_s} s",
                retry_after_s,
            )
        key = self._keys.find(sent)
        if key is None:
            self._count_wrong(caller)
            raise Unauthorized("the API key is wrong")
        if not is_known:
            self._known.count(f"{caller} {sent}", 1)
        current_record().key = key.name
        return key

    def _count_wrong(self, caller: str) -> None:
        self._metrics.count_wrong_key(is_looked_at=True)
        before, _ = self._wrong.count(caller, WRONG_PER_MINUTE)
        if before + 1 == WRONG_PER_MINUTE:
            _log.warning(
                "%d wrong API keys within a minute came from %s: its next ones are not looked at "
                "until %g s after the first",
                WRONG_PER_MINUTE,
                caller,
                MINUTE_S,
            )


def key_of(headers: Headers) -> str | None:
    """The key that a request brings: `Authorization: Bearer ...`, or `X-API-Key`."""
    scheme, _, credentials = headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    return headers.get("X-API-Key")

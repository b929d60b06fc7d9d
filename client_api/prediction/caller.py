"""Who asks for a prediction: whether it may, and how often."""

from flask import Request

from client_api.gateway import Gateway
from client_api.limits.rate_limit import caller_at
from client_api.requests.api_key import key_of, require_key


class Caller:
    """Whoever sent a request, known by its key or by its address.

    Args:
        gateway: whose key and quotas count.
        request: that it sent.
        sends_forms: whether the key may come as a field of the form, and so only with the body.
    """

    def __init__(self, gateway: Gateway, request: Request, *, sends_forms: bool) -> None:
        self._gateway = gateway
        self._key = key_of(request.headers)
        self._address = request.remote_addr or ""
        self._wanted = gateway.settings.api_key
        self._is_awaited = sends_forms and self._key is None and self._wanted is not None

    def check_head(self) -> None:
        """Look at the key before the body is there.

        Raises:
            Unauthorized: a key is wanted, and none or another one was sent.
        """
        if not self._is_awaited:
            require_key(self._key, self._wanted)

    def count_head(self) -> None:
        """Count the prediction, where the key did not have to be awaited.

        Raises:
            TooManyRequests: the caller has had as many as it may have.
        """
        if not self._is_awaited:
            self._count()

    def check_form(self, key: str | None) -> None:
        """Look at the form's key, and count the prediction, where neither has been done.

        Raises:
            Unauthorized, TooManyRequests: as above.
        """
        if self._is_awaited:
            require_key(key, self._wanted)
            self._count()

    def _count(self) -> None:
        """By the key, of which there is one, or by address."""
        if self._gateway.quotas is not None:
            is_by_key = self._wanted is not None
            self._gateway.quotas.take("key" if is_by_key else caller_at(self._address))

"""The API key that predictions need, where one is set."""

import hmac

from werkzeug.datastructures import Headers

from client_api.errors import Unauthorized


def key_of(headers: Headers) -> str | None:
    """The key that a request brings: `Authorization: Bearer ...`, or `X-API-Key`."""
    scheme, _, credentials = headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    return headers.get("X-API-Key")


def require_key(sent: str | None, wanted: str | None) -> None:
    """Check the key, in a time that does not tell how much of it is right.

    Raises:
        Unauthorized: a key is wanted, and none or another one was sent.
    """
    if wanted is None:
        return
    if sent is None:
        raise Unauthorized("an API key is expected: Authorization: Bearer ... or X-API-Key: ...")
    if not hmac.compare_digest(sent.encode(errors="replace"), wanted.encode()):
        raise Unauthorized("the API key is wrong")

"""A body that still comes: the web server receives it without a thread, and asks again.

The server answers a request as far as its head goes. Where the application then wants the body and
it is not there, `wait` raises `BodyAwaited` through everything to the server, which receives the
body and begins the request anew. So no thread and no slot is held while a client sends, however
slow it is; and what the head alone decides (the key, the path, the parameters, the rate) is decided
first.
"""

from contextlib import AbstractContextManager
from typing import Protocol

# Of the WSGI environment; absent under servers that know nothing of this, such as Flask's own.
ARRIVING_BODY = "boxwright.arriving_body"


class BodyAwaited(BaseException):
    """The body is not there yet: for the server alone, and so no `Exception`."""


class ArrivingBody(Protocol):
    """What the server says of a request's body."""

    def wait(self, max_bytes: int) -> None:
        """Return once the body is there, to be read from `wsgi.input`.

        Args:
            max_bytes: the most that it may have.

        Raises:
            BodyAwaited: it is not, and the request begins anew when it is.
            RequestTooLarge, BodyTooSlow, BadBody, TooBusy: it was given up.
        """

    def room(self, byte_count: int) -> AbstractContextManager[None]:
        """While so much more memory is taken for what the body is decoded to.

        Raises:
            TooBusy: it did not become free in time.
        """

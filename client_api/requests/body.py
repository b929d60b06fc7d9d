"""The request's body: read once, within its limits, in whichever of the three ways it comes.

All of it is in memory, whose amount `client_api.limits.body_memory` bounds: a disk that bodies fill
is missed by everything else that writes to it.
"""

import shutil
from contextlib import ExitStack
from dataclasses import dataclass, replace
from io import BytesIO
from typing import IO

from flask import Request
from gunicorn.http.errors import NoMoreData, ParseException  # type: ignore[import-untyped]  # it has no types
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from client_api.errors import (
    BadBody,
    BodyTooSlow,
    GatewayError,
    NoImage,
    RequestTooLarge,
    UnsupportedContent,
)
from client_api.requests.arriving_body import ARRIVING_BODY, ArrivingBody
from client_api.requests.multipart import MAX_FORM_PARTS, read_form

FORM_TYPE = "multipart/form-data"
# What JSON takes while it is parsed and its base64 is decoded, beside itself, in times its length.
# One character that is no ASCII makes every one of the text as wide.
JSON_COPIES = 4
WIDE_JSON_COPIES = 9


@dataclass(frozen=True)
class Form:
    """A `multipart/form-data` body."""

    opened: ExitStack
    fields: "MultiDict[str, str]"
    files: "MultiDict[str, FileStorage]"


@dataclass(frozen=True)
class RawImage:
    """A body that is an image file; `file` stands at its beginning."""

    opened: ExitStack
    file: IO[bytes]


@dataclass(frozen=True)
class JsonText:
    """A JSON body that has not been parsed; `file` stands at its beginning."""

    opened: ExitStack
    file: BytesIO
    arriving: ArrivingBody | None

    def reserve_room(self) -> None:
        """Take the memory that parsing it takes, until it is closed.

        Raises:
            TooBusy: it did not become free in time.
        """
        if self.arriving is not None:
            text = self.file.getvalue()
            copies = JSON_COPIES if text.isascii() else WIDE_JSON_COPIES
            self.opened.enter_context(self.arriving.room(copies * len(text)))


Body = Form | RawImage | JsonText


def receive(request: Request, *, max_bytes: int) -> Body:
    """Read the body to its end; images are not looked at yet.

    The caller closes what is `opened` when the request has been answered.

    Raises:
        BodyAwaited: it is not there yet; the web server begins the request anew when it is.
        RequestTooLarge: more than `max_bytes`, announced or, in a chunked body, counted.
        UnsupportedContent: the content type is none of the three, or the body is compressed.
        NoImage: there is no body.
        BadBody: a form that does not parse.
        BodyTooSlow: the server gave up waiting for it.
        TooBusy: there is no room for it.
    """
    _check_head(request, max_bytes)
    # A chunked body announces nothing; its stream ends here. Werkzeug takes a stream that ends
    # exactly at its limit for one that goes on.
    request.max_content_length = max_bytes + 1
    arriving: ArrivingBody | None = request.environ.get(ARRIVING_BODY)
    if arriving is not None:
        arriving.wait(max_bytes)
    with ExitStack() as opened:
        try:
            body = _read(request, opened, arriving, max_bytes)
        except _READING_ERRORS as error:
            raise _translated(error, max_bytes) from error
        return replace(body, opened=opened.pop_all())


_WANTED = "multipart/form-data with a part called image, image/* or application/json"


def _check_head(request: Request, max_bytes: int) -> None:
    """Refuse what the head tells already."""
    length, media_type = request.content_length, request.mimetype
    if length is not None and length > max_bytes:
        raise RequestTooLarge(f"the body has {length} bytes, but at most {max_bytes} are accepted")
    # Anything else in this header, such as utf-8 or binary, is no coding, and people write it.
    coding = request.headers.get("Content-Encoding", "").strip().lower()
    if coding in ("gzip", "x-gzip", "deflate", "br", "zstd", "compress"):
        raise UnsupportedContent(
            f"Content-Encoding: {coding} is not supported; send the body uncompressed"
        )
    is_chunked = "chunked" in request.headers.get("Transfer-Encoding", "").lower()
    if not media_type and not length and not is_chunked:
        raise NoImage(f"the request has no body; {_WANTED} is expected")
    is_json = media_type == "application/json" or media_type.endswith("+json")
    if media_type != FORM_TYPE and not media_type.startswith("image/") and not is_json:
        raise UnsupportedContent(
            f"Content-Type: {_WANTED} is expected, not "
            + (repr(request.content_type[:100]) if request.content_type else "none")
        )


def _read(
    request: Request, opened: ExitStack, arriving: ArrivingBody | None, max_bytes: int
) -> Body:
    if request.mimetype == FORM_TYPE:
        # The limit of the whole body holds for fields too: label maps may be that large.
        fields, files = read_form(
            request.stream,
            request.content_type or "",
            lambda: opened.enter_context(BytesIO()),
            max_bytes,
        )
        return Form(opened, fields, files)
    file = opened.enter_context(BytesIO())
    shutil.copyfileobj(request.stream, file, 64 * 1024)
    length = request.content_length
    if length is not None and file.tell() < length:
        raise BadBody(f"the body ends after {file.tell()} of {length} bytes")
    file.seek(0)
    if request.mimetype.startswith("image/"):
        return RawImage(opened, file)
    return JsonText(opened, file, arriving)


# What reading a body can raise.
_READING_ERRORS = (
    RequestEntityTooLarge, TimeoutError, ClientDisconnected, ConnectionError, NoMoreData,
    ParseException,
)  # fmt: skip


def _translated(error: Exception, max_bytes: int) -> GatewayError:
    """One of `_READING_ERRORS` in our words."""
    if isinstance(error, RequestEntityTooLarge):
        return RequestTooLarge(
            f"the body has more than {max_bytes} bytes or {MAX_FORM_PARTS} parts, and no more are "
            "accepted"
        )
    if isinstance(error, ParseException):
        return BadBody("the body is not chunked as its Transfer-Encoding says")
    # Werkzeug takes everything that reading raises for a client that went away.
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return BodyTooSlow("the body came too slowly; the connection is closed")
    return BadBody("the body ends before its announced length")

"""The request's body: read once, within its limits, in whichever of the three ways it comes.

All of it is in memory, whose amount `client_api.limits.body_memory` bounds: a disk that bodies fill
is missed by everything else that writes to it.
"""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
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
    NoImage,
    RequestTooLarge,
    UnsupportedContent,
)
from client_api.requests.arriving_body import ArrivingBody, arriving_body
from client_api.requests.multipart import MAX_FORM_PARTS, read_form

FORM_TYPE = "multipart/form-data"
# What JSON takes while it is parsed and its base64 is decoded, beside itself, in times its length.
# One character that is no ASCII makes every one of the text as wide.
JSON_COPIES = 4
WIDE_JSON_COPIES = 9


class _Opened:
    """A body whose parts take memory, which `close` gives back."""

    opened: ExitStack

    def close(self) -> None:
        """Let go of the parts; call it when the request has been answered."""
        self.opened.close()


@dataclass(frozen=True)
class Form(_Opened):
    """A `multipart/form-data` body."""

    opened: ExitStack
    fields: "MultiDict[str, str]"
    files: "MultiDict[str, FileStorage]"


@dataclass(frozen=True)
class RawImage(_Opened):
    """A body that is an image file; `file` stands at its beginning."""

    opened: ExitStack
    file: IO[bytes]


@dataclass(frozen=True)
class JsonText(_Opened):
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

    The caller closes what is returned.

    Raises:
        BodyAwaited: it is not there yet; the web server begins the request anew when it is.
        RequestTooLarge: more than `max_bytes`, announced or, in a chunked body, counted.
        UnsupportedContent: the content type is none of the three, or the body is compressed.
        NoImage: there is no body.
        BadBody: a form that does not parse.
        BodyTooSlow: the server gave up waiting for it.
        TooBusy: there is no room for it.
    """
    _refuse_announced(request, max_bytes)
    _refuse_compressed(request)
    # A chunked body announces nothing; its stream ends here. Werkzeug takes a stream that ends
    # exactly at its limit for one that goes on.
    request.max_content_length = max_bytes + 1
    media_type = request.mimetype
    if not media_type and not request.content_length and not _is_chunked(request):
        raise NoImage(f"the request has no body; {_WANTED} is expected")
    _refuse_other_types(request)
    arriving = arriving_body(request.environ)
    if arriving is not None:
        arriving.wait(max_bytes)
    with ExitStack() as opened, _reading(max_bytes):
        body: Body
        if media_type == FORM_TYPE:
            # The limit of the whole body holds for fields too: label maps may be that large.
            body = Form(
                opened,
                *read_form(
                    request.stream, request.content_type or "", lambda: _new_file(opened), max_bytes
                ),
            )
        elif media_type.startswith("image/"):
            body = RawImage(opened, _spool(request, opened))
        else:
            body = JsonText(opened, _spool(request, opened), arriving)
        return replace(body, opened=opened.pop_all())


_WANTED = "multipart/form-data with a part called image, image/* or application/json"


def _refuse_announced(request: Request, max_bytes: int) -> None:
    length = request.content_length
    if length is not None and length > max_bytes:
        raise RequestTooLarge(f"the body has {length} bytes, but at most {max_bytes} are accepted")


def _refuse_compressed(request: Request) -> None:
    # Anything else in this header, such as utf-8 or binary, is no coding, and people write it.
    coding = request.headers.get("Content-Encoding", "").strip().lower()
    if coding in ("gzip", "x-gzip", "deflate", "br", "zstd", "compress"):
        raise UnsupportedContent(
            f"Content-Encoding: {coding} is not supported; send the body uncompressed"
        )


def _refuse_other_types(request: Request) -> None:
    media_type = request.mimetype
    is_json = media_type == "application/json" or media_type.endswith("+json")
    if media_type != FORM_TYPE and not media_type.startswith("image/") and not is_json:
        raise UnsupportedContent(
            f"Content-Type: {_WANTED} is expected, not "
            + (repr(request.content_type[:100]) if request.content_type else "none")
        )


def _is_chunked(request: Request) -> bool:
    return "chunked" in request.headers.get("Transfer-Encoding", "").lower()


@contextmanager
def _reading(max_bytes: int) -> Iterator[None]:
    """Put what reading a socket can raise into our words."""
    try:
        yield
    except RequestEntityTooLarge as error:
        raise RequestTooLarge(
            f"the body has more than {max_bytes} bytes or {MAX_FORM_PARTS} parts, and no more are "
            "accepted"
        ) from error
    except TimeoutError as error:
        raise BodyTooSlow("the body came too slowly; the connection is closed") from error
    except (ClientDisconnected, ConnectionError, NoMoreData) as error:
        if isinstance(error.__context__, TimeoutError):
            # Werkzeug takes everything that reading raises for a client that went away.
            raise BodyTooSlow("the body came too slowly; the connection is closed") from error
        raise BadBody("the body ends before its announced length") from error
    except ParseException as error:
        raise BadBody("the body is not chunked as its Transfer-Encoding says") from error


def _new_file(opened: ExitStack) -> BytesIO:
    return opened.enter_context(BytesIO())


def _spool(request: Request, opened: ExitStack) -> BytesIO:
    file = _new_file(opened)
    shutil.copyfileobj(request.stream, file, 64 * 1024)
    length = request.content_length
    if length is not None and file.tell() < length:
        raise BadBody(f"the body ends after {file.tell()} of {length} bytes")
    file.seek(0)
    return file

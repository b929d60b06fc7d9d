"""The request's body: read once, within its limits, in whichever of the three ways it comes."""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, TypeVar

from flask import Request
from gunicorn.http.errors import NoMoreData, ParseException  # type: ignore[import-untyped]  # it has no types
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from client_api.errors import (
    BadBody,
    BodyTooSlow,
    NoPicture,
    RequestTooLarge,
    UnsupportedContent,
)

# Above this a body waits on disk, not in memory, for its turn to be decoded.
SPOOL_BYTES = 500_000
# Fields and files of a form; a request has at most some dozens of either.
MAX_FORM_PARTS = 2_000


@dataclass(frozen=True)
class Form:
    """A `multipart/form-data` body."""

    fields: "MultiDict[str, str]"
    files: "MultiDict[str, FileStorage]"


@dataclass(frozen=True)
class RawPicture:
    """A body that is a picture file; `file` stands at its beginning."""

    file: IO[bytes]


@dataclass(frozen=True)
class JsonText:
    """A JSON body that has not been parsed; `file` stands at its beginning."""

    file: IO[bytes]


Body = Form | RawPicture | JsonText
Read = TypeVar("Read")


def receive(request: Request, *, max_bytes: int) -> Body:
    """Read the body to its end; pictures are not looked at yet.

    Raises:
        RequestTooLarge: more than `max_bytes`, announced or, in a chunked body, counted.
        UnsupportedContent: the content type is none of the three.
        NoPicture: there is no body.
        BadBody: a form that does not parse.
        BodyTooSlow: the server gave up waiting for it.
    """
    _refuse_announced(request, max_bytes)
    media_type = request.mimetype
    if not media_type and not request.content_length and not _is_chunked(request):
        raise NoPicture(f"the request has no body; {_WANTED} is expected")
    if media_type == "multipart/form-data":
        return _guarded(lambda: _read_form(request, max_bytes), max_bytes)
    if media_type.startswith("image/"):
        return RawPicture(_guarded(lambda: _spool(request), max_bytes))
    if media_type == "application/json" or media_type.endswith("+json"):
        return JsonText(_guarded(lambda: _spool(request), max_bytes))
    raise UnsupportedContent(
        f"Content-Type: {_WANTED} is expected, not "
        + (repr(request.content_type[:100]) if request.content_type else "none")
    )


_WANTED = "multipart/form-data with a part called image, image/* or application/json"


def _refuse_announced(request: Request, max_bytes: int) -> None:
    length = request.content_length
    if length is not None and length > max_bytes:
        raise RequestTooLarge(f"the body has {length} bytes; at most {max_bytes} are taken")


def _is_chunked(request: Request) -> bool:
    return "chunked" in request.headers.get("Transfer-Encoding", "").lower()


def _guarded(read: Callable[[], Read], max_bytes: int) -> Read:
    """What `read` returns, with what reading a socket can raise in our words."""
    try:
        return read()
    except RequestEntityTooLarge as error:
        raise RequestTooLarge(
            f"the body has more than the {max_bytes} bytes, or more than the {MAX_FORM_PARTS} "
            "parts, that are taken"
        ) from error
    except TimeoutError as error:
        raise BodyTooSlow("the body came too slowly; the connection is closed") from error
    except (ClientDisconnected, ConnectionError, NoMoreData) as error:
        raise BadBody("the body ends before its announced length") from error
    except ParseException as error:
        raise BadBody("the body is not chunked as its Transfer-Encoding says") from error


def _read_form(request: Request, max_bytes: int) -> Form:
    # Flask's own limit for fields, 500 kB, would refuse label maps that are allowed; the limit
    # of the whole body holds for them too.
    parser = FormDataParser(
        max_form_memory_size=max_bytes,
        max_content_length=max_bytes,
        max_form_parts=MAX_FORM_PARTS,
        silent=False,
    )
    try:
        _, fields, files = parser.parse(
            request.stream, request.mimetype, request.content_length, request.mimetype_params
        )
    except ValueError as error:
        raise BadBody("the body is no multipart/form-data, or ends in the middle of it") from error
    return Form(fields, files)


def _spool(request: Request) -> IO[bytes]:
    # The file is closed, and so deleted, when the request that holds it is forgotten.
    file = tempfile.SpooledTemporaryFile(SPOOL_BYTES)  # noqa: SIM115
    shutil.copyfileobj(request.stream, file, 64 * 1024)
    length = request.content_length
    if length is not None and file.tell() < length:
        raise BadBody(f"the body ends after {file.tell()} of {length} bytes")
    file.seek(0)
    return file

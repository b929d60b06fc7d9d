"""A `multipart/form-data` body, taken apart as it comes: fields, and files that wait on disk.

A part is a file where it has a file name, as everybody reads RFC 7578. It is one too where it has a
content type that is no text's, or a zero byte, which no text has: cameras and scripts send an image
so, without a name.
"""

from collections.abc import Callable, Iterator
from typing import IO

from werkzeug.datastructures import FileStorage, Headers, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import (
    Data,
    Epilogue,
    Event,
    Field,
    File,
    MultipartDecoder,
    NeedData,
    State,
)

from client_api.errors import BadBody, NoImage

# Fields and files of a form; a request has at most some dozens of either.
MAX_FORM_PARTS = 2_000
# Of the headers of a part, and of all parts: names of parts and files are in them.
MAX_PART_HEADER_BYTES = 8 * 1024
MAX_HEADER_BYTES = 500_000
# What may come before the first part: nobody sends anything.
MAX_PREAMBLE_BYTES = 64 * 1024
STEP_BYTES = 64 * 1024
# What a field may be encoded in; whatever else is named is read as UTF-8.
_CHARSETS = frozenset({"ascii", "us-ascii", "utf-8", "iso-8859-1"})
# Encodings that leave bytes as they are.
_AS_IT_IS = frozenset({"", "7bit", "8bit", "binary"})

Parts = tuple["MultiDict[str, str]", "MultiDict[str, FileStorage]"]


def read_form(
    stream: IO[bytes],
    content_type: str,
    new_file: Callable[[], IO[bytes]],
    max_field_bytes: int,
) -> Parts:
    """The fields and the files of a form, in the order sent.

    Args:
        stream: the body; it ends where the body does, or at the most that is taken.
        content_type: with the boundary.
        new_file: makes a file for a part's bytes.
        max_field_bytes: the most that a field may have.

    Raises:
        BadBody: it is no form, ends in the middle of one, or has longer headers than are taken; the
            message says which.
        NoImage: it has no parts.
        RequestEntityTooLarge: it has more parts, or a field more bytes, than are taken.
    """
    return _Reading(_boundary(content_type), new_file, max_field_bytes).read(stream)


def _boundary(content_type: str) -> bytes:
    boundary = parse_options_header(content_type)[1].get("boundary", "")
    if not boundary:
        raise BadBody(
            "Content-Type: multipart/form-data comes without a boundary; "
            "let the HTTP client write that header"
        )
    if not boundary.isascii():
        raise BadBody("Content-Type: the boundary of multipart/form-data has to be ASCII")
    return boundary.encode()


class _Decoder(MultipartDecoder):
    """Werkzeug's, with what people send for parts.

    File names need not be UTF-8: some programs send Windows's letters. A part without
    Content-Disposition is one without a name.
    """

    # Of the parts so far.
    header_bytes = 0

    def _parse_headers(self, data: bytes | bytearray) -> Headers:
        self.header_bytes += len(data)
        _bound_headers(len(data), self.header_bytes)
        try:
            headers = super()._parse_headers(data)
        except UnicodeDecodeError:
            headers = super()._parse_headers(data.decode("latin-1").encode())
        headers.setdefault("Content-Disposition", "form-data")
        return headers

    def next_event(self) -> Event:
        """What comes next; Werkzeug would take the content of a part without headers for them."""
        if self.state is State.PART and self.buffer.startswith((b"\r\n", b"\n")):
            self.buffer[:0] = b"Content-Disposition: form-data\r\n"
        event = super().next_event()
        if self.state is State.PART and isinstance(event, NeedData):
            _bound_headers(len(self.buffer), self.header_bytes)
        return event


def _bound_headers(part_bytes: int, form_bytes: int) -> None:
    """Refuse headers that are too long, before they are looked at."""
    if part_bytes > MAX_PART_HEADER_BYTES:
        raise BadBody(
            f"the headers of a part have more than {MAX_PART_HEADER_BYTES} bytes, and no more are "
            "accepted; give it a shorter name or file name"
        )
    if form_bytes > MAX_HEADER_BYTES:
        raise BadBody(
            f"the headers of the form's parts have more than {MAX_HEADER_BYTES} bytes, and no more "
            "are accepted; send fewer parts, or shorter names"
        )


class _Reading:
    def __init__(
        self, boundary: bytes, new_file: Callable[[], IO[bytes]], max_field_bytes: int
    ) -> None:
        self._boundary = boundary
        self._new_file = new_file
        self._max_field_bytes = max_field_bytes
        self._decoder = _Decoder(boundary, max_field_bytes, max_parts=MAX_FORM_PARTS)
        self._fields: MultiDict[str, str] = MultiDict()
        self._files: MultiDict[str, FileStorage] = MultiDict()
        self._received = 0
        self._has_begun = False
        self._has_ended = False

    def read(self, stream: IO[bytes]) -> Parts:
        try:
            self._take_apart(stream)
        except ValueError as error:
            raise self._refusal() from error
        if not self._fields and not self._files:
            raise self._refusal()
        return self._fields, self._files

    def _take_apart(self, stream: IO[bytes]) -> None:
        part: Field | File | None = None
        content: IO[bytes] | bytearray = bytearray()
        for event in self._events(stream):
            if isinstance(event, Field | File):
                part = event
                content = self._new_file() if _is_file(event) else bytearray()
            elif isinstance(event, Data) and part is not None:
                self._add(content, event.data)
                if not event.more_data:
                    self._finish(part, content)

    def _events(self, stream: IO[bytes]) -> Iterator[object]:
        is_over = False
        while not is_over:
            data = stream.read(STEP_BYTES)
            self._received += len(data)
            is_over = not data
            self._decoder.receive_data(data or None)
            event = self._decoder.next_event()
            while not isinstance(event, Epilogue | NeedData):
                self._has_begun = True
                yield event
                event = self._decoder.next_event()
            self._has_ended |= isinstance(event, Epilogue)
            if not self._has_begun and self._received > MAX_PREAMBLE_BYTES:
                raise self._refusal()

    def _add(self, content: IO[bytes] | bytearray, data: bytes) -> None:
        if not isinstance(content, bytearray):
            content.write(data)
            return
        content += data
        if len(content) > self._max_field_bytes:
            raise RequestEntityTooLarge

    def _finish(self, part: Field | File, content: IO[bytes] | bytearray) -> None:
        if isinstance(content, bytearray):
            if b"\0" not in content:
                self._fields.add(part.name, content.decode(_charset(part), "replace"))
                return
            text, content = content, self._new_file()
            content.write(text)
        encoding = part.headers.get("Content-Transfer-Encoding", "").strip().lower()
        if encoding not in _AS_IT_IS:
            raise BadBody(
                f"part {_shown(part.name)}: send the file's bytes unencoded, without "
                f"Content-Transfer-Encoding: {encoding[:50]}"
            )
        content.seek(0)
        name = part.filename if isinstance(part, File) else None
        self._files.add(part.name, FileStorage(content, name, part.name, headers=part.headers))

    def _refusal(self) -> BadBody | NoImage:
        """Why what came is not taken for a form."""
        count = len(self._fields) + len(self._files)
        if self._received == 0 or (self._has_ended and not count):
            return NoImage("the form has no parts; a part called image is expected")
        if not self._has_begun:
            shown = self._boundary.decode()[:100]
            return BadBody(
                f"the body has no line '--{shown}', with which the parts of a form begin by its "
                "Content-Type"
            )
        return BadBody(
            f"the body is no multipart/form-data, or ends in the middle of it, in part {count + 1}"
        )


def _is_file(part: Field | File) -> bool:
    if isinstance(part, File):
        return True
    media_type = parse_options_header(part.headers.get("Content-Type", ""))[0].lower()
    return bool(media_type) and not media_type.startswith("text/")


def _charset(part: Field | File) -> str:
    options = parse_options_header(part.headers.get("Content-Type", ""))[1]
    charset = options.get("charset", "").lower()
    return charset if charset in _CHARSETS else "utf-8"


def _shown(name: str | None) -> str:
    return "without a name" if name is None else repr(name[:100])

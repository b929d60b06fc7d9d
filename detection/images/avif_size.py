"""How large the AV1 frames of an AVIF file are, which its header may belie.

libavif decodes what the stream holds and scales or cuts it to what the header promises, so that a
header of 64x64 would let 16384x16384 be decoded. The sequence headers are looked at first.

Source: ISO/IEC 14496-12, 8.11.3 `iloc` and 8.7.5 `stco`; AV1 Bitstream & Decoding Process, 5.3 to
5.5.
"""

from collections.abc import Iterator
from itertools import islice

from detection.images.errors import ImageTooLarge, UnreadableImage

# The most boxes, items or chunks that are looked at; a grid has an item for each cell.
_MOST_PLACES = 10_000
_SEQUENCE_HEADER_OBU = 1
_START_BYTES = 128
_CONTAINERS = {b"meta": 4, b"moov": 0, b"trak": 0, b"mdia": 0, b"minf": 0, b"stbl": 0}


def check_frame_size(data: bytes, max_pixels: int) -> None:
    """Refuse an AVIF file of which any item or track may hold a frame of more pixels.

    Raises:
        ImageTooLarge: it is one.
        UnreadableImage: its boxes are broken, or nothing says how large its frames are.
    """
    try:
        largest = max((_frame_pixels(start) for start in _starts(data)), default=0)
    except (IndexError, RecursionError):
        largest = 0
    if not largest:
        raise UnreadableImage(
            f"an AVIF image of {len(data)} bytes without a sequence header is not read"
        )
    if largest > max_pixels:
        raise ImageTooLarge(
            f"the AVIF image holds a frame of {largest} pixels; at most {max_pixels} are taken"
        )


def _starts(data: bytes) -> Iterator[bytes]:
    """The first bytes of each item and of each chunk of a track."""
    boxes = list(islice(_boxes(data, 0, len(data)), _MOST_PLACES))
    idat = next((start for name, start, _ in boxes if name == b"idat"), 0)
    for name, start, end in boxes:
        if name == b"iloc":
            yield from _items(_Reader(data[start:end]), data, idat)
        elif name in (b"stco", b"co64"):
            reader = _Reader(data[start:end])
            reader.skip(4)
            for _ in range(min(reader.number(4), _MOST_PLACES)):
                place = reader.number(4 if name == b"stco" else 8)
                yield data[place : place + _START_BYTES]


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, first byte of the content and end of each box, those of containers included."""
    while start + 8 <= end:
        size, head = int.from_bytes(data[start : start + 4], "big"), 8
        name = data[start + 4 : start + 8]
        if size == 1:
            size, head = int.from_bytes(data[start + 8 : start + 16], "big"), 16
        stop = end if size == 0 else min(start + size, end)
        if stop < start + head:
            return
        yield name, start + head, stop
        if name in _CONTAINERS:
            yield from _boxes(data, start + head + _CONTAINERS[name], stop)
        start = stop


def _items(iloc: "_Reader", data: bytes, idat: int) -> Iterator[bytes]:
    version = iloc.number(1)
    iloc.skip(3)
    sizes, more = iloc.number(1), iloc.number(1)
    offset_size, length_size, base_size = sizes >> 4, sizes & 15, more >> 4
    index_size = more & 15 if version else 0
    wide = 4 if version == 2 else 2
    for _ in range(min(iloc.number(wide), _MOST_PLACES)):
        iloc.skip(wide)
        method = iloc.number(2) & 15 if version else 0
        iloc.skip(2)
        base = iloc.number(base_size) + (idat if method == 1 else 0)
        start = b""
        for _ in range(iloc.number(2)):
            iloc.skip(index_size)
            place, length = base + iloc.number(offset_size), iloc.number(length_size)
            if len(start) < _START_BYTES:
                wanted = min(length or _START_BYTES, _START_BYTES - len(start))
                start += data[place : place + wanted]
        yield start


class _Reader:
    """Numbers one after another, of bytes or bits."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._bit = 0

    def bits(self, count: int) -> int:
        found = 0
        for _ in range(count):
            found = found << 1 | self._data[self._bit >> 3] >> (7 - (self._bit & 7)) & 1
            self._bit += 1
        return found

    def number(self, size: int) -> int:
        place = self._bit >> 3
        if place + size > len(self._data):
            raise IndexError("a box is too short")
        self._bit += 8 * size
        return int.from_bytes(self._data[place : place + size], "big")

    def skip(self, size: int) -> None:
        self.number(size)

    def rest(self) -> bytes:
        return self._data[self._bit >> 3 :]


def _frame_pixels(start: bytes) -> int:
    """Of the sequence header among the first OBUs of an item; 0 where it holds none."""
    reader = _Reader(start)
    for _ in range(8):
        if not reader.rest():
            return 0
        head = reader.number(1)
        if head & 0x81:
            # No OBU: the item is EXIF, a grid or the like.
            return 0
        reader.skip(1 if head & 4 else 0)
        size = _leb128(reader) if head & 2 else len(reader.rest())
        if head >> 3 == _SEQUENCE_HEADER_OBU:
            width, height = _max_frame_size(_Reader(reader.rest()[:size]))
            return width * height
        reader.skip(min(size, len(reader.rest())))
    return 0


def _leb128(reader: _Reader) -> int:
    found = 0
    for place in range(8):
        byte = reader.number(1)
        found |= (byte & 0x7F) << (7 * place)
        if not byte & 0x80:
            break
    return found


def _max_frame_size(reader: _Reader) -> tuple[int, int]:
    """`sequence_header_obu` up to `max_frame_height_minus_1`."""
    reader.bits(4)  # seq_profile, still_image
    if reader.bits(1):  # reduced_still_image_header
        reader.bits(5)
    else:
        _skip_operating_points(reader)
    width_bits, height_bits = reader.bits(4) + 1, reader.bits(4) + 1
    return reader.bits(width_bits) + 1, reader.bits(height_bits) + 1


def _skip_operating_points(reader: _Reader) -> None:
    has_decoder_model, delay_bits = 0, 0
    if reader.bits(1):  # timing_info_present_flag
        reader.bits(64)
        if reader.bits(1):  # equal_image_interval, then uvlc
            zeros = 0
            while not reader.bits(1):
                zeros += 1
            reader.bits(min(zeros, 32))
        has_decoder_model = reader.bits(1)
        if has_decoder_model:
            delay_bits = reader.bits(5) + 1
            reader.bits(32 + 5 + 5)
    has_display_delay = reader.bits(1)
    for _ in range(reader.bits(5) + 1):
        reader.bits(12)
        if reader.bits(5) > 7:
            reader.bits(1)
        if has_decoder_model and reader.bits(1):
            reader.bits(2 * delay_bits + 1)
        if has_display_delay and reader.bits(1):
            reader.bits(4)

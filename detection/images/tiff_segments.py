"""The samples of a TIFF's strips or tiles: what the unpacked bytes mean, as the file says."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from detection.images.errors import TruncatedImage, UnreadableImage
from detection.images.libtiff import UnpackedRows
from detection.images.tiff_header import FLOAT, SIGNED, UNCOMPRESSED, TiffHeader

# Those that keep every bit, so that what comes out is what went in, whatever it means.
LOSSLESS = frozenset({UNCOMPRESSED, 5, 8, 32773, 32946, 34925, 50000})
_GROUP_BYTES = 1 << 24
_BLOCK_SAMPLES = 1 << 20
# 50 megapixels in the smallest tiles; each costs some microseconds.
_MOST_SEGMENTS = 250_000
_REVERSED_BITS = np.packbits(
    np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1)[:, ::-1], axis=1
)[:, 0]
_KINDS = {FLOAT: "f", SIGNED: "i"}

Bytes = npt.NDArray[np.uint8]
Samples = npt.NDArray[Any]


@dataclass(frozen=True)
class _Segment:
    """A strip or tile: which one, and how many rows of it are stored."""

    number: int
    rows: int


def read_samples(data: bytes, header: TiffHeader, wanted: int) -> Samples:
    """The first `wanted` samples of each pixel: (H, W, wanted).

    The caller has bounded `stored_bytes`.

    Raises:
        UnreadableImage: strips that lie outside the file, are too few, or cannot be unpacked.
    """
    width, height = header.size_wh
    across = -(-width // header.segment_wh[0])
    down = -(-height // header.segment_wh[1])
    planes = header.samples if header.planar else 1
    if min(len(header.offsets), len(header.byte_counts)) < across * down * planes:
        raise UnreadableImage(f"a {header.describe()} has too few strips or tiles for its size")
    if across * down * planes > _MOST_SEGMENTS:
        raise UnreadableImage(
            f"a {header.describe()} has {across * down * planes} strips or tiles; at most "
            f"{_MOST_SEGMENTS} are read"
        )
    samples = np.zeros((height, width, wanted), _sample_type(header).newbyteorder("="))
    for plane in range(min(wanted, planes)):
        target = samples[..., plane : plane + 1] if header.planar else samples
        for number, first, unpacked in _unpacked(
            data, header, plane * across * down, across * down
        ):
            row, column = divmod(number, across)
            top, left = row * header.segment_wh[1] + first, column * header.segment_wh[0]
            place = target[top : top + len(unpacked), left : left + unpacked.shape[1]]
            place[...] = unpacked[: place.shape[0], : place.shape[1], : place.shape[2]]
    return samples


def stored_bytes(header: TiffHeader) -> int:
    """How many bytes all strips or tiles unpack to, by the header.

    Raises:
        UnreadableImage: its strips or tiles have no size.
    """
    width, height = header.size_wh
    if min(header.segment_wh) < 1:
        raise UnreadableImage(f"a {header.describe()} has strips or tiles without a size")
    segments = -(-width // header.segment_wh[0]) * -(-height // header.segment_wh[1])
    planes = header.samples if header.planar else 1
    return segments * planes * _row_bytes(header) * header.segment_wh[1]


def _sample_type(header: TiffHeader) -> np.dtype[Any]:
    """The type of a sample that fills whole bytes, in the file's byte order; else the next larger.

    Raises:
        UnreadableImage: there is no such number.
    """
    size = next((each for each in (1, 2, 4, 8) if header.bits <= 8 * each), 0)
    exact = header.bits == 8 * size
    if not size or not header.bits or (header.sample_format in _KINDS and not exact):
        raise UnreadableImage(f"a {header.describe()} is not read: nobody has such numbers")
    if header.sample_format not in (1, 2, 3) or (header.sample_format == FLOAT and size == 1):
        raise UnreadableImage(f"a {header.describe()} is not read: its sample format is unknown")
    kind = _KINDS.get(header.sample_format, "u")
    return np.dtype(f"{'>' if header.big_endian else '<'}{kind}{size}")


def _row_bytes(header: TiffHeader) -> int:
    in_row = header.segment_wh[0] * (1 if header.planar else header.samples)
    return -(-in_row * header.bits // 8)


def _unpacked(
    data: bytes, header: TiffHeader, first: int, count: int
) -> Iterator[tuple[int, int, Samples]]:
    """Each strip or tile of a plane in bands: its place there, the band's first row, the band.

    A band is (rows, columns, samples), and so small that what it is made of costs little memory.
    """
    row_bytes = _row_bytes(header)
    together = max(1, _GROUP_BYTES // max(1, row_bytes * header.segment_wh[1]))
    band_rows = max(1, _GROUP_BYTES // max(1, row_bytes))
    for start in range(0, count, together):
        numbers = range(start, min(start + together, count))
        segments = [_Segment(first + each, _rows(header, each, count)) for each in numbers]
        rows = _rows_of(data, header, segments, row_bytes)
        top = 0
        for place, segment in zip(numbers, segments, strict=True):
            for row in range(0, segment.rows, band_rows):
                last = min(row + band_rows, segment.rows)
                yield place, row, _as_samples(rows(top + row, top + last), header)
            top += segment.rows


def _rows(header: TiffHeader, place: int, count: int) -> int:
    """The last strip is as high as what is left of the image; tiles are all of one size."""
    if header.is_tiled or place < count - 1:
        return header.segment_wh[1]
    return header.size_wh[1] - place * header.segment_wh[1]


def _rows_of(
    data: bytes, header: TiffHeader, segments: list[_Segment], row_bytes: int
) -> Callable[[int, int], Bytes]:
    """A reader of the rows of all `segments`, below each other: from, to -> (rows, row_bytes)."""
    parts = []
    for segment in segments:
        offset, length = header.offsets[segment.number], header.byte_counts[segment.number]
        if header.compression == UNCOMPRESSED:
            # Some writers count wrongly here; how much there must be is known.
            length = segment.rows * row_bytes
        part = data[offset : offset + length]
        if len(part) < length and header.compression == UNCOMPRESSED:
            raise TruncatedImage(f"a {header.describe()} is cut short")
        parts.append(part)
    if header.compression != UNCOMPRESSED:
        size_wh = row_bytes, sum(segment.rows for segment in segments)
        return UnpackedRows(
            parts, header.compression, size_wh, segments[0].rows, reversed_bits=header.reversed_bits
        )
    joined = np.frombuffer(b"".join(parts), np.uint8).reshape(-1, row_bytes)
    return lambda first, last: (
        _REVERSED_BITS[joined[first:last]] if header.reversed_bits else joined[first:last]
    )


def _as_samples(rows: Bytes, header: TiffHeader) -> Samples:
    """Rows of bytes as (rows, columns, samples) of the machine's own byte order."""
    columns = header.segment_wh[0]
    channels = 1 if header.planar else header.samples
    kind = _sample_type(header)
    if header.predictor not in (1, 2, 3):
        raise UnreadableImage(f"a {header.describe()} with predictor {header.predictor}: unknown")
    if header.predictor != 1 and header.bits != 8 * kind.itemsize:
        raise UnreadableImage(f"a {header.describe()} with a predictor: not read")
    if header.predictor == 3:
        return _floats_of_differences(rows, kind, columns, channels)
    if header.bits != 8 * kind.itemsize:
        return _of_bits(rows, header, columns, channels).reshape(len(rows), columns, channels)
    values = np.ascontiguousarray(rows).view(kind).reshape(len(rows), columns, channels)
    values = values.astype(kind.newbyteorder("="), copy=False)
    if header.predictor == 2:
        whole = values.view(f"u{kind.itemsize}")
        values = np.cumsum(whole, axis=1, dtype=whole.dtype).view(values.dtype)
    return values


def _floats_of_differences(
    rows: Bytes, kind: np.dtype[Any], columns: int, channels: int
) -> Samples:
    """Predictor 3 (TechNote 3): a row's highest bytes first, each less the one before it."""
    if kind.kind != "f":
        raise UnreadableImage("the TIFF's predictor is one of floats, its samples are none")
    steps = rows.reshape(len(rows), -1, channels)
    summed = np.cumsum(steps, axis=1, dtype=np.uint8).reshape(len(rows), kind.itemsize, -1)
    big_endian = np.ascontiguousarray(summed.transpose(0, 2, 1)).view(kind.newbyteorder(">"))
    native: Samples = big_endian.astype(kind.newbyteorder("="))
    return native.reshape(len(rows), columns, channels)


def _of_bits(rows: Bytes, header: TiffHeader, columns: int, channels: int) -> Samples:
    """Samples that fill no whole bytes, the first in the highest bits; (rows, columns*channels)."""
    kind, bits, in_row = _sample_type(header).newbyteorder("="), header.bits, columns * channels
    if bits % 8 == 0 and not header.big_endian:
        # Whole bytes, though of no type of NumPy's, are in the file's order.
        rows = rows.reshape(len(rows), -1, bits // 8)[..., ::-1].reshape(len(rows), -1)
    values = np.zeros((len(rows), in_row), kind)
    together = max(1, _BLOCK_SAMPLES // in_row)
    for first in range(0, len(rows), together):
        block = values[first : first + together]
        each_bit = np.unpackbits(rows[first : first + together], axis=1, count=in_row * bits)
        each_bit = each_bit.reshape(len(block), in_row, bits)
        for bit in range(bits):
            block <<= kind.type(1)
            block |= each_bit[..., bit]
    return values

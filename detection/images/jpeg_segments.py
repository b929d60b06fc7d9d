"""The marker segments of a JPEG file: metadata left out, a missing end put on (T.81, annex B)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

START, END = b"\xff\xd8", b"\xff\xd9"
_END_MARKER, SCAN_MARKER = 0xD9, 0xDA
# TEM and the restart markers have no length.
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
# JFIF, EXIF and Adobe's color transform; of the other application segments and of comments nothing
# is read.
KEPT_APPLICATION_SEGMENTS = (0xE0, 0xE1, 0xEE)
METADATA = frozenset({*range(0xE0, 0xF0), 0xFE})
_LOSSLESS = (0xC3, 0xC7, 0xCB, 0xCF)
FRAME_MARKERS = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
# A progressive image has some dozens; each costs a microsecond.
_MOST_SEGMENTS = 100_000
_MOST_BEFORE_FRAME = 1_000
_MARKER_IN_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
# Any number of fill bytes may stand before a marker; a loop would take seconds for millions.
_MARKER = re.compile(rb"\xff+([^\xff])", re.DOTALL)


@dataclass(frozen=True)
class Segment:
    """A marker and what belongs to it; of a scan also its entropy-coded data.

    Attributes:
        marker: its second byte.
        start: of the marker.
        end: behind the last byte; behind the file's end where the segment is cut.
        coded_bytes: of entropy-coded data, for a scan.
    """

    marker: int
    start: int
    end: int
    coded_bytes: int = 0


def jpeg_segments(data: bytes, *, head_only: bool = False) -> Iterator[Segment]:
    """The segments up to the end marker or the end of the file; the last may be cut.

    Args:
        data: the file.
        head_only: end with the header of the first scan, and do not look for that scan's end.

    Raises:
        ValueError: there are more than any image has.
    """
    position = len(START)
    for _ in range(_MOST_SEGMENTS):
        if (found := _MARKER.search(data, position)) is None:
            return
        start = found.start(1) - 1
        marker = data[start + 1]
        if marker in _ALONE or marker in (0x00, _END_MARKER, 0xD8):
            yield Segment(marker, start, start + 2)
            if marker == _END_MARKER:
                return
            position = start + 2
            continue
        head = data[start + 2 : start + 4]
        end = start + 2 + (int.from_bytes(head, "big") if len(head) == 2 else 2)
        coded_from = end
        if head_only and marker == SCAN_MARKER:
            yield Segment(marker, start, end)
            return
        if marker == SCAN_MARKER and end < len(data):
            next_one = _MARKER_IN_SCAN.search(data, end)
            end = next_one.start() if next_one else len(data)
        yield Segment(marker, start, end, max(0, end - coded_from))
        position = max(end, start + 2)
    raise ValueError(f"more than {_MOST_SEGMENTS} segments")


def without_metadata(data: bytes) -> bytes:
    """The same image without color profiles, comments, previews and the like."""
    kept = [START]
    for segment in jpeg_segments(data):
        if segment.marker in METADATA and segment.marker not in KEPT_APPLICATION_SEGMENTS:
            continue
        kept.append(data[segment.start : segment.end])
    return b"".join(kept)


def describe_jpeg(data: bytes) -> str | None:
    """What kind of JPEG it is, of those that are not read; None of all others."""
    for segment in islice(jpeg_segments(data), _MOST_BEFORE_FRAME):
        if segment.marker in _LOSSLESS:
            return f"a lossless JPEG image of {len(data)} bytes"
        if segment.marker in FRAME_MARKERS:
            bits = data[segment.start + 4 : segment.start + 5]
            return None if bits in (b"", b"\x08") else f"a JPEG image of {bits[0]} bits a sample"
    return None


@dataclass(frozen=True)
class CutJpeg:
    """A JPEG file without its end marker.

    Attributes:
        completed: the whole segments and what is there of the last scan, and an end marker, at
            which libjpeg takes the rest for grey.
        coded_bytes: of entropy-coded data that are there.
        empty: the same without the data of its scans, so that nothing is decoded of it.
    """

    completed: bytes
    coded_bytes: int
    empty: bytes


def complete_cut_jpeg(data: bytes) -> CutJpeg | None:
    """What there is of a file without an end marker; None where it has one, or no pixels yet."""
    end, coded, first_coded = len(START), 0, 0
    for segment in jpeg_segments(data):
        if segment.marker == _END_MARKER:
            return None
        if segment.end > len(data):
            break
        if segment.coded_bytes and not coded:
            first_coded = segment.end - segment.coded_bytes
        end, coded = segment.end, coded + segment.coded_bytes
    if not coded:
        return None
    return CutJpeg(data[:end].rstrip(b"\xff") + END, coded, data[:first_coded] + END)

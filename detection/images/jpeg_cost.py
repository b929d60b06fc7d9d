"""What a JPEG file costs to decode, counted before it is: its segments, its scans, their blocks.

A scan of a progressive image may say of all blocks, in a few bytes, that they stay as they are:
each is gone through all the same (T.81, G.1.2.2), so that 50 kB may hold a minute of work.
"""

from collections.abc import Iterator
from itertools import islice, pairwise

from detection.images.errors import UnreadableImage
from detection.images.jpeg_segments import (
    FRAME_MARKERS,
    KEPT_APPLICATION_SEGMENTS,
    METADATA,
    SCAN_MARKER,
    START,
    Segment,
    jpeg_segments,
)

# Encoders write about ten scans, at most one for each coefficient of each component: 192.
MOST_SCANS = 1_000
# Visits of blocks by scans, 4 to 100 ns each. 50 megapixels in ten scans are 11 million.
ORDINARY_VISITS = 20_000_000
MOST_VISITS = 200_000_000
# Of an arithmetic-coded block each decision costs, and no bytes need be there for them.
_ARITHMETIC_TIMES = 10
_FIRST_ARITHMETIC_MARKER = 0xC9
# Frames whose scans each bring whole components.
_SEQUENTIAL = (0xC0, 0xC1, 0xC9)
# Before the first scan: metadata of 65 kB each make 65 MB of a thousand.
MOST_SEGMENTS = 10_000
# Pillow looks at each segment, and each byte between segments, with Python: what has more than
# cameras write is given to it without what is not needed.
_FEW_SEGMENTS, _FEW_BYTES_BETWEEN = 100, 4_096
# libjpeg begins the scan anew for each 64 kB that end within fill bytes.
_LONG_FILL = b"\xff" * 1_024
_EXIF = b"Exif\0\0"


def check_jpeg(data: bytes) -> None:
    """Refuse a file that costs far more than any encoder's.

    Raises:
        UnreadableImage: it is one.
    """
    head = _head(data)
    visits, scans = _visits(data, head)
    if scans > MOST_SCANS or visits > MOST_VISITS:
        raise UnreadableImage(
            f"a JPEG image of {len(data)} bytes in {scans} scans or more, which visit its blocks "
            f"{visits} times, is not read; at most {MOST_SCANS} and {MOST_VISITS} are"
        )
    if _LONG_FILL in data and any(
        _LONG_FILL in data[each.end - each.coded_bytes : _end_of_fill(data, each.end)]
        for each in _segments(data)
        if each.marker == SCAN_MARKER
    ):
        raise UnreadableImage(
            f"a JPEG image of {len(data)} bytes with {len(_LONG_FILL)} fill bytes or more among "
            "its pixels is not read"
        )


def is_costly_jpeg(data: bytes) -> bool:
    """Whether it takes far longer to decode than other images of its size.

    Raises:
        UnreadableImage: as `check_jpeg`.
    """
    return _visits(data, _head(data))[0] > ORDINARY_VISITS


def lean_jpeg(data: bytes) -> bytes:
    """The same image; without metadata, fill bytes and junk where there is much of them."""
    head = _head(data)
    between = sum(after.start - before.end for before, after in pairwise(head))
    between += head[0].start - len(START) if head else 0
    if len(head) <= _FEW_SEGMENTS and between <= _FEW_BYTES_BETWEEN:
        return data
    kept, has_exif = [START], False
    for each in head:
        segment = data[each.start : each.end]
        if each.marker in METADATA:
            is_exif = each.marker == 0xE1 and segment[4:10] == _EXIF
            if each.marker not in KEPT_APPLICATION_SEGMENTS or (is_exif and has_exif):
                continue
            has_exif = has_exif or is_exif
            if each.marker == 0xE1 and not is_exif:
                continue
        elif len(segment) <= 2:
            # A restart marker, or another without content.
            continue
        kept.append(segment)
    return b"".join(kept) + data[head[-1].end :]


def _head(data: bytes) -> list[Segment]:
    """The segments up to the first scan's header, without that scan's data.

    Raises:
        UnreadableImage: there are too many.
    """
    head = list(islice(jpeg_segments(data, head_only=True), MOST_SEGMENTS + 1))
    if len(head) > MOST_SEGMENTS:
        raise UnreadableImage(
            f"a JPEG image of {len(data)} bytes with more than {MOST_SEGMENTS} segments before its "
            "pixels is not read; save it without metadata"
        )
    return head


def _segments(data: bytes) -> Iterator[Segment]:
    try:
        yield from jpeg_segments(data)
    except ValueError as error:
        raise UnreadableImage(f"a JPEG image with {error} is not read") from error


def _end_of_fill(data: bytes, start: int) -> int:
    """Behind the fill bytes that precede the marker at `start`; they count to the scan before."""
    return start + len(_LONG_FILL) if data[start : start + 2] == b"\xff\xff" else start


def _visits(data: bytes, head: list[Segment]) -> tuple[int, int]:
    """How often scans visit blocks, and the number of scans; at most so, where they are few."""
    frame = next((each for each in head if each.marker in FRAME_MARKERS), None)
    if frame is None or frame.end > len(data) or frame.end - frame.start < 10:
        return 0, 0
    times = _ARITHMETIC_TIMES if frame.marker >= _FIRST_ARITHMETIC_MARKER else 1
    blocks = {
        each: times * count for each, count in _blocks_of_components(data[frame.start : frame.end])
    }
    if frame.marker in _SEQUENTIAL and head[-1].marker == SCAN_MARKER:
        components = data[head[-1].start + 4 : head[-1].start + 5]
        if components and components[0] >= len(blocks):
            # All that there is; what follows is not decoded.
            return sum(blocks.values()), 1
    # Entropy-coded bytes hold no markers, so that no scan is missed; previews' are counted, too.
    most = data.count(b"\xff\xda")
    if most * sum(blocks.values()) <= ORDINARY_VISITS and most <= MOST_SCANS:
        return most * sum(blocks.values()), most
    visits = scans = 0
    for each in _segments(data):
        if each.marker == SCAN_MARKER:
            scans += 1
            count = data[each.start + 4 : each.start + 5]
            names = data[each.start + 5 : each.start + 5 + 2 * (count[0] if count else 0) : 2]
            visits += sum(blocks.get(name, 0) for name in names)
            if scans > MOST_SCANS:
                break
    return visits, scans


def _blocks_of_components(frame: bytes) -> list[tuple[int, int]]:
    """The name of each component of a frame header, and how many blocks it has (T.81, A.1.1)."""
    height, width = int.from_bytes(frame[5:7], "big"), int.from_bytes(frame[7:9], "big")
    components = [
        (frame[at], frame[at + 1] >> 4 or 1, frame[at + 1] & 15 or 1)
        for at in range(10, len(frame) - 2, 3)
    ]
    most_across = max((across for _, across, _ in components), default=1)
    most_down = max((down for _, _, down in components), default=1)
    mcus = -(-width // (8 * most_across)) * -(-height // (8 * most_down))
    return [(name, mcus * across * down) for name, across, down in components]

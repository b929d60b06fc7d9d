"""The blocks of a GIF file before its first image, counted (GIF89a, 15, 23 to 26)."""

from detection.images.errors import UnreadableImage

# XMP of some megabytes, in sub-blocks of 70 bytes as that is stored; each costs Pillow Python.
MOST_BLOCKS = 100_000
_HEADER_BYTES = 13
_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B


def check_gif(data: bytes) -> None:
    """Refuse a file with more blocks before its first image than any has.

    Raises:
        UnreadableImage: it is one.
    """
    if len(data) <= _HEADER_BYTES:
        return
    flags = data[10]
    place = _HEADER_BYTES + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    blocks = 0
    while place < len(data) and data[place] not in (_IMAGE, _TRAILER):
        is_extension = data[place] == _EXTENSION
        place += 2 if is_extension else 1
        while is_extension and place < len(data) and data[place] and blocks <= MOST_BLOCKS:
            place += 1 + data[place]
            blocks += 1
        place += is_extension
        blocks += 1
        if blocks > MOST_BLOCKS:
            raise UnreadableImage(
                f"a GIF image of {len(data)} bytes with more than {MOST_BLOCKS} blocks before its "
                "first image is not read; save it without comments"
            )

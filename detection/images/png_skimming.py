"""A PNG file without its pixels, so that the header of a large one costs a few reads.

EXIF may come behind the pixels, so chunks are gone through to the end, and passed over by seeking.
"""

import struct
from typing import BinaryIO

from detection.images.png_chunks import MOST_CHUNKS, SIGNATURE

# Of what comes before the pixels; who has more is read as a whole.
_MOST_KEPT = 1 << 20


def skim_png(file: BinaryIO) -> bytes | None:
    """The same chunks, the pixels and what follows them but EXIF emptied.

    It has the header, the orientation and the number of chunks of the whole file; its checksums
    are not those of the chunks that were emptied.

    Args:
        file: at its beginning; unbuffered, or each seek costs a buffer.

    Returns:
        The chunks; None where it is no PNG, is cut in a chunk that counts, or has more than
        1 MiB of such chunks, or more chunks than are read.
    """
    if file.read(len(SIGNATURE)) != SIGNATURE:
        return None
    parts, kept, place, before_pixels = [SIGNATURE], 0, len(SIGNATURE), True
    while len(head := file.read(8)) == 8:
        (length,) = struct.unpack_from(">I", head)
        name = head[4:]
        if len(parts) > MOST_CHUNKS:
            return None
        place += length + 12
        before_pixels = before_pixels and name != b"IDAT"
        if before_pixels or name == b"eXIf":
            kept += length
            if kept > _MOST_KEPT or len(content := file.read(length + 4)) < length + 4:
                return None
            parts.append(head + content)
        else:
            parts.append(struct.pack(">I", 0) + name + bytes(4))
            file.seek(place)
        if name == b"IEND":
            break
    return b"".join(parts)

"""Whether an image file is whole by its last bytes, so that a million need not be decoded.

A copy or a download that broke off leaves a file whose header is right. Every common format says
where it ends: JPEG, PNG and GIF by what their last bytes are, BMP and WebP by a length at the
beginning.
"""

import os
import struct

from training.datasets.sources import FileImage, ImageSource

_HEAD, _TAIL = 32, 64
# Cameras and upload forms leave zeros and line breaks behind the end.
_PADDING = b"\0\r\n "


def ends_well(source: ImageSource) -> bool:
    """Whether a file ends as its format does; False for what is missing, or of another format.

    False is a doubt and no defect: phones write more behind a JPEG's end, and TIFF, AVIF and HEIC
    say nothing there. Whoever asks decodes those.

    Args:
        source: the image.
    """
    try:
        head, tail, size = _ends(source)
    except OSError:
        return False
    bare = tail.rstrip(_PADDING)
    if head.startswith(b"\xff\xd8"):
        return bare.endswith(b"\xff\xd9")
    if head.startswith(b"\x89PNG"):
        return b"IEND" in tail[-24:]
    if head.startswith(b"GIF8"):
        return bare.endswith(b";")
    if head.startswith(b"RIFF") and len(head) >= 12:
        return bool(struct.unpack_from("<I", head, 4)[0] + 8 <= size)
    if head.startswith(b"BM") and len(head) >= 6:
        return bool(0 < struct.unpack_from("<I", head, 2)[0] <= size)
    return False


def _ends(source: ImageSource) -> tuple[bytes, bytes, int]:
    """The first and the last bytes, and how many there are."""
    if not isinstance(source, FileImage):
        data = source.read()
        return data[:_HEAD], data[-_TAIL:], len(data)
    with source.path.open("rb", buffering=0) as file:
        head = file.read(_HEAD)
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _TAIL))
        return head, file.read(_TAIL), size

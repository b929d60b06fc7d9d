"""HEIC and other HEIF files, decoded by libheif and libde265 (ISO/IEC 23008-12, 23000-22)."""

from io import BytesIO

import pi_heif
from PIL import Image

from detection.images.colors import as_rgb
from detection.images.errors import TruncatedImage, UnreadableImage

# The brands of files whose main image is coded in HEVC, or in whatever their items say.
_HEVC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
_ANY_BRANDS = frozenset({b"mif1", b"mif2", b"msf1"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_MOST_BRANDS = 64


def is_heif(data: bytes) -> bool:
    """Whether the file's brands name HEIF, and neither AVIF nor a video."""
    if data[4:8] != b"ftyp":
        return False
    end = min(int.from_bytes(data[:4], "big"), len(data), 16 + 4 * _MOST_BRANDS)
    brands = {data[8:12], *(data[place : place + 4] for place in range(16, end, 4))}
    return not brands & _AVIF_BRANDS and bool(brands & (_HEVC_BRANDS | _ANY_BRANDS))


def is_cut(data: bytes) -> bool:
    """Whether a box of the file reaches beyond its end; libheif leaves missing tiles black then."""
    position = 0
    while position + 8 <= len(data):
        size = int.from_bytes(data[position : position + 4], "big")
        if size == 1:
            # The size itself is longer than usual.
            size = int.from_bytes(data[position + 8 : position + 16], "big")
        if size < 8:
            # 0: the box goes on to the end, wherever that is.
            return False
        position += size
    return position > len(data)


class HeifFile:
    """A HEIF file whose header has been read.

    Its own rotation, mirror and crop are the decoder's to apply; EXIF's orientation says the same
    again and is not looked at (ISO/IEC 23000-22, 7.3.6.7).

    Args:
        data: the file.

    Raises:
        UnreadableImage: it has no image.
        Exception: of pi-heif, where it is none or is broken.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._image = pi_heif.open_heif(BytesIO(data), convert_hdr_to_8bit=True)
        if not len(self._image):
            raise UnreadableImage("a HEIF file without an image is not read")
        # The decoder has turned it.
        self.orientation = 1
        self.size_wh: tuple[int, int] = self._image.size

    def decode(self) -> Image.Image:
        """The main image in mode RGB, upright.

        Raises:
            TruncatedImage: it is cut short.
            Exception: of pi-heif, where it is broken.
        """
        if is_cut(self._data):
            raise TruncatedImage(f"the HEIC image of {len(self._data)} bytes is cut short")
        return as_rgb(self._image.to_pillow())

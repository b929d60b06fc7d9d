"""TIFF files: decoded here wherever a lossless compression leaves the samples as they were."""

from io import BytesIO

from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from detection.images.colors import as_rgb
from detection.images.errors import ImageTooLarge, UnreadableImage
from detection.images.orientation import upright, upright_size
from detection.images.tiff_colors import samples_to_pixels, wanted_samples
from detection.images.tiff_header import (
    BLACK_IS_ZERO,
    CMYK,
    COMPRESSIONS,
    RGB,
    UNCOMPRESSED,
    UNSIGNED,
    WHITE_IS_ZERO,
    YCBCR,
    TiffHeader,
    read_tiff_header,
)
from detection.images.tiff_segments import LOSSLESS, read_samples, stored_bytes

SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
# A pixel of four 16-bit samples, or of two 32-bit ones.
_MOST_BYTES_PER_PIXEL = 8
# Of compressed strips or tiles, together; without their sizes each is taken for the whole file.
_MOST_TIMES_FILE, _ALWAYS_ALLOWED_BYTES = 2, 1_000_000
_FAX = (2, 3, 4)
_OLD_JPEG, _JPEG = 6, 7


class TiffFile:
    """A TIFF file whose header has been read.

    Args:
        data: the file.

    Raises:
        UnreadableImage: its samples mean nothing that is known here; the message names them.
        Exception: of Pillow, for broken tags.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._header = read_tiff_header(data)
        self.orientation = self._header.orientation
        self.size_wh = upright_size(self._header.size_wh, self._header.orientation)
        self._is_ours = self._header.compression in LOSSLESS
        _check_sum_of_segments(data, self._header)
        if self._is_ours:
            self._wanted = wanted_samples(self._header)
        else:
            _require_known_to_pillow(self._header)

    def check_size(self, max_pixels: int) -> None:
        """Refuse a file whose samples would take more memory than so many pixels should.

        Raises:
            ImageTooLarge: it is one.
        """
        stored, most = stored_bytes(self._header), _MOST_BYTES_PER_PIXEL * max_pixels
        if stored > most:
            raise ImageTooLarge(
                f"a {self._header.describe()} holds {stored} bytes of samples; at most {most} are "
                "taken"
            )

    def decode(self) -> Image.Image:
        """The first page in mode RGB, upright; `check_size` comes first.

        Raises:
            UnreadableImage: broken, truncated.
            Exception: of Pillow, for broken strips.
        """
        if self._is_ours:
            # Without a name for the samples, which are large and over with here.
            pixels = samples_to_pixels(
                read_samples(self._data, self._header, self._wanted), self._header
            )
            return upright(as_rgb(Image.fromarray(pixels)), self.orientation)
        return _decoded_by_libtiff(self._data)


def _check_sum_of_segments(data: bytes, header: TiffHeader) -> None:
    """Strips that all lie on the same bytes would be copied, each by itself."""
    most = max(_ALWAYS_ALLOWED_BYTES, _MOST_TIMES_FILE * len(data))
    if header.compression != UNCOMPRESSED and (summed := sum(header.byte_counts)) > most:
        raise UnreadableImage(
            f"a {header.describe()} of {len(data)} bytes has {summed} bytes of strips or tiles; at "
            f"most {most} are read"
        )


def _require_known_to_pillow(header: TiffHeader) -> None:
    """Let through what Pillow and libtiff read right, which the tests compare (docs/images.md)."""
    grey = (BLACK_IS_ZERO, WHITE_IS_ZERO)
    fax = header.compression in _FAX and header.photometric in grey
    is_fax = fax and (header.samples, header.bits) == (1, 1)
    colors = {BLACK_IS_ZERO: 1, WHITE_IS_ZERO: 1, RGB: 3, YCBCR: 3, CMYK: 4}.get(header.photometric)
    is_jpeg = header.compression in (_OLD_JPEG, _JPEG) and header.samples == colors
    is_jpeg &= header.bits == 8
    if not ((is_fax or is_jpeg) and header.sample_format == UNSIGNED):
        known = sorted({COMPRESSIONS[each] for each in (*LOSSLESS, *_FAX, _JPEG)} - {"no"})
        raise UnreadableImage(
            f"a {header.describe()} is not read; save it without compression, or with one of "
            f"{', '.join(known)}"
        )


def _decoded_by_libtiff(data: bytes) -> Image.Image:
    """Upright: Pillow turns TIFF files by itself."""
    with TiffImageFile(BytesIO(data)) as image:
        image.load()
        return as_rgb(image)

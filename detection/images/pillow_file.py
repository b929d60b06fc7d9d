"""The formats that Pillow reads right by itself, and what it needs help with in them."""

import struct
from io import BytesIO

from PIL import Image, ImageFile

from detection.images import jpeg_segments, png_chunks
from detection.images.colors import as_rgb
from detection.images.jpeg_cost import lean_jpeg
from detection.images.orientation import EXIF_ORIENTATION_TAG, is_turned, upright, upright_size
from detection.images.png_deep import decode_deep_png, is_deep
from detection.images.tiff_directory import check_directory

# Pillow's names. All others stay closed: 43 plugins are on by default, and one starts Ghostscript.
PILLOW_FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "BMP", "GIF")
# What Pillow's plugins and pi-heif raise on broken files, seen on their own test images.
DECODER_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    NotImplementedError,
    RuntimeError,
    ArithmeticError,
    LookupError,
    AttributeError,
    AssertionError,
    EOFError,
    struct.error,
)


class PillowFile:
    """An image file whose header Pillow has read.

    A file that Pillow refuses for its metadata, such as 2 MB of text in a PNG, is read without it.

    Args:
        data: the file.

    Raises:
        DecompressionBombError: far more pixels than are ever taken.
        Exception: one of `DECODER_ERRORS`.
    """

    def __init__(self, data: bytes) -> None:
        self._data = _lean(data)
        self._is_bare = False
        try:
            self._open()
        except DECODER_ERRORS:
            if not self._without_metadata():
                raise
            self._open()

    def _open(self) -> None:
        self.image: ImageFile.ImageFile = Image.open(BytesIO(self._data), formats=PILLOW_FORMATS)
        # Phones append a depth map or a brighter copy to a JPEG, which Pillow then calls MPO.
        self.format = "JPEG" if self.image.format == "MPO" else self.image.format or ""
        self.is_stored_as_rgb = _is_stored_as_rgb(self.image)
        # Before decoding: afterwards the size may be another.
        self.stored_size_wh = self.image.size
        self.orientation = orientation_of(self.image, self._data)
        self._png = png_chunks.read_png_header(self._data) if self.format == "PNG" else None

    @property
    def size_wh(self) -> tuple[int, int]:
        """Upright."""
        return upright_size(self.stored_size_wh, self.orientation)

    @property
    def is_plain(self) -> bool:
        """Whether the file as it came shows any decoder what `decode` gives, once it has."""
        is_simple = self.format in ("JPEG", "PNG") and self.is_stored_as_rgb
        return is_simple and not self._is_bare and not is_turned(self.orientation)

    def decode(self) -> Image.Image:
        """The first frame in mode RGB, upright, on white where it is transparent.

        Raises:
            Exception: one of `DECODER_ERRORS`.
        """
        if self._png is not None and is_deep(self._png):
            try:
                pixels = decode_deep_png(self._data, self._png.color_type)
            except DECODER_ERRORS:
                if not self._without_metadata():
                    raise
                self._open()
                pixels = decode_deep_png(self._data, self._png.color_type)
        else:
            pixels = _as_rgb(self.loaded())
        return upright(pixels, self.orientation)

    def loaded(self) -> Image.Image:
        """The image as Pillow decodes it, of any mode, not turned.

        Raises:
            Exception: one of `DECODER_ERRORS`.
        """
        try:
            self.image.load()
        except DECODER_ERRORS:
            # PNG may have its metadata behind its pixels.
            if not self._without_metadata():
                raise
            self._open()
            self.image.load()
        return self.image

    def _without_metadata(self) -> bool:
        """Leave the metadata out of the file; whether there is any."""
        if self._is_bare:
            return False
        bare = None
        if self._data.startswith(png_chunks.SIGNATURE):
            bare = png_chunks.without_metadata(self._data)
        elif self._data.startswith(jpeg_segments.START):
            bare = jpeg_segments.without_metadata(self._data)
        if bare is None or len(bare) == len(self._data):
            return False
        self._data, self._is_bare = bare, True
        return True


def _lean(data: bytes) -> bytes:
    """The same image, without what Pillow would take long for."""
    if data.startswith(jpeg_segments.START):
        return lean_jpeg(data)
    return png_chunks.lean_png(data) if data.startswith(png_chunks.SIGNATURE) else data


def _is_stored_as_rgb(image: ImageFile.ImageFile) -> bool:
    """Whether the file, not only the decoded image, holds 8 bits of red, green and blue."""
    if image.mode != "RGB" or "transparency" in image.info:
        return False
    # A PNG of 16 bits is mode RGB too; its tile says how it is stored.
    raw_modes = {tile.args[0] if isinstance(tile.args, tuple) else tile.args for tile in image.tile}
    return raw_modes == {"RGB"}


def orientation_of(image: Image.Image, data: bytes = b"") -> int:
    """EXIF's, without decoding the pixels; 1, upright, where there is none or EXIF is broken.

    Args:
        image: opened, not loaded.
        data: the whole file, of a PNG, which may have it at its end.
    """
    if image.format == "PNG" and "exif" not in image.info:
        # It may come behind the pixels, where Pillow has not been yet.
        for chunk in png_chunks.png_chunks(data):
            if chunk.name == b"eXIf":
                image.info["exif"] = b"Exif\0\0" + data[chunk.start + 8 : chunk.end - 4]
    try:
        if exif := image.info.get("exif"):
            check_directory(exif.removeprefix(b"Exif\0\0"))
        # Not the PNG plugin's own, which decodes the pixels first.
        return int(Image.Image.getexif(image).get(EXIF_ORIENTATION_TAG, 1))
    except DECODER_ERRORS:
        return 1


def _as_rgb(image: Image.Image) -> Image.Image:
    if image.format == "BMP" and image.mode == "RGBA" and not image.getchannel("A").getbbox():
        # Most writers leave the fourth byte of a bitmap 0 and mean an image that is seen.
        return image.convert("RGB")
    return as_rgb(image)

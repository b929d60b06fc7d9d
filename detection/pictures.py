"""Picture files from anybody, as the 8-bit RGB that a person sees.

What a decoder raises on a hostile file is its own affair; here it becomes `UnreadableImage`, or
`ImageTooLarge` where the header promises more pixels than are allowed, before they are decoded.
"""

import struct
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageFile

from detection.colours import as_rgb
from detection.file_kinds import describe_file

# Pillow's names. All others stay closed: 43 plugins are on by default, and one starts Ghostscript.
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")

EXIF_ORIENTATION_TAG = 0x0112
# EXIF 2.3, 4.6.4: how a stored picture is turned to stand upright, by the value of the tag.
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# What Pillow's plugins raise on broken files, seen on its own test pictures.
_DECODER_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    NotImplementedError,
    ArithmeticError,
    LookupError,
    AttributeError,
    AssertionError,
    EOFError,
    struct.error,
)
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)


class PictureError(ValueError):
    """The file cannot be taken; the message says what came and what is wanted."""


class UnreadableImage(PictureError):
    """Not a picture in a format that is read, or a broken or truncated one."""


class ImageTooLarge(PictureError):
    """More pixels than allowed, known from the header; nothing was decoded."""


@dataclass(frozen=True)
class Picture:
    """A decoded picture.

    Args:
        pixels: mode RGB, upright.
        data: the file as it came.
        format: one of `FORMATS`, by the file's content.
        plain_file: `data` itself shows `pixels` to any decoder: a JPEG or PNG with 8 bits of red,
            green and blue, stored upright.
    """

    pixels: Image.Image
    data: bytes
    format: str
    plain_file: bool

    @property
    def width(self) -> int:
        """Pixels across, upright."""
        return self.pixels.width

    @property
    def height(self) -> int:
        """Pixels down, upright."""
        return self.pixels.height


@dataclass(frozen=True)
class PictureFile:
    """A picture file whose header has been read; `decode` does the work.

    Args:
        data: the file as it came.
        image: opened, not loaded.
    """

    data: bytes
    image: ImageFile.ImageFile

    @property
    def pixel_count(self) -> int:
        """Width times height, as the header says."""
        return self.image.width * self.image.height

    def decode(self) -> Picture:
        """Upright, first frame or page, on white where it is transparent.

        Raises:
            UnreadableImage: broken or truncated.
            ImageTooLarge: the file holds more than its header says.
        """
        # Phones append a depth map or a brighter copy to a JPEG, which Pillow then calls MPO.
        file_format = "JPEG" if self.image.format == "MPO" else self.image.format or ""
        stored_as_rgb = _is_stored_as_rgb(self.image)
        try:
            self.image.load()
            orientation = _orientation(self.image)
            pixels = as_rgb(self.image)
            if orientation in _UPRIGHT:
                pixels = pixels.transpose(_UPRIGHT[orientation])
        except _BOMBS as error:
            raise ImageTooLarge(
                f"the {file_format} file holds more than its header says"
            ) from error
        except _DECODER_ERRORS as error:
            raise UnreadableImage(
                f"the {file_format} picture of {len(self.data)} bytes is broken or cut short"
            ) from error
        plain = file_format in ("JPEG", "PNG") and stored_as_rgb and orientation not in _UPRIGHT
        return Picture(pixels, self.data, file_format, plain)


def open_picture(data: bytes, *, max_pixels: int) -> PictureFile:
    """Read a picture file's header, which takes next to nothing.

    Args:
        data: the file. Its content decides what it is, not its name.
        max_pixels: the most that width times height may be.

    Raises:
        UnreadableImage: not one of `FORMATS`, or without pixels.
        ImageTooLarge: the header promises more than `max_pixels`.
    """
    image = _open(data, max_pixels)
    if image.width < 1 or image.height < 1:
        raise UnreadableImage(
            f"a picture of {image.width}x{image.height} pixels has nothing to look at"
        )
    if image.width * image.height > max_pixels:
        raise ImageTooLarge(
            f"the picture has {image.width}x{image.height} = {image.width * image.height} pixels; "
            f"at most {max_pixels} are taken"
        )
    return PictureFile(data, image)


def read_picture(data: bytes, *, max_pixels: int) -> Picture:
    """Open and decode a picture file.

    Raises:
        UnreadableImage: not one of `FORMATS`, broken, truncated, or without pixels.
        ImageTooLarge: the header promises more than `max_pixels`.

    Example:
        >>> Image.new("L", (640, 480)).save(file := BytesIO(), "PNG")
        >>> picture = read_picture(file.getvalue(), max_pixels=50_000_000)
        >>> picture.width, picture.height, picture.pixels.mode
        (640, 480, 'RGB')
    """
    return open_picture(data, max_pixels=max_pixels).decode()


def _open(data: bytes, max_pixels: int) -> ImageFile.ImageFile:
    """Read the header."""
    try:
        return Image.open(BytesIO(data), formats=FORMATS)
    except _BOMBS as error:
        raise ImageTooLarge(
            f"the picture has far more pixels than the {max_pixels} that are taken"
        ) from error
    except _DECODER_ERRORS as error:
        raise UnreadableImage(
            f"not a picture in a format that is read ({', '.join(FORMATS)}): {describe_file(data)}"
        ) from error


def _is_stored_as_rgb(image: ImageFile.ImageFile) -> bool:
    """Whether the file, not only the decoded picture, holds 8 bits of red, green and blue."""
    if image.mode != "RGB" or "transparency" in image.info:
        return False
    # A PNG of 16 bits is mode RGB too; its tile says how it is stored.
    raw_modes = {tile.args[0] if isinstance(tile.args, tuple) else tile.args for tile in image.tile}
    return raw_modes == {"RGB"}


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation of a loaded picture; 1, upright, where it has none or EXIF is broken."""
    try:
        return int(image.getexif().get(EXIF_ORIENTATION_TAG, 1))
    except _DECODER_ERRORS:
        return 1

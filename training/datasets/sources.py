"""Where the bytes of an image lie, so that they are read when they are wanted and not before."""

import struct
import zipfile
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Protocol

from PIL import Image

from detection.images import (
    ImageTooLarge,
    UnreadableImage,
    open_image,
)
from detection.images.orientation import is_on_its_side, known_orientation, upright_size
from detection.images.pillow_file import orientation_of
from detection.images.png_skimming import skim_png
from training.datasets.archives.unpacking import printable

# Pillow warns from here on; nobody labels larger images in one piece.
MAX_PIXELS = 89_478_485
# What Pillow's plugins raise on broken headers.
_HEADER_ERRORS = (OSError, SyntaxError, ValueError, TypeError, ArithmeticError, LookupError,
                  EOFError, struct.error)  # fmt: skip
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
# A zip file's local header, from its signature to the lengths of its name and its extra field.
_ZIP_HEADER = struct.Struct("<4s5H3I2H")


class ImageSource(Protocol):
    """An image file that has not been read yet; `str()` of it is its place, for messages."""

    def read(self) -> bytes:
        """The file.

        Raises:
            OSError: it is not there or cannot be read.
        """

    def exists(self) -> bool:
        """Whether it is there."""


@dataclass(frozen=True, slots=True)
class FileImage:
    """An image file of its own."""

    path: Path

    def read(self) -> bytes:
        """The file."""
        return self.path.read_bytes()

    def exists(self) -> bool:
        """Whether it is there."""
        return self.path.is_file()

    def __str__(self) -> str:
        return printable(str(self.path))


@dataclass(frozen=True, slots=True)
class MissingImage:
    """An image that is not there, of an annotation that is read without it.

    Args:
        said: what the annotation calls it.
    """

    said: str

    def read(self) -> bytes:
        """Raise, as a file that is not there does."""
        raise FileNotFoundError(f"there is no {self.said}")

    def exists(self) -> bool:
        """Never."""
        return False

    def __str__(self) -> str:
        return self.said


@dataclass(frozen=True, slots=True)
class EmbeddedImage:
    """An image in the middle of another file, such as a TFRecord.

    Args:
        path: the other file.
        offset: of the image's first byte.
        length: in bytes.
    """

    path: Path
    offset: int
    length: int

    def read(self) -> bytes:
        """The image's bytes."""
        with self.path.open("rb") as file:
            file.seek(self.offset)
            return file.read(self.length)

    def exists(self) -> bool:
        """Whether its file is there."""
        return self.path.is_file()

    def __str__(self) -> str:
        return f"{self.path}, byte {self.offset}"


@dataclass(frozen=True, slots=True)
class ZippedImage:
    """A member of a zip file, found without its directory, which takes long to read in large ones.

    Args:
        path: the zip file.
        member: the member's name.
        offset: of its local header.
        length: of what follows the header, in bytes, as it is stored.
        deflated: whether that is compressed.
    """

    path: Path
    member: str
    offset: int
    length: int
    deflated: bool

    @classmethod
    def of(cls, path: Path, info: zipfile.ZipInfo) -> "ZippedImage":
        """The member that a line of the directory is about."""
        deflated = info.compress_type == zipfile.ZIP_DEFLATED
        return cls(path, info.filename, info.header_offset, info.compress_size, deflated)

    def read(self) -> bytes:
        """The member, unpacked."""
        with self.path.open("rb") as file:
            file.seek(self.offset)
            header = file.read(_ZIP_HEADER.size)
            try:
                name_length, extra_length = _ZIP_HEADER.unpack(header)[-2:]
            except struct.error as error:
                raise OSError(f"{self}: cut short") from error
            file.seek(name_length + extra_length, 1)
            data = file.read(self.length)
        try:
            return zlib.decompress(data, -zlib.MAX_WBITS) if self.deflated else data
        except zlib.error as error:
            raise OSError(f"{self}: {error}") from error

    def exists(self) -> bool:
        """Whether the zip file is there; its members are known from its directory."""
        return self.path.is_file()

    def __str__(self) -> str:
        return f"{self.path}/{self.member}"


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """What an image file says of itself before its pixels.

    Args:
        format: one of `detection.images.FORMATS`.
        width: upright, in pixels.
        height: upright, in pixels.
        orientation: how EXIF turns the stored image, 1 to 8; 1 where it does not.
    """

    format: str
    width: int
    height: int
    orientation: int = 1

    @property
    def turned(self) -> bool:
        """EXIF turns the stored image by a quarter, so that its sides change places."""
        return is_on_its_side(self.orientation)


def read_header(source: ImageSource) -> ImageHeader:
    """The header of an image file, without its pixels.

    Raises:
        OSError: the file cannot be read.
        UnreadableImage: it is no image in a format that is read.
    """
    data = source.path if isinstance(source, FileImage) else BytesIO(source.read())
    if isinstance(data, Path):
        # An error that names the reason, in the place of one that Pillow's would be mistaken for.
        try:
            data.stat()
        except ValueError as error:
            raise FileNotFoundError(f"{data} cannot be a file's name") from error
    try:
        # The other formats' headers are not at the beginning alone.
        with Image.open(data, formats=("JPEG", "BMP", "GIF")) as image:
            file_format = "JPEG" if image.format == "MPO" else str(image.format)
            orientation = known_orientation(orientation_of(image))
            width, height = upright_size(image.size, orientation)
    except PermissionError:
        raise
    except _BOMBS as error:
        raise UnreadableImage(f"more pixels than the {MAX_PIXELS} allowed") from error
    except _HEADER_ERRORS:
        return _header_of_skimmed_png(source) or _header_of_data(source.read())
    if width < 1 or height < 1:
        raise UnreadableImage(f"an image of {width}x{height} pixels has nothing to look at")
    # Pillow's warning is an error in some processes and passed over in others.
    if width * height > MAX_PIXELS:
        raise UnreadableImage(f"more pixels than the {MAX_PIXELS} allowed")
    return ImageHeader(file_format, width, height, orientation)


def _header_of_skimmed_png(source: ImageSource) -> ImageHeader | None:
    """The header of a PNG without reading its pixels; None to have the whole file looked at.

    What is wrong with a file is said of the whole one, whose length the messages name.
    """
    if not isinstance(source, FileImage):
        return None
    try:
        with source.path.open("rb", buffering=0) as file:
            data = skim_png(file)
        return _header_of_data(data) if data is not None else None
    except (OSError, UnreadableImage):
        return None


def _header_of_data(data: bytes) -> ImageHeader:
    try:
        file = open_image(data, max_pixels=MAX_PIXELS)
    except ImageTooLarge as error:
        raise UnreadableImage(str(error)) from error
    width, height = file.size_wh
    return ImageHeader(file.format, width, height, known_orientation(file.orientation))

"""Image files from anybody, as the 8-bit RGB that a person sees.

What a decoder raises on a hostile file is its own affair; here it becomes `UnreadableImage`, or
`ImageTooLarge` where the header promises more pixels than are allowed, before they are decoded.
"""

from dataclasses import dataclass

from PIL import Image

from detection.file_kinds import describe_file
from detection.images import jpeg_segments
from detection.images.avif_size import check_frame_size
from detection.images.declared_size import declared_size
from detection.images.errors import ImageError, ImageTooLarge, TruncatedImage, UnreadableImage
from detection.images.file_cost import check_structure
from detection.images.formats import FORMATS
from detection.images.heif import HeifFile, is_heif
from detection.images.orientation import is_on_its_side
from detection.images.pillow_file import DECODER_ERRORS, PillowFile
from detection.images.tiff import SIGNATURES, TiffFile
from detection.images.truncated import how_it_is_cut, read_cut

_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_Reader = PillowFile | TiffFile | HeifFile


@dataclass(frozen=True)
class DecodedImage:
    """A decoded image.

    Args:
        pixels: mode RGB, upright; of a JPEG that was decoded smaller, these.
        data: the file as it came.
        format: one of `FORMATS`, by the file's content.
        plain_file: `data` itself shows `pixels` to any decoder: a JPEG or PNG with 8 bits of red,
            green and blue, stored upright.
        truncated: the file ends before its last row; what is missing is grey or 0.
        full_size_wh: of the upright image where it was decoded smaller; None elsewhere.
    """

    pixels: Image.Image
    data: bytes
    format: str
    plain_file: bool
    truncated: bool = False
    full_size_wh: tuple[int, int] | None = None

    @property
    def width(self) -> int:
        """Pixels across, upright."""
        return self.pixels.width if self.full_size_wh is None else self.full_size_wh[0]

    @property
    def height(self) -> int:
        """Pixels down, upright."""
        return self.pixels.height if self.full_size_wh is None else self.full_size_wh[1]


@dataclass(frozen=True)
class ImageFile:
    """An image file whose header has been read; `decode` does the work.

    Args:
        data: the file as it came.
        format: one of `FORMATS`.
        reader: decodes it.
    """

    data: bytes
    format: str
    reader: _Reader

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height of the upright image, as the header says."""
        return self.reader.size_wh

    @property
    def orientation(self) -> int:
        """How EXIF, or its like, turns the stored image, 1 to 8; 1 where it is upright."""
        return self.reader.orientation

    @property
    def is_on_its_side(self) -> bool:
        """Whether EXIF, or its like, turns the stored image by a quarter."""
        return is_on_its_side(self.orientation)

    @property
    def pixel_count(self) -> int:
        """Width times height, as the header says."""
        width, height = self.size_wh
        return width * height

    def reduce(self, side_px: int) -> None:
        """Let a JPEG be decoded smaller, as long as both sides keep `side_px`."""
        if isinstance(self.reader, PillowFile):
            self.reader.image.draft(None, (side_px, side_px))

    def decode(self, *, accept_truncated: bool = False) -> DecodedImage:
        """Upright, first frame or page, on white where it is transparent.

        Args:
            accept_truncated: take what there is of a JPEG or PNG that ends too early.

        Raises:
            UnreadableImage: broken.
            TruncatedImage: it ends before its last row, and that is not accepted.
            ImageTooLarge: the file holds more than its header says.
        """
        try:
            pixels = self.reader.decode()
            plain = isinstance(self.reader, PillowFile) and self.reader.is_plain
        except (*_BOMBS, *DECODER_ERRORS) as error:
            pixels = self._what_there_is(error, accept_truncated=accept_truncated)
            return DecodedImage(pixels, self.data, self.format, plain_file=False, truncated=True)
        if self.format == "JPEG" and pixels.size != self.size_wh:
            # As `reduce` lets it.
            return DecodedImage(
                pixels, self.data, self.format, plain_file=False, full_size_wh=self.size_wh
            )
        return DecodedImage(pixels, self.data, self.format, plain)

    def stored(self) -> Image.Image:
        """The image as Pillow decodes it: of any mode, not turned; neither TIFF nor HEIC.

        Raises:
            UnreadableImage, TruncatedImage, ImageTooLarge: as `decode`.
        """
        if not isinstance(self.reader, PillowFile):
            raise UnreadableImage(f"{self.format} is not read by Pillow here")
        try:
            return self.reader.loaded()
        except (*_BOMBS, *DECODER_ERRORS) as error:
            return self._what_there_is(error, accept_truncated=False)

    def _what_there_is(self, error: Exception, *, accept_truncated: bool) -> Image.Image:
        """The pixels of a truncated file, where they are accepted.

        Raises:
            UnreadableImage, TruncatedImage, ImageTooLarge: instead.
        """
        if isinstance(error, ImageError):
            raise error
        if isinstance(error, _BOMBS):
            raise ImageTooLarge(
                f"the {self.format} file holds more than its header says"
            ) from error
        if (missing := how_it_is_cut(self.data, self.format)) is not None:
            pixels = read_cut(self.data, self.format) if accept_truncated else None
            if pixels is not None:
                return pixels
            missing = "too little of it is there" if accept_truncated else missing
            raise TruncatedImage(
                f"the {self.format} image of {len(self.data)} bytes is cut short: {missing}",
                can_be_read=not accept_truncated,
            ) from error
        raise UnreadableImage(
            f"the {self.format} image of {len(self.data)} bytes is broken or cut short"
        ) from error


def open_image(data: bytes, *, max_pixels: int) -> ImageFile:
    """Read an image file's header, which takes next to nothing.

    Args:
        data: the file. Its content decides what it is, not its name.
        max_pixels: the most that width times height may be.

    Raises:
        UnreadableImage: not one of `FORMATS`, or without pixels, or its structure costs far more
            than its pixels do.
        ImageTooLarge: the header promises more than `max_pixels`.
    """
    if (declared_wh := declared_size(data)) is not None:
        _check_size(declared_wh, max_pixels)
    check_structure(data)
    file = _open(data, max_pixels)
    width, height = file.size_wh
    if width < 1 or height < 1:
        raise UnreadableImage(f"an image of {width}x{height} pixels has nothing to look at")
    _check_size(file.size_wh, max_pixels)
    if isinstance(file.reader, TiffFile):
        file.reader.check_size(max_pixels)
    elif file.format == "AVIF":
        check_frame_size(data, max_pixels)
    return file


def _check_size(size_wh: tuple[int, int], max_pixels: int) -> None:
    width, height = size_wh
    if width * height > max_pixels:
        raise ImageTooLarge(
            f"the image has {width}x{height} = {width * height} pixels; "
            f"at most {max_pixels} are taken"
        )


def read_image(data: bytes, *, max_pixels: int) -> DecodedImage:
    """Open and decode an image file.

    Raises:
        UnreadableImage: not one of `FORMATS`, broken, truncated, or without pixels.
        ImageTooLarge: the header promises more than `max_pixels`.

    Example:
        >>> from io import BytesIO
        >>> Image.new("L", (640, 480)).save(file := BytesIO(), "PNG")
        >>> image = read_image(file.getvalue(), max_pixels=50_000_000)
        >>> image.width, image.height, image.pixels.mode
        (640, 480, 'RGB')
    """
    return open_image(data, max_pixels=max_pixels).decode()


def _open(data: bytes, max_pixels: int) -> ImageFile:
    """Read the header."""
    try:
        if data.startswith(SIGNATURES):
            return ImageFile(data, "TIFF", TiffFile(data))
        if is_heif(data):
            return ImageFile(data, "HEIC", HeifFile(data))
        reader = PillowFile(data)
        return ImageFile(data, reader.format, reader)
    except ImageError:
        raise
    except _BOMBS as error:
        raise ImageTooLarge(
            f"the image has far more pixels than the {max_pixels} that are taken"
        ) from error
    except DECODER_ERRORS as error:
        is_jpeg = data.startswith(jpeg_segments.START)
        seen = (is_jpeg and jpeg_segments.describe_jpeg(data)) or describe_file(data)
        raise UnreadableImage(
            f"not an image in a format that is read ({', '.join(FORMATS)}): {seen}"
        ) from error

"""The formats of image files that are read: their names and suffixes, said once."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ImageFormat:
    """A format of image files.

    Attributes:
        name: as answers and errors call it; Pillow's, but for HEIF, whose usual kind is HEIC.
        suffixes: of its files, in lower case, with their dots; the usual one first.
        lossy: cameras write it, and what it lost cannot be told from what another one loses.
    """

    name: str
    suffixes: tuple[str, ...]
    lossy: bool = False


IMAGE_FORMATS = (
    ImageFormat("JPEG", (".jpg", ".jpeg", ".jpe", ".jfif"), lossy=True),
    ImageFormat("PNG", (".png", ".apng")),
    ImageFormat("WEBP", (".webp",)),
    ImageFormat("AVIF", (".avif",), lossy=True),
    ImageFormat("HEIC", (".heic", ".heif", ".hif"), lossy=True),
    ImageFormat("BMP", (".bmp", ".dib")),
    ImageFormat("GIF", (".gif",)),
    ImageFormat("TIFF", (".tif", ".tiff")),
)
FORMATS = tuple(each.name for each in IMAGE_FORMATS)
SUFFIXES = tuple(suffix for each in IMAGE_FORMATS for suffix in each.suffixes)
SUFFIXES_OF_FORMAT = {each.name: each.suffixes for each in IMAGE_FORMATS}
LOSSY_FORMATS = frozenset(each.name for each in IMAGE_FORMATS if each.lossy)
# As people write them, for documentation and messages.
FORMAT_NAMES = "JPEG, PNG, WebP, AVIF, HEIC, BMP, GIF or TIFF"

"""The formats of image files that are read: their names, suffixes and media types, said once."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ImageFormat:
    """A format of image files.

    Attributes:
        name: as answers and errors call it; Pillow's, but for HEIF, whose usual kind is HEIC.
        suffixes: of its files, in lower case, with their dots; the usual one first.
        media_types: the registered one first.
    """

    name: str
    suffixes: tuple[str, ...]
    media_types: tuple[str, ...]


IMAGE_FORMATS = (
    ImageFormat("JPEG", (".jpg", ".jpeg", ".jpe", ".jfif"), ("image/jpeg",)),
    ImageFormat("PNG", (".png", ".apng"), ("image/png", "image/apng")),
    ImageFormat("WEBP", (".webp",), ("image/webp",)),
    ImageFormat("AVIF", (".avif",), ("image/avif",)),
    ImageFormat("HEIC", (".heic", ".heif", ".hif"), ("image/heic", "image/heif")),
    ImageFormat("BMP", (".bmp", ".dib"), ("image/bmp",)),
    ImageFormat("GIF", (".gif",), ("image/gif",)),
    ImageFormat("TIFF", (".tif", ".tiff"), ("image/tiff",)),
)
FORMATS = tuple(each.name for each in IMAGE_FORMATS)
SUFFIXES = tuple(suffix for each in IMAGE_FORMATS for suffix in each.suffixes)
SUFFIXES_OF_FORMAT = {each.name: each.suffixes for each in IMAGE_FORMATS}
MEDIA_TYPE_OF_SUFFIX = {
    suffix: each.media_types[0] for each in IMAGE_FORMATS for suffix in each.suffixes
}
# As people write them, for documentation and messages.
FORMAT_NAMES = "JPEG, PNG, WebP, AVIF, HEIC, BMP, GIF or TIFF"

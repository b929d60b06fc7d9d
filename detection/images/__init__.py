"""Image files from anybody: what each becomes is 8 bits of RGB, upright (docs/images.md).

NumPy, Pillow and pi-heif at most. What is named here is all that others use, but for `formats`,
which says once what is read.
"""

from detection.images.colors import color_profile
from detection.images.errors import ImageError, ImageTooLarge, TruncatedImage, UnreadableImage
from detection.images.image_file import DecodedImage, ImageFile, open_image, read_image
from detection.images.orientation import EXIF_ORIENTATION_TAG

__all__ = [
    "EXIF_ORIENTATION_TAG",
    "DecodedImage",
    "ImageError",
    "ImageFile",
    "ImageTooLarge",
    "TruncatedImage",
    "UnreadableImage",
    "color_profile",
    "open_image",
    "read_image",
]

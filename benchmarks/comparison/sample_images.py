"""The image files that are sent: a photo of hands, at sizes that cameras have."""

import io
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

# By name: width, height, Pillow's format and its quality.
SIZES: Mapping[str, tuple[int, int, str]] = {
    "640x480.jpg": (640, 480, "JPEG"),
    "640x480.png": (640, 480, "PNG"),
    "1920x1080.jpg": (1920, 1080, "JPEG"),
    "2-megapixels.jpg": (1632, 1224, "JPEG"),
    "12-megapixels.jpg": (4000, 3000, "JPEG"),
    "12-megapixels.png": (4000, 3000, "PNG"),
}
USUAL = "640x480.jpg"
# A camera's.
QUALITY = 92


def write_sample_images(photo: Path, folder: Path) -> dict[str, Path]:
    """The photo at each size, scaled as a whole; the files by name.

    Args:
        photo: an image file.
        folder: takes the files.
    """
    files = {}
    with Image.open(photo) as opened:
        image = opened.convert("RGB")
    for name, (width, height, kind) in SIZES.items():
        buffer = io.BytesIO()
        image.resize((width, height), Image.Resampling.BICUBIC).save(buffer, kind, quality=QUALITY)
        files[name] = folder / name
        files[name].write_bytes(buffer.getvalue())
    return files

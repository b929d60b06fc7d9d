"""JPEG and PNG files that end too early: whether they do, and what there is of them.

Pillow has a switch for it, which is the whole process's; here the file is completed instead.
"""

from PIL import Image, ImageChops

from detection.images.jpeg_segments import complete_cut_jpeg
from detection.images.pillow_file import DECODER_ERRORS, PillowFile
from detection.images.png_chunks import find_cut_png

# So few bytes of a JPEG's pixels may be less than the first block of them.
_FEW_BYTES = 2048


def how_it_is_cut(data: bytes, file_format: str) -> str | None:
    """What a file that ends too early lacks, in words; None where it is not cut, or is empty."""
    try:
        if file_format == "JPEG":
            return None if complete_cut_jpeg(data) is None else "its end marker is missing"
        if file_format == "PNG" and (cut := find_cut_png(data)) is not None:
            return (
                "rows are missing" if cut.rows is None else f"only {cut.rows} of its rows are there"
            )
    except DECODER_ERRORS:
        return None
    return None


def read_cut(data: bytes, file_format: str) -> Image.Image | None:
    """The pixels of a file that ends too early; None where it does not, or has none.

    Returns:
        Mode RGB, upright; what is missing is grey in a JPEG, and 0 in a PNG.
    """
    try:
        if file_format == "JPEG" and (jpeg := complete_cut_jpeg(data)) is not None:
            pixels = PillowFile(jpeg.completed).decode()
            if jpeg.coded_bytes <= _FEW_BYTES:
                nothing = PillowFile(jpeg.empty).decode()
                if ImageChops.difference(pixels, nothing).getbbox() is None:
                    return None
            return pixels
        if file_format == "PNG" and (png := find_cut_png(data)) is not None:
            return PillowFile(png.completed()).decode()
    except DECODER_ERRORS:
        return None
    return None

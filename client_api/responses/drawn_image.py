"""The annotated image as a file."""

from io import BytesIO

from PIL import Image

# Pillow's names and options by media type: quick, and as good as the eye asks.
_SAVE: dict[str, tuple[str, dict[str, int]]] = {
    "image/jpeg": ("JPEG", {"quality": 90}),
    "image/png": ("PNG", {"compress_level": 3}),
    "image/webp": ("WEBP", {"quality": 85, "method": 2}),
}
# What the formats can hold: the largest side in pixels.
_MAX_SIDE = {"image/jpeg": 65_500, "image/png": 2**31 - 1, "image/webp": 16_383}


def can_hold(media_type: str, size_wh: tuple[int, int]) -> bool:
    """Whether a file of `media_type` can hold an image of `size_wh` pixels."""
    return max(size_wh) <= _MAX_SIDE[media_type]


def encode_image(image: Image.Image, media_type: str) -> bytes:
    """`image` as a file.

    Args:
        image: mode RGB.
        media_type: `image/jpeg`, `image/png` or `image/webp`.
    """
    file = BytesIO()
    name, options = _SAVE[media_type]
    image.save(file, name, **options)
    return file.getvalue()

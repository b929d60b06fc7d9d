"""Images stored on their side or mirrored, turned upright (EXIF 2.3, 4.6.4; TIFF 6.0, 274)."""

from PIL import Image

EXIF_ORIENTATION_TAG = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ON_ITS_SIDE = (5, 6, 7, 8)


def is_turned(orientation: int) -> bool:
    """Whether an image of this orientation is stored otherwise than upright."""
    return orientation in _UPRIGHT


def known_orientation(orientation: int) -> int:
    """The orientation; 1, upright, for a number that stands for none."""
    return orientation if is_turned(orientation) else 1


def is_on_its_side(orientation: int) -> bool:
    """Whether an image of this orientation is stored turned by a quarter."""
    return orientation in _ON_ITS_SIDE


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """`image` as a person sees it; itself where the orientation is 1, or none that there is."""
    return image.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else image


def upright_size(size_wh: tuple[int, int], orientation: int) -> tuple[int, int]:
    """Width and height of an image, stored as `size_wh`, once it stands upright."""
    return (size_wh[1], size_wh[0]) if orientation in _ON_ITS_SIDE else size_wh

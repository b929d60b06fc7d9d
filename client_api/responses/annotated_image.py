"""The annotated image: drawn, and as a file."""

from io import BytesIO

from PIL import Image

from client_api.errors import NotAcceptable
from client_api.requests.negotiation import AnswerKind
from detection.detections import Detections
from detection.drawing import draw_detections
from detection.images import DecodedImage, color_profile
from detection.kinds.keypoints.belief_drawing import lay_beliefs_on
from detection.label_map import LabelMap

PNG = "image/png"
# Pillow's names and options by media type: quick, and as good as the eye asks.
_SAVE: dict[str, tuple[str, dict[str, int]]] = {
    "image/jpeg": ("JPEG", {"quality": 90}),
    "image/png": ("PNG", {"compress_level": 3}),
    "image/webp": ("WEBP", {"quality": 85, "method": 2}),
}
# What the formats can hold: the largest side in pixels.
_MAX_SIDE = {"image/jpeg": 65_500, "image/png": 2**31 - 1, "image/webp": 16_383}


def annotate(
    image: DecodedImage,
    detections: Detections,
    beliefs: Image.Image | None,
    label_map: LabelMap | None,
    kind: AnswerKind,
) -> tuple[bytes, str]:
    """The image with what was found drawn on it, as a file, and the file's media type.

    Args:
        image: upright.
        detections: of it.
        beliefs: mode L, of the image's size: laid below them; None for none.
        label_map: the classes' names.
        kind: of the answer, which says the format; PNG where that cannot hold so large an image.

    Raises:
        NotAcceptable: the image is the answer, and its format cannot hold so large a one.
    """
    media_type, size_wh = kind.drawn_as or PNG, (image.width, image.height)
    if max(size_wh) > _MAX_SIDE[media_type]:
        if kind.media_type == media_type:
            raise NotAcceptable(
                f"{media_type} cannot hold an image of {size_wh[0]}x{size_wh[1]} pixels; {PNG} can"
            )
        media_type = PNG
    pixels = image.pixels if beliefs is None else lay_beliefs_on(image.pixels, beliefs)
    return encode_image(draw_detections(pixels, detections, label_map), media_type), media_type


def encode_image(image: Image.Image, media_type: str) -> bytes:
    """`image` as a file, with nothing of what came beside its pixels but their color profile.

    Args:
        image: mode RGB or L, the caller's own; what Pillow holds beside its pixels is emptied.
        media_type: `image/jpeg`, `image/png` or `image/webp`.
    """
    file = BytesIO()
    name, options = _SAVE[media_type]
    profile = color_profile(image)
    # Pillow writes comments, text and EXIF of the file that came into the one that goes.
    image.info = {}
    image.save(file, name, **options, **({} if profile is None else {"icc_profile": profile}))
    return file.getvalue()

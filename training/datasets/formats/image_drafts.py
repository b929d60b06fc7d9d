"""Beginning an image's draft: its header is read, and compared with what the annotation says.

What an annotation says in pixels is of the frame that its author saw. Where that is not the
image's, and is not the image scaled, nobody knows where the boxes lie, and nothing is written.
"""

from training.datasets.defects import DefectKind
from training.datasets.drafts import Parsed, PictureDraft, dropped
from training.datasets.formats.image_finder import FoundImage
from training.datasets.formats.picture_files import draft_of_file
from training.datasets.sources import MissingImage

# Sides that were rounded when an image was scaled differ by less than this share.
SAME_SHAPE = 0.02


def draft_of_image(
    found: FoundImage,
    origin: str,
    *,
    said_size_wh: tuple[int, int] | None = None,
    split: str | None = None,
    needed: bool = True,
) -> PictureDraft | Parsed:
    """A draft whose pixels are those of the annotation, and whose result is of the image's size.

    It reads the image's header, so call it in the workers.

    Args:
        found: what the finder made of the annotation's name.
        origin: the annotation's file or record, the beginning of every defect's place.
        said_size_wh: width and height in the annotation; None where it does not say, or says 0.
        split: as `AnnotatedPicture.split`.
        needed: whether the image is looked at. Without, what the annotation says of its size is
            taken, and the image need not be there.

    Returns:
        The draft, or where there can be none, what was dropped and why.
    """
    if not needed and said_size_wh is not None:
        name = found.name or found.said
        draft = PictureDraft(name, found.source or MissingImage(found.said), *said_size_wh, origin)
        draft.split, draft.hints = split, found.hints
        return draft
    if found.source is None:
        return dropped(origin, DefectKind.MISSING_PICTURE, found.failure)
    begun = draft_of_file(found.name, found.source, origin)
    if isinstance(begun, Parsed):
        return begun
    begun.split, begun.hints = split, found.hints
    real = (begun.width, begun.height)
    if said_size_wh is None or said_size_wh == real:
        return begun
    message = (
        f"{found.source} has {real[0]}x{real[1]} pixels, "
        f"the annotation says {said_size_wh[0]}x{said_size_wh[1]}"
    )
    if begun.turned:
        message += "; EXIF turns the image"
    shape = (real[0] * said_size_wh[1]) / (real[1] * said_size_wh[0])
    if abs(shape - 1) > SAME_SHAPE:
        return dropped(origin, DefectKind.SIZE_DIFFERS, message, "image dropped")
    # Scaled after it was annotated: what is kept as shares of the image still holds.
    begun.width, begun.height = said_size_wh
    begun.image_size_wh = real
    begun.report("", DefectKind.SIZE_DIFFERS, message, "boxes scaled")
    return begun

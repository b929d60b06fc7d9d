"""Beginning an image's draft: its header is read, and compared with what the annotation says.

What an annotation says in pixels is of the frame that its author saw. Of an image that EXIF turns
that is the upright one or the stored one, as the size in the annotation says. Where it is neither,
and neither scaled, nobody knows where the boxes lie, and nothing is written.
"""

from training.datasets.defects import DefectKind
from training.datasets.drafts import ImageDraft, Parsed, dropped
from training.datasets.exif_frames import AnnotatedFrame, ExifFrame
from training.datasets.formats.files.image_files import draft_of_file
from training.datasets.formats.files.image_finder import FoundImage
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
    exif_frame: ExifFrame | None = None,
) -> ImageDraft | Parsed:
    """A draft whose pixels are those of the annotation, and whose result is of the image's size.

    It reads the image's header, so call it in the workers.

    Args:
        found: what the finder made of the annotation's name.
        origin: the annotation's file or record, the beginning of every defect's place.
        said_size_wh: width and height in the annotation; None where it does not say, or says 0.
        split: as `AnnotatedImage.split`.
        needed: whether the image is looked at. Without, what the annotation says of its size is
            taken, and the image need not be there.
        exif_frame: as `ReadOptions` has it; None to find out by the size that the annotation says.

    Returns:
        The draft, or where there can be none, what was dropped and why.
    """
    if not needed and said_size_wh is not None:
        name = found.name or found.said
        draft = ImageDraft(name, found.source or MissingImage(found.said), *said_size_wh, origin)
        draft.split, draft.hints = split, found.hints
        return draft
    if found.source is None:
        return dropped(origin, DefectKind.MISSING_IMAGE, found.failure)
    begun = draft_of_file(found.name, found.source, origin, exif_frame=exif_frame)
    if isinstance(begun, Parsed):
        return begun
    begun.split, begun.hints = split, found.hints
    if said_size_wh is not None and begun.frame is not None and begun.frame.is_on_its_side:
        said_size_wh = _settle_frame(begun, begun.frame, said_size_wh, exif_frame)
    real = (begun.width, begun.height)
    if said_size_wh is None or said_size_wh == real:
        return begun
    message = (
        f"{found.source} has {real[0]}x{real[1]} pixels, "
        f"the annotation says {said_size_wh[0]}x{said_size_wh[1]}"
    )
    if begun.frame is not None and begun.frame.is_on_its_side:
        message += "; EXIF turns the image"
    if not _is_scaled(said_size_wh, real):
        return dropped(origin, DefectKind.SIZE_DIFFERS, message, "image dropped")
    # Scaled after it was annotated: what is kept as shares of the image still holds.
    begun.width, begun.height = said_size_wh
    begun.image_size_wh = real
    begun.report("", DefectKind.SIZE_DIFFERS, message, "boxes scaled")
    return begun


def _is_scaled(one_wh: tuple[int, int], other_wh: tuple[int, int]) -> bool:
    """Whether two sizes are of one shape, up to rounding."""
    return abs((one_wh[0] * other_wh[1]) / (one_wh[1] * other_wh[0]) - 1) <= SAME_SHAPE


def _settle_frame(
    begun: ImageDraft,
    frame: AnnotatedFrame,
    said_wh: tuple[int, int],
    asked: ExifFrame | None,
) -> tuple[int, int]:
    """Give a draft of an image on its side the frame that its annotation's size says.

    Returns:
        The annotation's size; that of the frame where a person has said which it is, and the file
        has that of the other.
    """
    taken = (begun.width, begun.height)
    other = taken[::-1]
    if asked is not None:
        return taken if said_wh == other else said_wh
    if taken == other:
        return said_wh
    fits, fits_other = _is_scaled(said_wh, taken), _is_scaled(said_wh, other)
    if said_wh == other or (fits_other and not fits):
        begun.width, begun.height = other
        begun.frame = AnnotatedFrame(frame.orientation, "stored", by_size=True)
    elif said_wh == taken or (fits and not fits_other):
        begun.frame = AnnotatedFrame(frame.orientation, "upright", by_size=True)
    return said_wh

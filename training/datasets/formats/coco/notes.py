"""What COCO files of some tools get wrong in every record, seen over a whole file."""

from collections import Counter
from collections.abc import Iterator, Sequence

from training.datasets.annotated import Box
from training.datasets.formats.coco.file import CocoFile, Record
from training.datasets.formats.files.source_files import SourceFiles
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.text.json_values import as_id, as_number, as_size
from training.datasets.notes import NoteKind, counted, listed

# Of percent of an image, the largest ends of boxes lie between these, and others far from there.
_ALMOST, _SPREAD, _ROUNDING = 85, 25, 1e-3
_FEWEST_BOXES = 5
_LARGE_PX = 200


def boxes_of(found: CocoFile) -> Iterator[Box]:
    """The boxes of a file that are four numbers, as it has them."""
    for annotations in found.marked.values():
        for annotation in annotations:
            box = _box(annotation)
            if box is not None:
                yield box


def note_ids(files: SourceFiles, found: CocoFile) -> None:
    """Notes on ids that annotations have in another form than images and categories."""
    for sentence in (
        *found.image_ids.told(found.written_ids("image_id"), "image"),
        *found.categories.known.told(found.written_ids("category_id"), "category"),
    ):
        files.note(NoteKind.GUESSED, sentence, found.path)
    made_up = found.categories.unnumbered
    if made_up:
        pairs = listed([f"{each!r} as {found.categories.numbers[each]}" for each in made_up])
        message = f"categories have ids that are no numbers, and were numbered: {pairs}"
        files.note(NoteKind.GUESSED, message, found.path)


def note_repeated_ids(files: SourceFiles, found: CocoFile) -> None:
    """A note on ids that several annotations have, which pycocotools takes for one annotation."""
    counts = Counter(
        each_id for annotations in found.marked.values() for annotation in annotations
        if (each_id := as_id(annotation.get("id"))) is not None
    )  # fmt: skip
    repeated = [str(each_id) for each_id, count in counts.items() if count > 1]
    if repeated:
        files.note(
            NoteKind.ODD,
            f"several annotations have the same id ({listed(repeated)}): all were read, while "
            "pycocotools takes the last of each in the place of the others too, so that its "
            "numbers differ",
            found.path,
        )


def note_percents(files: SourceFiles, found: CocoFile) -> None:
    """A note where boxes look like percent of their images: all in 0..100, and up to its end."""
    sizes = {as_id(image.get("id")): _size(image) for image in found.images}
    with_boxes = [size for image_id in found.marked if (size := sizes.get(image_id)) is not None]
    large = sum(min(size) > _LARGE_PX for size in with_boxes)
    boxes = list(boxes_of(found))
    if 2 * large <= len(with_boxes) or len(boxes) < _FEWEST_BOXES:
        return
    as_sizes = [(x + width, y + height) for x, y, width, height in boxes]
    as_corners = [(x_max, y_max) for x_min, y_min, x_max, y_max in boxes
                  if x_min < x_max and y_min < y_max]  # fmt: skip
    if not all(value >= 0 for box in boxes for value in box):
        return
    if _fill_100(as_sizes) or (len(as_corners) == len(boxes) and _fill_100(as_corners)):
        files.note(
            NoteKind.ODD,
            f"the boxes look like percent of the image: all {len(boxes)} lie within 0 to 100, "
            f"while most images ({large} of {len(with_boxes)}) have more than {_LARGE_PX} "
            "pixels a side; they were taken as pixels, which COCO has: convert them if they are "
            "percent",
            found.path,
        )


def note_crowds(files: SourceFiles, found: Sequence[CocoFile], options: ReadOptions) -> None:
    """A note where every mask is a crowd, as CVAT calls all that were drawn with a brush."""
    masks = crowds = 0
    for each in found:
        for annotations in each.marked.values():
            for annotation in annotations:
                is_mask = isinstance(annotation.get("segmentation"), dict)
                masks += is_mask
                crowds += is_mask and annotation.get("iscrowd") == 1
    if not crowds:
        return
    if options.crowd_as_single:
        message = f"{counted(crowds, 'crowd')} taken as single objects"
        files.note(NoteKind.GUESSED, message)
    elif crowds == masks:
        files.note(
            NoteKind.ODD,
            f"every mask ({masks}) is marked as a crowd, which training and evaluation leave out; "
            "CVAT marks single objects so: --crowd-as-single takes them as such",
        )


def _fill_100(ends: Sequence[tuple[float, float]]) -> bool:
    """Whether lower right corners lie in 0..100 both ways, spread, and some close to 100."""
    return all(
        _ALMOST <= max(values) <= 100 + _ROUNDING and min(values) < _ALMOST - _SPREAD
        for values in zip(*ends, strict=True)
    )


def _box(annotation: Record) -> Box | None:
    bbox = annotation.get("bbox")
    if not isinstance(bbox, list) or len(bbox) != 4:
        return None
    try:
        x, y, width, height = (as_number(value, "") for value in bbox)
    except ValueError:
        return None
    return (x, y, width, height)


def _size(image: Record) -> tuple[int, int] | None:
    try:
        return as_size(image.get("width"), image.get("height"))
    except ValueError:
        return None

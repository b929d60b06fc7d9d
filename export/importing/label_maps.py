"""Find the label map of an imported model, and check that it fits."""

from collections.abc import Iterable
from pathlib import Path

from detection.detections import Detections
from detection.label_map import LabelMap, LabelMapError
from detection.label_map_text import LABEL_MAP_NAME, parse_label_map
from detection.tolerance import SURE
from export.importing.errors import LabelMapMismatch, NoLabelMap


def find_label_map(model: Path, given: Path | None, class_count: int | None) -> LabelMap:
    """Read the label map that was given, else the one where exporters leave it.

    Args:
        model: a file, or the folder of a SavedModel; searched before its parent, and that before
            its assets.
        given: a file, or None.
        class_count: of the model, for the message.

    Raises:
        NoLabelMap: none is found.
        LabelMapMismatch: it cannot be parsed; the message names the line.
        OSError: the file is missing.
    """
    if given is not None:
        return _read(given)
    assets = sorted((model / "assets").glob(f"*{LABEL_MAP_NAME}"))
    places = [model / LABEL_MAP_NAME, model.resolve().parent / LABEL_MAP_NAME, *assets]
    for place in places:
        if place.is_file():
            return _read(place)
    items = "an item for each class" if class_count is None else f"{class_count} items"
    raise NoLabelMap(
        f"no class names: there is no {LABEL_MAP_NAME} in {model}, beside it or among its assets; "
        f"give a --label-map FILE with {items}, such as item {{ id: 1 name: 'open' }}"
    )


def check_covers(label_map: LabelMap, class_count: int | None) -> list[int]:
    """Check a label map against the number of classes that the model declares.

    Args:
        label_map: to check.
        class_count: None if the model does not declare it.

    Returns:
        Ids below the highest without a name. Such gaps are allowed: the Object Detection API's own
        label map of COCO has them.

    Raises:
        LabelMapMismatch: it ends before the classes do, or goes on after them.
    """
    named = {item.id for item in label_map}
    # CenterNet's declared scores have no background class, which is counted out all the same; nor
    # need those of a model that counts from 0.
    ends = (class_count, class_count + 1) if class_count is not None else ()
    if label_map.min_id == 0 and class_count is not None:
        ends = (class_count - 1, class_count)
    if class_count is not None and label_map.max_id not in ends:
        last = f"{label_map.max_id} ({label_map.label(label_map.max_id)})"
        raise LabelMapMismatch(
            f"the label map is another model's: its highest id is {last}, but the model has "
            f"{class_count} classes"
        )
    return [
        number
        for number in range(min(1, label_map.min_id), label_map.max_id)
        if number not in named
    ]


def check_counts(label_map: LabelMap, class_count: int) -> None:
    """Check that the label map has one item per class, for a detector that counts from 0.

    Raises:
        LabelMapMismatch: it has more or fewer items.
    """
    if len(label_map) != class_count:
        raise LabelMapMismatch(
            f"the label map has {len(label_map)} classes, but the detector has {class_count}: it "
            "needs one item per class, in the order of the training"
        )


def check_names_what_is_found(label_map: LabelMap, found: Iterable[Detections]) -> None:
    """Check that every class detected with confidence has a name.

    Raises:
        LabelMapMismatch: some have none; the message gives their ids.
    """
    seen = {int(number) for each in found for number in each.class_ids[each.scores >= SURE]}
    nameless = sorted(number for number in seen if label_map.label(number) is None)
    if nameless:
        raise LabelMapMismatch(
            f"the model detects class {', '.join(map(str, nameless))}, which the label map lacks; "
            f"its ids are {', '.join(str(item.id) for item in label_map)}"
        )


def _read(file: Path) -> LabelMap:
    try:
        return parse_label_map(file.read_bytes())
    except LabelMapError as error:
        raise LabelMapMismatch(f"{file}: {error}") from error

"""What the classes of a model are called that brings no label map of ours."""

from collections.abc import Iterable
from pathlib import Path

from detection.detections import Detections
from detection.label_map import LabelMap, LabelMapError
from detection.label_map_text import LABEL_MAP_NAME, parse_label_map
from detection.tolerance import SURE
from export.importing.errors import ForeignLabelMap, NoLabelMap


def find_label_map(model: Path, given: Path | None, class_count: int | None) -> LabelMap:
    """The label map that was given, or else the one that lies where exporters leave it.

    Args:
        model: a file, or the folder of a SavedModel, whose own label map goes before the one
            beside it, and that before the one among its assets.
        given: a file, or None.
        class_count: of the model, for the message.

    Raises:
        NoLabelMap: there is none.
        ForeignLabelMap: it cannot be read; the message names the line.
        OSError: the file is not there.
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
        f"nothing says what the classes are called: there is no {LABEL_MAP_NAME} in {model}, "
        f"beside it or among its assets. --label-map FILE names one with {items}, such as "
        "item { id: 1 name: 'open' }"
    )


def check_covers(label_map: LabelMap, class_count: int | None) -> list[int]:
    """Hold a label map against the number of classes that the model declares.

    Args:
        label_map: of the model, so it is said.
        class_count: None where the model does not say it; then only its answers tell.

    Returns:
        The numbers below the highest that have no name. The Object Detection API's own map of COCO
        has such gaps, so they are no mistake by themselves.

    Raises:
        ForeignLabelMap: it ends before the classes do, or goes on after them.
    """
    named = {item.id for item in label_map}
    # CenterNet's declared scores have no background class, which is counted out all the same; nor
    # need those of a model that counts from 0.
    ends = (class_count, class_count + 1) if class_count is not None else ()
    if label_map.min_id == 0 and class_count is not None:
        ends = (class_count - 1, class_count)
    if class_count is not None and label_map.max_id not in ends:
        last = f"{label_map.max_id} ({label_map.label(label_map.max_id)})"
        raise ForeignLabelMap(
            f"the label map is of another model: its ids end at {last}, but the model tells "
            f"{class_count} classes apart"
        )
    return [
        number
        for number in range(min(1, label_map.min_id), label_map.max_id)
        if number not in named
    ]


def check_counts(label_map: LabelMap, class_count: int) -> None:
    """Raise unless the label map has an item for each class of a detector that counts them from 0.

    Raises:
        ForeignLabelMap: it has more or fewer.
    """
    if len(label_map) != class_count:
        raise ForeignLabelMap(
            f"the label map names {len(label_map)} classes, but the detector tells {class_count} "
            "apart: an item for each is needed, in the order in which it was trained on them"
        )


def check_names_what_is_found(label_map: LabelMap, found: Iterable[Detections]) -> None:
    """Raise if the model found something, surely, that has no name.

    Raises:
        ForeignLabelMap: names the numbers.
    """
    seen = {int(number) for each in found for number in each.class_ids[each.scores >= SURE]}
    nameless = sorted(number for number in seen if label_map.label(number) is None)
    if nameless:
        raise ForeignLabelMap(
            f"the model finds class {', '.join(map(str, nameless))}, which the label map does not "
            f"name; it names {', '.join(str(item.id) for item in label_map)}"
        )


def _read(file: Path) -> LabelMap:
    try:
        return parse_label_map(file.read_bytes())
    except LabelMapError as error:
        raise ForeignLabelMap(f"{file}: {error}") from error

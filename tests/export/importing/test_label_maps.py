"""A model without names gets a label map that fits it, or a message."""

from pathlib import Path

import pytest

from detection.detections import Detections
from detection.label_map import LabelMap, LabelMapItem
from export.importing.errors import LabelMapMismatch, NoLabelMap
from export.importing.label_maps import check_covers, check_names_what_is_found, find_label_map

MODEL = Path("cells") / "1"


def write(file: Path, name: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"item {{ id: 1 name: '{name}' }}")
    return file


def label_map(*ids: int) -> LabelMap:
    return LabelMap(tuple(LabelMapItem(number, f"class {number}") for number in ids))


def found(*pairs: tuple[int, float]) -> Detections:
    boxes = [[0.1, 0.2, 0.3, 0.4]] * len(pairs)
    return Detections(boxes, [score for _, score in pairs], [number for number, _ in pairs])  # type: ignore[arg-type]  # lists will do


def test_the_one_that_is_given_goes_before_the_models_own_and_that_before_its_neighbour(
    tmp_path: Path,
) -> None:
    folder = tmp_path / MODEL
    for file, name in (
        (folder / "assets" / "coco_label_map.pbtxt", "asset"),
        (folder.parent / "label_map.pbtxt", "beside"),
        (folder / "label_map.pbtxt", "own"),
    ):
        write(file, name)
        assert find_label_map(folder, None, None).label(1) == name
    given = write(tmp_path / "given.pbtxt", "given")
    assert find_label_map(folder, given, None).label(1) == "given"


def test_without_any_the_message_says_what_would_do(tmp_path: Path) -> None:
    (tmp_path / MODEL).mkdir(parents=True)
    with pytest.raises(NoLabelMap, match=r"give a --label-map FILE with 7 items"):
        find_label_map(tmp_path / MODEL, None, 7)
    with pytest.raises(NoLabelMap, match=r"give a --label-map FILE with an item for each class"):
        find_label_map(tmp_path / MODEL, None, None)


def test_a_broken_one_is_named_with_its_line(tmp_path: Path) -> None:
    file = write(tmp_path / "broken.pbtxt", "one")
    file.write_text("item { id: 1 }")
    with pytest.raises(LabelMapMismatch, match=r"broken\.pbtxt: line 1: "):
        find_label_map(tmp_path, file, None)


@pytest.mark.parametrize(
    ("ids", "class_count", "nameless"),
    [((1, 2, 3), 3, []), ((1, 4), 4, [2, 3]), ((2, 1), None, []), ((1, 2, 3), 2, [])],
)
def test_gaps_are_said_and_taken(
    ids: tuple[int, ...], class_count: int | None, nameless: list[int]
) -> None:
    assert check_covers(label_map(*ids), class_count) == nameless


@pytest.mark.parametrize(("ids", "class_count"), [((1, 2), 3), ((1, 2, 5), 3)])
def test_one_of_another_model_is_refused(ids: tuple[int, ...], class_count: int) -> None:
    with pytest.raises(
        LabelMapMismatch, match=rf"highest id is {ids[-1]} \(class {ids[-1]}\), .* 3 class"
    ):
        check_covers(label_map(*ids), class_count)


def test_what_is_surely_found_has_a_name() -> None:
    check_names_what_is_found(label_map(1, 3), [found((1, 0.9), (2, 0.1)), found()])
    with pytest.raises(LabelMapMismatch, match=r"detects class 2, which .* its ids are 1, 3$"):
        check_names_what_is_found(label_map(1, 3), [found((1, 0.9), (2, 0.8))])

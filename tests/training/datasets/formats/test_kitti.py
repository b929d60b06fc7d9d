from pathlib import Path

import pytest

from tests.support.small_datasets import image_file
from training.datasets.defects import DefectKind
from training.datasets.formats.kitti.line import is_line, parse_line
from training.datasets.formats.registry import read_dataset

BOX = "10.00 8.00 30.00 28.00"
REST = "-1 -1 -1 -1000 -1000 -1000 -10"


@pytest.mark.parametrize(
    ("line", "label", "truncated"),
    [
        (f"Car 0.25 0 -10 {BOX} {REST}", "Car", 0.25),
        (f"Car 0 0 -10 {BOX} {REST} 0.93", "Car", 0),
        (f"Car 0 0 -10 {BOX} -1 -1 -1 -1000 -1000 -1000", "Car", 0),
        (f"traffic light 0.00 0 -10 {BOX} {REST}", "traffic light", 0),
        (f"traffic light 0.00 3 -10 {BOX} {REST} 12.5", "traffic light", 0),
        (f"light of a car 1 2 -10 {BOX} {REST}", "light of a car", 1),
        (f"Car 2 0.00 0 -10 {BOX} {REST}", "Car 2", 0),
        (f"Car 2 0.00 0 -10 {BOX} {REST} 0.5", "Car 2", 0),
        (f"DontCare -1 -1 -10 {BOX} {REST}", "DontCare", -1),
        (f"Car\t0.00\t0\t-10\t{BOX} {REST}\r", "Car", 0),
        (f"Car 0.00 0 1.85 {BOX} 1.67 1.87 3.69 -16.53 2.39 58.49 1.57", "Car", 0),
    ],
)
def test_fields_are_counted_from_the_right(line: str, label: str, truncated: float) -> None:
    found = parse_line(line)
    assert (found.label, found.truncated, found.box_xyxy) == (label, truncated, (10, 8, 30, 28))
    assert is_line(line)


@pytest.mark.parametrize(
    "line", ["Car", "Car 0 0 -10 1 2 3", "0 0.5 0.5 0.1 0.1", f"Car 0 0 -10 10 x 30 28 {REST}", ""]
)
def test_other_fields_are_said(line: str) -> None:
    with pytest.raises(ValueError, match=r"14 numbers, or 15 with a score, but got \d+ fields"):
        parse_line(line)
    assert not is_line(line)


def test_a_yolo_line_of_many_points_is_not_kittis() -> None:
    assert not is_line("0 " + "0.5 " * 14)


def test_a_folder_of_classes_of_several_words_crlf_and_an_empty_file_first(tmp_path: Path) -> None:
    labels = tmp_path / "training" / "label_2"
    labels.mkdir(parents=True)
    for name in ("000000", "000001"):
        image_file(tmp_path / "training" / "image_2", f"{name}.png")
    (labels / "000000.txt").touch()
    lines = [f"traffic light 0.00 0 -10 {BOX} {REST}", f"DontCare -1 -1 -10 {BOX} {REST}", "Car 1"]
    (labels / "000001.txt").write_bytes("\r\n".join(lines).encode())
    dataset = read_dataset(tmp_path)
    empty, full = dataset.images
    assert (empty.objects, empty.split) == ((), "train")
    assert [each.label for each in full.objects] == ["traffic light"]
    assert full.pixels_xyxy(full.objects[0].box_yxyx) == (10, 8, 30, 28)
    assert len(full.ignored_yxyx) == 1
    (defect,) = dataset.defects
    assert (defect.kind, defect.where) == (
        DefectKind.BAD_ANNOTATION, f"{labels / '000001.txt'}, line 3"
    )  # fmt: skip

"""When `--fix` is advised, and what is instead where it would make wrong boxes of right ones."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from boxwright.__main__ import boxwright
from tests.support.annotated_folders import (
    boxes_of,
    coco_box,
    coco_file,
    coco_image,
    image_file,
    images,
    notes_of,
    text_file,
)
from training.datasets.checking import check_dataset
from training.datasets.defects import Defect, DefectKind, Loss
from training.datasets.formats.registry import read_dataset
from training.datasets.repair_advice import repair_advice
from training.datasets.workers import Workers

# Two corners each; read as a corner and a size, the first and the last reach out of 64x48.
CORNERS = [(40, 30, 60, 44), (4, 4, 20, 24), (30, 8, 50, 40)]


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(boxwright, ["dataset", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def coco_corners(root: Path) -> Path:
    images(root, "a.jpg")
    boxes = [coco_box(bbox=list(box), id=number) for number, box in enumerate(CORNERS)]
    coco_file(root / "c.json", annotations=boxes)
    return root


def yolo_corners(root: Path) -> Path:
    images(root / "train" / "images", "a.jpg")
    lines = [f"0 {a / 64} {b / 48} {c / 64} {d / 48}\n" for a, b, c, d in CORNERS]
    text_file(root / "train" / "labels" / "a.txt", "".join(lines))
    text_file(root / "data.yaml", "train: train/images\nnames: [cup]")
    return root


def csv_corners(root: Path) -> Path:
    images(root, "a.jpg")
    rows = [f'a.jpg,cup,"{list(box)}"\n' for box in CORNERS]
    text_file(root / "boxes.csv", "filename,class,bbox\n" + "".join(rows))
    return root


@pytest.mark.parametrize("made", [coco_corners, yolo_corners, csv_corners])
def test_corners_are_not_clipped_but_read_by_an_option(
    made: Callable[[Path], Path], tmp_path: Path
) -> None:
    root = made(tmp_path / "set")
    found = run("check", root)
    assert found.exit_code == 1
    assert "--boxes xyxy" in found.output
    assert "--fix" not in found.output.splitlines()[-1]
    fixed = run("convert", root, tmp_path / "fixed", "--to", "coco", "--fix")
    assert fixed.exit_code == 1
    assert not (tmp_path / "fixed").exists()
    right = run("convert", root, tmp_path / "right", "--to", "coco", "--boxes", "xyxy")
    assert right.exit_code == 0, right.output
    boxes = [tuple(map(round, each[3])) for each in boxes_of(read_dataset(tmp_path / "right"))]
    assert sorted(boxes) == sorted(CORNERS)


def test_one_box_that_reaches_out_is_repaired_as_ever(tmp_path: Path) -> None:
    root = images(tmp_path / "set", "a.jpg")
    boxes = [coco_box(bbox=[2 + number, 4, 20, 20], id=number) for number in range(12)]
    boxes.append(coco_box(bbox=[50, 8, 20, 20], id=20))
    coco_file(root / "c.json", annotations=boxes)
    found = run("check", root)
    assert "--boxes" not in found.output
    assert "--fix" in found.output.splitlines()[-1]


def test_boxes_on_stored_images_are_not_dropped(tmp_path: Path) -> None:
    root = tmp_path / "set"
    # Upright it is 48x64; the second box lies right of that.
    image_file(root / "a.jpg", orientation=6)
    rows = "a.jpg,cup,4,4,20,24\na.jpg,cup,50,8,62,40\n"
    text_file(root / "boxes.csv", f"filename,class,xmin,ymin,xmax,ymax\n{rows}")
    found = run("check", root)
    assert found.exit_code == 1
    assert "--exif stored" in found.output.splitlines()[-1]
    assert run("check", root, "--exif", "stored").exit_code == 0
    assert run("convert", root, tmp_path / "out", "--to", "coco", "--fix").exit_code == 1


@pytest.mark.parametrize("name", ["kitti", "via", "csv"])
def test_where_no_box_of_a_stored_image_is_left_the_option_is_told(
    name: str, tmp_path: Path
) -> None:
    root = tmp_path / "set"
    image_file(root / "image_2" / "a.jpg", orientation=6)
    region = {"name": "rect", "x": 50, "y": 8, "width": 12, "height": 32}
    entry = {"filename": "a.jpg", "regions": [{"shape_attributes": region,
             "region_attributes": {"class": "cup"}}], "file_attributes": {}}  # fmt: skip
    path, text = {
        "kitti": ("label_2/a.txt", "cup 0.00 0 0.00 50 8 62 40 0 0 0 0 0 0 0\n"),
        "via": ("via.json", json.dumps({"a.jpg1": entry})),
        "csv": ("boxes.csv", "filename,class,xmin,ymin,xmax,ymax\na.jpg,cup,50,8,62,40\n"),
    }[name]
    text_file(root / path, text)
    found = run("check", root)
    assert found.exit_code == 1
    assert f"Go on with: boxwright dataset check {root} --exif stored" in found.output
    assert run("check", root, "--exif", "stored").exit_code == 0
    assert "Go on with:" in run("convert", root, tmp_path / "out", "--to", "coco").output


def test_what_a_repair_would_leave_out_is_told_and_not_advised(tmp_path: Path) -> None:
    root = images(tmp_path / "set", "a.jpg")
    boxes = [coco_box(bbox=[10, 8, 0, 20], id=number) for number in range(3)]
    coco_file(root / "c.json", annotations=[*boxes, coco_box(id=9)])
    found = run("check", root)
    assert "--fix would leave out 3 of 4 objects" in found.output
    assert not any(line.startswith("Go on with") and "--fix" in line
                   for line in found.output.splitlines())  # fmt: skip


def test_two_entries_of_one_image_are_read_together(tmp_path: Path) -> None:
    root = images(tmp_path, "a.jpg")
    entries = [coco_image(1, "a.jpg"), coco_image(2, "a.jpg")]
    boxes = [coco_box(1), coco_box(2, bbox=[40, 20, 10, 10], id=2), coco_box(2, id=3)]
    coco_file(root / "c.json", entries, boxes)
    dataset = read_dataset(root)
    assert not dataset.defects
    assert [each[3] for each in boxes_of(dataset)] == [(10, 8, 30, 28), (40, 20, 50, 30)]
    assert "1 image is entered more than once" in notes_of(dataset)


def test_a_label_file_with_the_images_suffix_too_is_read(tmp_path: Path) -> None:
    images(tmp_path / "images", "a.jpg")
    text_file(tmp_path / "labels" / "a.jpg.txt", "0 0.3125 0.375 0.3125 0.416667\n")
    text_file(tmp_path / "classes.txt", "cup\n")
    dataset = read_dataset(tmp_path)
    assert not dataset.defects
    assert len(boxes_of(dataset)) == 1
    assert "a.jpg.txt" in notes_of(dataset)


def test_images_that_are_cut_short_are_counted_as_left_out(tmp_path: Path) -> None:
    names = ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]
    root = images(tmp_path / "set", *names)
    for name in names[:2]:
        data = (root / name).read_bytes()
        (root / name).write_bytes(data[: len(data) * 2 // 3])
    entries = [coco_image(number, name) for number, name in enumerate(names, 1)]
    boxes = [coco_box(number, id=number) for number in range(1, 5)]
    coco_file(root / "c.json", entries, boxes)
    found = run("check", root)
    assert "--fix would leave out 2 of 4 images" in found.output
    assert "Go on with" not in found.output


@pytest.mark.parametrize("told", ["dropped", "image dropped", "left out of the data"])
def test_what_is_lost_is_counted_whatever_the_repair_is_called(told: str, tmp_path: Path) -> None:
    images(tmp_path, "a.jpg")
    coco_file(tmp_path / "c.json")
    dataset = read_dataset(tmp_path)
    for loses, sentence in (
        (Loss.IMAGE, "--fix would leave out 1 of 2 images"),
        (Loss.OBJECT, "--fix would leave out 1 of 2 objects"),
        (Loss.NOTHING, ""),
    ):
        defect = Defect("a", DefectKind.SIZE_DIFFERS, "why", told, loses=loses)
        assert repair_advice(replace(dataset, defects=(defect,))).sentence == sentence


def test_every_kind_of_repair_says_what_it_loses(tmp_path: Path) -> None:
    images(tmp_path, "a.jpg", "b.jpg")
    (tmp_path / "b.jpg").write_bytes(b"no image")
    entries = [coco_image(1, "a.jpg"), coco_image(2, "b.jpg"), coco_image(3, "gone.jpg")]
    boxes = [
        coco_box(bbox=[50, 8, 20, 20]), coco_box(bbox=[1, 2, 0, 9]), coco_box(bbox=None),
        coco_box(category_id=9), coco_box(image_id=7),
        coco_box(segmentation=[[0, 0, 900, 9, 9, 9]]),
    ]  # fmt: skip
    coco_file(tmp_path / "c.json", entries, boxes)
    with Workers(processes=1) as workers:
        defects = check_dataset(read_dataset(tmp_path), workers).defects
    lost = {(each.kind, each.loses) for each in defects}
    assert lost == {
        (DefectKind.BOX_OUTSIDE, Loss.NOTHING), (DefectKind.BOX_EMPTY, Loss.OBJECT),
        (DefectKind.BAD_ANNOTATION, Loss.OBJECT), (DefectKind.UNKNOWN_CLASS, Loss.OBJECT),
        (DefectKind.BAD_MASK, Loss.NOTHING), (DefectKind.UNREADABLE_IMAGE, Loss.IMAGE),
        (DefectKind.MISSING_IMAGE, Loss.IMAGE), (DefectKind.MISSING_IMAGE, Loss.OBJECT),
    }  # fmt: skip

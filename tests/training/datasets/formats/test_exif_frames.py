"""Boxes on images that EXIF turns, beside the pixels that Pillow's transposing gives."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from tests.support.annotated_folders import (
    boxes_of,
    coco_box,
    coco_file,
    coco_image,
    notes_of,
    text_file,
)
from tests.training.datasets.formats.turned_images import (
    LYING,
    ON_ITS_SIDE,
    SQUARE,
    STORED_XYXY,
    TURNED,
    coco,
    csv,
    cvat,
    drawn,
    kitti,
    labelme,
    the_box,
    voc,
    white_box,
    yolo,
)
from training.datasets.checking import check_dataset
from training.datasets.defects import DefectKind
from training.datasets.exif_frames import ExifFrame
from training.datasets.formats.options import ReadOptions, WriteOptions
from training.datasets.formats.registry import WRITABLE, read_dataset, write_dataset
from training.datasets.workers import Workers

TOLD_BY_SIZE = "annotated with the size of the stored one"
NOT_TOLD = "no size says on which form boxes were drawn"


@pytest.mark.parametrize("orientation", ON_ITS_SIDE)
@pytest.mark.parametrize("write", [coco, voc, csv, labelme, cvat])
def test_a_size_that_is_the_stored_images_turns_the_boxes(
    write: Callable[[Path], Path], orientation: int, tmp_path: Path
) -> None:
    expected = drawn(tmp_path / "a.png", orientation)
    write(tmp_path)
    dataset = read_dataset(tmp_path)
    assert the_box(dataset) == expected
    assert (dataset.defects, TOLD_BY_SIZE in notes_of(dataset)) == ((), True)
    assert check_dataset(dataset, Workers(processes=1)).defects == ()


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("write", [yolo, kitti, coco])
def test_a_person_says_that_boxes_are_of_the_stored_image(
    write: Callable[[Path], Path], orientation: int, tmp_path: Path
) -> None:
    expected = drawn(tmp_path / "image_2" / "a.png", orientation)
    write(tmp_path)
    asked = ReadOptions(exif_frame="stored", images_dir=tmp_path / "image_2")
    dataset = read_dataset(tmp_path, None, asked)
    assert (the_box(dataset), dataset.defects) == (expected, ())
    upright = ReadOptions(exif_frame="upright", images_dir=tmp_path / "image_2")
    assert the_box(read_dataset(tmp_path, None, upright)) != expected


@pytest.mark.parametrize("orientation", TURNED)
def test_boxes_without_a_size_are_taken_as_upright_and_told(
    orientation: int, tmp_path: Path
) -> None:
    drawn(tmp_path / "a.png", orientation)
    yolo(tmp_path)
    dataset = read_dataset(tmp_path)
    width, height = LYING[::-1] if orientation in ON_ITS_SIDE else LYING
    scaled = np.array(STORED_XYXY) / (LYING * 2) * (width, height, width, height)
    assert the_box(dataset) == pytest.approx(scaled, abs=0.01)
    assert f"1 image is turned by EXIF, and {NOT_TOLD}" in notes_of(dataset)
    assert "--exif stored" in notes_of(dataset)


@pytest.mark.parametrize(
    ("orientation", "size_wh"), [*((each, LYING) for each in (2, 3, 4)), (6, SQUARE), (5, SQUARE)]
)
def test_a_size_that_is_both_frames_says_nothing(
    orientation: int, size_wh: tuple[int, int], tmp_path: Path
) -> None:
    expected = drawn(tmp_path / "a.png", orientation, size_wh)
    coco(tmp_path, size_wh)
    dataset = read_dataset(tmp_path)
    assert (the_box(dataset), NOT_TOLD in notes_of(dataset)) == (STORED_XYXY, True)
    asked = read_dataset(tmp_path, None, ReadOptions(exif_frame="stored"))
    assert (the_box(asked), NOT_TOLD in notes_of(asked)) == (expected, False)


def test_what_no_size_says_is_as_the_others_of_the_set_are(tmp_path: Path) -> None:
    lying = drawn(tmp_path / "a.png", 6)
    upside_down = drawn(tmp_path / "b.png", 3)
    x_min, y_min, x_max, y_max = STORED_XYXY
    bbox = [x_min, y_min, x_max - x_min, y_max - y_min]
    coco_file(tmp_path / "c.json", [coco_image(1, "a.png"), coco_image(2, "b.png")],
              [coco_box(1, bbox=bbox), coco_box(2, bbox=bbox, id=2)])  # fmt: skip
    dataset = read_dataset(tmp_path)
    assert [each[3] for each in boxes_of(dataset)] == [lying, upside_down]
    assert "drawn on the stored one, as the others were; --exif upright" in notes_of(dataset)


def test_of_an_image_on_its_side_without_a_size_the_frame_is_told_that_was_taken(
    tmp_path: Path,
) -> None:
    sized = drawn(tmp_path / "a.png", 6)
    drawn(tmp_path / "b.png", 6)
    x_min, y_min, x_max, y_max = STORED_XYXY
    bbox = [x_min, y_min, x_max - x_min, y_max - y_min]
    without = {"id": 2, "file_name": "b.png"}
    coco_file(tmp_path / "c.json", [coco_image(1, "a.png"), without],
              [coco_box(1, bbox=bbox), coco_box(2, bbox=bbox, id=2)])  # fmt: skip
    dataset = read_dataset(tmp_path)
    # The second's box is in pixels of the upright image, whose sides it was read with.
    assert [each[3] for each in boxes_of(dataset)] == [sized, STORED_XYXY]
    assert "drawn on the upright one; --exif stored" in notes_of(dataset)
    assert "as the others were" not in notes_of(dataset)


def test_a_size_that_is_the_upright_images_is_taken_at_its_word(tmp_path: Path) -> None:
    drawn(tmp_path / "a.png", 6)
    coco(tmp_path, LYING[::-1])
    dataset = read_dataset(tmp_path)
    assert the_box(dataset) == STORED_XYXY
    assert "read: 1 image is turned by EXIF, and annotated with the size of the upright one" in (
        notes_of(dataset)
    )


def test_a_person_says_that_boxes_are_upright_whatever_the_size(tmp_path: Path) -> None:
    drawn(tmp_path / "a.png", 6)
    coco(tmp_path)
    dataset = read_dataset(tmp_path, None, ReadOptions(exif_frame="upright"))
    assert (the_box(dataset), dataset.defects) == (STORED_XYXY, ())


def test_a_box_in_the_upright_image_alone_contradicts_the_stored_images_size(
    tmp_path: Path,
) -> None:
    drawn(tmp_path / "a.png", 6)
    drawn(tmp_path / "b.png", 1)
    coco_file(tmp_path / "c.json", [coco_image(1, "a.png"), coco_image(2, "b.png")],
              [coco_box(1, bbox=[5, 40, 20, 20])])  # fmt: skip
    dataset = read_dataset(tmp_path)
    (defect,) = dataset.defects
    assert (defect.kind, "--exif upright" in defect.message) == (DefectKind.SIZE_DIFFERS, True)
    asked = read_dataset(tmp_path, None, ReadOptions(exif_frame="upright"))
    assert (the_box(asked), asked.defects) == ((5, 40, 25, 60), ())


def test_an_image_that_was_scaled_is_turned_too(tmp_path: Path) -> None:
    expected = drawn(tmp_path / "a.png", 6)
    record = coco_image(1, "a.png", width=2 * LYING[0], height=2 * LYING[1])
    x_min, y_min, x_max, y_max = (2 * value for value in STORED_XYXY)
    coco_file(tmp_path / "c.json", [record],
              [coco_box(bbox=[x_min, y_min, x_max - x_min, y_max - y_min])])  # fmt: skip
    dataset = read_dataset(tmp_path)
    assert the_box(dataset) == pytest.approx(expected)
    assert [each.repair for each in dataset.defects] == ["boxes scaled"]


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("as_runs", [True, False])
def test_masks_and_keypoints_are_turned_with_the_boxes(
    orientation: int, as_runs: bool, tmp_path: Path
) -> None:
    expected = drawn(tmp_path / "a.png", orientation)
    x_min, y_min, x_max, y_max = STORED_XYXY
    bitmap = np.zeros(LYING[::-1], np.uint8)
    bitmap[y_min:y_max, x_min:x_max] = 1
    flat = bitmap.T.ravel()
    ends = [0, *(np.flatnonzero(np.diff(flat)) + 1).tolist(), flat.size]
    outline = [x_min, y_min, x_max, y_min, x_max, y_max, x_min, y_max]
    runs = {"size": list(LYING[::-1]), "counts": np.diff(ends).tolist()}
    # The white box's corner that is stored first, in the middle of its pixel, and none.
    points = [x_min + 0.5, y_min + 0.5, 2, 0, 0, 0]
    coco(tmp_path, segmentation=runs if as_runs else [outline], keypoints=points, num_keypoints=1)
    content = json.loads((tmp_path / "c.json").read_text())
    content["categories"] = [{"id": 1, "name": "cup", "keypoints": ["first", "none"]}]
    text_file(tmp_path / "c.json", json.dumps(content))
    dataset = read_dataset(tmp_path, None, ReadOptions(exif_frame="stored"))
    (image,) = dataset.images
    (each,) = image.objects
    mask = each.mask_in(width=image.width, height=image.height)
    assert mask is not None
    with Image.open(tmp_path / "a.png") as stored:
        upright = ImageOps.exif_transpose(stored)
        white = np.asarray(upright.convert("L")) > 128
    assert (mask.bitmap() == white).all()
    # The same pixel, marked by itself and transposed by Pillow.
    marked = np.zeros(LYING[::-1], np.uint8)
    marked[y_min, x_min] = 255
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(marked).save(tmp_path / "marked.png", exif=exif)
    column, row, _, _ = white_box(tmp_path / "marked.png")
    assert each.keypoints is not None
    (y, x), (no_y, no_x) = each.keypoints[:, :2] * (image.height, image.width)
    assert (x, y, no_x, no_y) == pytest.approx((column + 0.5, row + 0.5, 0, 0))
    assert image.pixels_xyxy(each.box_yxyx) == expected


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("name", WRITABLE)
def test_what_was_turned_is_written_as_others_see_it(
    name: str, orientation: int, tmp_path: Path
) -> None:
    drawn(tmp_path / "set" / "a.png", orientation)
    yolo(tmp_path / "set")
    frame: ExifFrame = "stored"
    dataset = read_dataset(tmp_path / "set", None, ReadOptions(exif_frame=frame))
    columns = {each: each for each in ("picture", "class", "x_min", "y_min", "x_max", "y_max")}
    columns = columns if name == "csv-columns" else {}
    write_dataset(dataset, tmp_path / "out", name, WriteOptions(columns=columns))
    again = read_dataset(tmp_path / "out", None, ReadOptions(columns=columns))
    data = again.images[0].source.read()
    (tmp_path / "written").write_bytes(data)
    assert the_box(again) == pytest.approx(white_box(tmp_path / "written"), abs=0.01)
    assert again.defects == ()


def test_results_are_compared_with_what_was_written_turned(tmp_path: Path) -> None:
    drawn(tmp_path / "a.png", 6)
    record = coco_image(1, "a.png")
    coco_file(tmp_path / "c.json", [record], [coco_box(bbox=[-0.5, 4, 20, 10])])
    (each,) = read_dataset(tmp_path).images[0].objects
    # 48 high as stored: from 14 to 4 above its lower edge, and over the upper edge by half.
    assert each.written_xywh == (34, -0.5, 10, 20)

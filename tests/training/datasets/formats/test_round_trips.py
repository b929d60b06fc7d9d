from dataclasses import replace
from pathlib import Path

import pytest

from tests.support import small_datasets as small
from tests.support.shared import shared
from training.datasets.annotated import AnnotatedObject
from training.datasets.dataset import Dataset, label_map_of
from training.datasets.formats.csv_files.objects import BOXES
from training.datasets.formats.left_out import left_out
from training.datasets.formats.options import ReadOptions, WriteOptions
from training.datasets.formats.registry import (
    FORMATS,
    WRITABLE,
    detect,
    read_dataset,
    write_dataset,
)

FLAGS = ("difficult", "truncated", "crowd")


def not_kept(name: str) -> list[str]:
    row = FORMATS[name]
    return [flag for flag in FLAGS if flag not in row.flags] + ([] if row.ignored else ["ignored"])


@pytest.mark.parametrize("name", WRITABLE)
def test_what_was_written_is_read_back(name: str, tmp_path: Path) -> None:
    dataset = small.boxes_only(tmp_path)
    write_dataset(dataset, tmp_path / "out", name)
    small.assert_same(read_dataset(tmp_path / "out", name), dataset, without=not_kept(name))


@pytest.mark.parametrize("name", WRITABLE)
def test_a_split_of_any_name_is_read_back_or_not_written(name: str, tmp_path: Path) -> None:
    dataset = small.boxes_only(tmp_path)
    images = tuple(replace(each, split=f"dev_{each.split}") for each in dataset.images)
    dataset = replace(dataset, images=images)
    if not FORMATS[name].any_split:
        with pytest.raises(ValueError, match=r"would lose the split 'dev_.*any is kept by coco"):
            write_dataset(dataset, tmp_path / "out", name)
        assert not (tmp_path / "out").exists()
        return
    write_dataset(dataset, tmp_path / "out", name)
    assert read_dataset(tmp_path / "out", name).splits == dataset.splits


def test_columns_without_one_for_the_split_are_said_to_lose_it(tmp_path: Path) -> None:
    dataset = small.boxes_only(tmp_path)
    columns = {"image": "p", "class": "c", **{each: each for each in BOXES[0]}}
    notes = left_out(dataset, "csv-columns", WriteOptions(columns=columns))
    assert any("splits" in note for note in notes)
    kept = left_out(dataset, "csv-columns", WriteOptions(columns={**columns, "split": "s"}))
    assert not any("splits" in note for note in kept)


@pytest.mark.parametrize("name", WRITABLE)
def test_what_was_written_is_recognized(name: str, tmp_path: Path) -> None:
    write_dataset(small.boxes_only(tmp_path), tmp_path / "out", name)
    assert detect(tmp_path / "out").name == name


@pytest.mark.parametrize("name", [each for each in WRITABLE if FORMATS[each].keypoints])
def test_keypoints_are_read_back(name: str, tmp_path: Path) -> None:
    dataset = small.with_keypoints(tmp_path)
    write_dataset(dataset, tmp_path / "out", name)
    small.assert_same(read_dataset(tmp_path / "out", name), dataset)


@pytest.mark.parametrize("name", ["coco", "tfrecord"])
def test_masks_are_read_back(name: str, tmp_path: Path) -> None:
    dataset = small.with_masks(tmp_path)
    write_dataset(dataset, tmp_path / "out", name, WriteOptions(include_masks=True))
    small.assert_same(read_dataset(tmp_path / "out", name), dataset, masks=True)


@pytest.mark.parametrize("name", ["yolo", "csv-columns"])
def test_outlines_are_read_back_as_one_polygon(name: str, tmp_path: Path) -> None:
    dataset = small.with_masks(tmp_path)
    write_dataset(dataset, tmp_path / "out", name, WriteOptions(include_masks=True))
    found = read_dataset(tmp_path / "out", name)
    for image, expected in zip(found.images, dataset.images, strict=True):
        for one, two in zip(image.objects, expected.objects, strict=True):
            seen = one.mask_in(width=small.WIDTH, height=small.HEIGHT)
            wanted = two.mask_in(width=small.WIDTH, height=small.HEIGHT)
            assert (seen is None) == (wanted is None)
            if seen is not None and wanted is not None:
                both = (seen.bitmap() & wanted.bitmap()).sum()
                assert both / (seen.bitmap() | wanted.bitmap()).sum() > 0.85


@pytest.mark.parametrize("name", WRITABLE)
def test_masks_stay_behind_unless_asked_for(name: str, tmp_path: Path) -> None:
    dataset = small.with_masks(tmp_path)
    write_dataset(dataset, tmp_path / "out", name)
    read = read_dataset(tmp_path / "out", name)
    assert not any(each.has_mask for image in read.images for each in image.objects)
    assert any("masks of 3 objects" in note for note in left_out(dataset, name, WriteOptions()))


@pytest.mark.parametrize("units", ["pixels", "shares"])
@pytest.mark.parametrize(
    "box",
    ["x_max=r,y_max=b,x_min=l,y_min=t", "x_min=l,y_min=t,box_width=w,box_height=h",
     "x_center=x,y_center=y,box_width=w,box_height=h"],
)  # fmt: skip
def test_any_columns_are_read_as_they_were_written(units: str, box: str, tmp_path: Path) -> None:
    columns = {"image": "file", "class": "tag", "split": "part"}
    columns |= dict(pair.split("=") for pair in box.split(",")) | {"units": units}
    dataset = small.boxes_only(tmp_path)
    write_dataset(dataset, tmp_path / "out", "csv-columns", WriteOptions(columns=columns))
    read = read_dataset(tmp_path / "out", "csv-columns", ReadOptions(columns=columns))
    small.assert_same(read, dataset, without=not_kept("csv-columns"))


@pytest.mark.parametrize("name", WRITABLE)
def test_a_folder_with_something_in_it_is_left_alone(name: str, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(ValueError, match="is not empty"):
        write_dataset(small.boxes_only(tmp_path), tmp_path / "out", name)
    assert [each.name for each in (tmp_path / "out").iterdir()] == ["mine.txt"]


def test_nothing_is_left_of_a_data_set_that_could_not_be_written(tmp_path: Path) -> None:
    dataset = small.boxes_only(tmp_path)
    (tmp_path / "originals" / "fourth.jpg").unlink()
    with pytest.raises(ValueError, match=r"fourth\.jpg"):
        write_dataset(dataset, tmp_path / "out", "coco")
    assert [each.name for each in tmp_path.iterdir()] == ["originals"]


def test_images_of_one_name_in_two_folders_stay_two(tmp_path: Path) -> None:
    names_of_three = ("x/1.jpg", "y/1.jpg", "x_1.jpg")
    three = tuple(small.an_image(tmp_path, name) for name in names_of_three)
    dataset = Dataset(label_map_of(["a"]), three)
    write_dataset(dataset, tmp_path / "out", "voc")
    names = {image.name for image in read_dataset(tmp_path / "out").images}
    assert names == {"x_1.jpg", "y_1.jpg", "x_1-2.jpg"}


@pytest.mark.parametrize("form", ["voc", "yolo", "kitti"])
@pytest.mark.parametrize(
    ("said", "written"),
    [
        (("upload/1/a.jpg", "upload/1/b.jpg"), {"a.jpg", "b.jpg"}),
        (("upload/1/a.jpg", "upload/2/b.jpg"), {"a.jpg", "b.jpg"}),
        # Those of a folder are called alike, without what all of them share.
        (("s/cam1/1.jpg", "s/cam1/2.jpg", "s/cam2/1.jpg", "s/cam3/7.jpg"),
         {"cam1_1.jpg", "cam1_2.jpg", "cam2_1.jpg", "7.jpg"}),
        (("s/1.jpg", "s/deep/1.png"), {"1.jpg", "deep_1.png"}),
    ],
)  # fmt: skip
def test_a_name_has_its_folders_where_it_needs_them(
    said: tuple[str, ...], written: set[str], form: str, tmp_path: Path
) -> None:
    cup = AnnotatedObject("cup", (0.25, 0.125, 0.75, 0.5))
    images = tuple(small.an_image(tmp_path, name, [cup]) for name in said)
    write_dataset(Dataset(label_map_of(["cup"]), images), tmp_path / "out", form)
    assert {image.name for image in read_dataset(tmp_path / "out").images} == written


def test_blood_cells_come_through_all_formats_to_the_pixel(tmp_path: Path) -> None:
    original = read_dataset(shared("data/blood_cells_voc")).of_split("test")
    dataset = original
    for name in ("coco", "yolo", "kitti", "csv-retinanet", "csv", "csv-columns", "tfrecord", "voc"):
        write_dataset(dataset, tmp_path / name, name)
        dataset = read_dataset(tmp_path / name)
    boxes = [
        {
            (image.name, each.label, *image.pixels_xyxy(each.box_yxyx))
            for image in found.images
            for each in image.objects
        }
        for found in (original, dataset)
    ]
    assert boxes[0] == boxes[1]

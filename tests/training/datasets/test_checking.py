import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support import small_datasets as small
from training.datasets.checking import check_dataset
from training.datasets.dataset import Dataset, label_map_of
from training.datasets.defects import DefectKind, summary
from training.datasets.formats.registry import read_dataset, write_dataset
from training.datasets.sources import FileImage
from training.datasets.workers import Workers


def checked(dataset: Dataset) -> tuple[Dataset, list[DefectKind], int]:
    with Workers(processes=1) as workers:
        result = check_dataset(dataset, workers)
    return result.dataset, [defect.kind for defect in result.defects], len(result.misnamed)


def test_a_good_data_set_has_no_defects(tmp_path: Path) -> None:
    dataset = small.boxes_only(tmp_path)
    assert checked(dataset)[1:] == ([], 0)


def test_images_that_are_missing_cut_or_something_else_are_dropped(tmp_path: Path) -> None:
    write_dataset(small.boxes_only(tmp_path), tmp_path / "out", "voc")
    images = tmp_path / "out" / "JPEGImages"
    (images / "first.jpg").unlink()
    (images / "third.jpg").write_bytes((images / "third.jpg").read_bytes()[:300])
    (images / "fourth.jpg").write_bytes(b"%PDF-1.7")
    left, kinds, _ = checked(read_dataset(tmp_path / "out"))
    assert sorted(kinds) == [
        DefectKind.MISSING_IMAGE,
        DefectKind.UNREADABLE_IMAGE,
        DefectKind.UNREADABLE_IMAGE,
    ]
    assert [image.name for image in left.images] == ["second.png"]


def test_an_image_scaled_since_it_was_annotated_keeps_its_boxes(tmp_path: Path) -> None:
    image = small.boxes_only(tmp_path).images[0]
    dataset = Dataset(small.boxes_only(tmp_path).label_map, (replace(image, width=96, height=64),))
    left, kinds, _ = checked(dataset)
    assert kinds == [DefectKind.SIZE_DIFFERS]
    assert (left.images[0].width, left.images[0].height) == (48, 32)
    assert left.images[0].objects[0].box_yxyx == image.objects[0].box_yxyx


def test_an_image_of_another_shape_than_its_annotation_is_dropped(tmp_path: Path) -> None:
    image = small.boxes_only(tmp_path).images[0]
    dataset = Dataset(small.boxes_only(tmp_path).label_map, (replace(image, width=32, height=48),))
    left, kinds, _ = checked(dataset)
    assert (len(left), kinds) == (0, [DefectKind.SIZE_DIFFERS])


def test_a_png_called_jpg_is_noted_and_no_defect(tmp_path: Path) -> None:
    image = small.an_image(tmp_path, "a.png")
    shutil.copy(tmp_path / "originals" / "a.png", tmp_path / "b.jpg")
    source = FileImage(tmp_path / "b.jpg")
    dataset = Dataset(label_map_of(["a"]), (replace(image, name="b.jpg", source=source),))
    assert checked(dataset)[1:] == ([], 1)


def test_the_summary_counts_by_kind(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    write_dataset(small.boxes_only(tmp_path), folder, "csv")
    rows = (folder / "val_labels.csv").read_text()
    (folder / "val_labels.csv").write_text(rows + "third.jpg,48,32,white,9,9,3,3\n" * 2)
    assert summary(read_dataset(folder).defects) == "2 box inverted"


@pytest.mark.parametrize("processes", [1, 2])
def test_processes_find_what_one_does(processes: int, tmp_path: Path) -> None:
    dataset = small.boxes_only(tmp_path)
    gone = replace(dataset.images[0], source=FileImage(tmp_path / "gone.jpg"))
    many = tuple(replace(gone, name=f"{number}.jpg") for number in range(300))
    with Workers(processes) as workers:
        result = check_dataset(replace(dataset, images=many), workers)
    assert len(result.defects) == 300

from io import BytesIO
from pathlib import Path

import pytest

from tests.support.annotated_folders import coco_file, image_file
from tests.training.datasets.test_near_duplicates import scene
from training.datasets.checking import check_dataset, check_ends
from training.datasets.defects import DefectKind
from training.datasets.formats.registry import read_dataset
from training.datasets.image_ends import ends_well
from training.datasets.sources import FileImage
from training.datasets.workers import Workers


@pytest.mark.parametrize("name", ["JPEG", "PNG", "GIF", "BMP", "WEBP"])
def test_a_whole_file_ends_well_and_a_cut_one_does_not(name: str, tmp_path: Path) -> None:
    file = BytesIO()
    scene(1).save(file, name)
    path = tmp_path / "a"
    path.write_bytes(file.getvalue())
    assert ends_well(FileImage(path))
    for share in (0.2, 0.5, 0.9):
        path.write_bytes(file.getvalue()[: int(len(file.getvalue()) * share)])
        assert not ends_well(FileImage(path))


def test_what_follows_an_end_is_a_doubt_and_no_defect(tmp_path: Path) -> None:
    coco_file(tmp_path / "c.json")
    path = image_file(tmp_path / "a.jpg")
    path.write_bytes(path.read_bytes() + b"\r\n\0")
    assert ends_well(FileImage(path))
    path.write_bytes(path.read_bytes() + b"a phone's own words")
    assert not ends_well(FileImage(path))
    with Workers(processes=1) as workers:
        dataset = check_ends(read_dataset(tmp_path), workers)
    assert (len(dataset), dataset.defects) == (1, ())


def test_a_cut_image_is_the_same_defect_as_when_all_are_decoded(tmp_path: Path) -> None:
    coco_file(tmp_path / "c.json")
    path = tmp_path / "a.jpg"
    scene(1, (64, 48)).save(path)
    path.write_bytes(path.read_bytes()[:-40])
    with Workers(processes=1) as workers:
        dataset = read_dataset(tmp_path)
        (defect,) = check_ends(dataset, workers).defects
        assert (defect,) == check_dataset(dataset, workers).defects
    assert defect.kind == DefectKind.UNREADABLE_IMAGE
    assert "cut short: its end marker is missing" in defect.message

"""Several Pascal VOC files that name one image: a copy, or a tool that writes one name always."""

from pathlib import Path

import pytest

from tests.support.annotated_folders import images, notes_of, text_file, voc_xml
from training.datasets.formats.registry import read_dataset


@pytest.mark.parametrize("there", [("a.jpg",), ("a.jpg", "b.jpg")])
def test_both_files_are_named(there: tuple[str, ...], tmp_path: Path) -> None:
    images(tmp_path, *there)
    for stem in "ab":
        text_file(tmp_path / f"{stem}.xml", voc_xml("a.jpg"))
    dataset = read_dataset(tmp_path)
    assert len(dataset.images) == len(there)
    assert "odd: several XML files name one image: 'a.jpg' stands in a.xml, b.xml" in notes_of(
        dataset
    )


def test_files_of_one_name_in_two_folders_name_two_images(tmp_path: Path) -> None:
    for split in ("train", "val"):
        images(tmp_path / split, "a.jpg")
        text_file(tmp_path / split / "a.xml", voc_xml("a.jpg"))
    assert "name one image" not in notes_of(read_dataset(tmp_path))


def test_a_name_that_begins_with_a_space_is_another_one(tmp_path: Path) -> None:
    images(tmp_path, "a.jpg", " a.jpg")
    for stem in ("a", " a"):
        text_file(tmp_path / f"{stem}.xml", voc_xml(f"{stem}.jpg"))
    dataset = read_dataset(tmp_path)
    assert len({each.source for each in dataset.images}) == 2
    assert "name one image" not in notes_of(dataset)

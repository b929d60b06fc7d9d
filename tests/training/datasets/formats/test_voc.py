from pathlib import Path

import pytest

from tests.support.shared import shared
from tests.support.small_datasets import image_file
from training.datasets.annotated import Box
from training.datasets.dataset import Dataset
from training.datasets.defects import DefectKind
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.registry import read_dataset

OBJECT = "<object><name>{name}</name>{flags}<bndbox><xmin>{0}</xmin><ymin>{1}</ymin><xmax>{2}</xmax><ymax>{3}</ymax></bndbox></object>\n"  # noqa: E501


def annotation(*boxes: tuple[object, ...], name: str = "cell", flags: str = "") -> str:
    objects = "".join(OBJECT.format(*box, name=name, flags=flags) for box in boxes)
    return (
        "<annotation>\n<filename>a.jpg</filename>\n"
        f"<size><width>48</width><height>32</height></size>\n{objects}</annotation>"
    )


def a_folder(tmp_path: Path, text: str) -> Path:
    image_file(tmp_path / "JPEGImages", "a.jpg")
    (tmp_path / "Annotations").mkdir()
    (tmp_path / "Annotations" / "a.xml").write_text(text)
    return tmp_path


def first_box(dataset: Dataset) -> Box:
    image = dataset.images[0]
    return image.pixels_xyxy(image.objects[0].box_yxyx)


def test_corners_count_from_1(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, annotation((1, 1, 48, 32)))
    assert first_box(read_dataset(folder)) == (0, 0, 48, 32)


def test_a_corner_at_0_says_that_they_count_from_0(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, annotation((12, 8, 24, 16), (0, 8, 24, 16)))
    assert first_box(read_dataset(folder)) == (12, 8, 24, 16)
    counted = read_dataset(folder, None, ReadOptions(voc_first_pixel=1))
    assert first_box(counted) == (11, 7, 24, 16)


def test_flags_are_kept(tmp_path: Path) -> None:
    flags = "<difficult>1</difficult><truncated>1</truncated>"
    folder = a_folder(tmp_path, annotation((1, 1, 48, 32), flags=flags))
    found = read_dataset(folder).images[0].objects[0]
    assert found.difficult
    assert found.truncated


def test_a_size_of_0_is_taken_from_the_image(tmp_path: Path) -> None:
    text = annotation((1, 1, 24, 16)).replace("48", "0").replace("32", "0")
    image = read_dataset(a_folder(tmp_path, text)).images[0]
    assert (image.width, image.height) == (48, 32)


@pytest.mark.parametrize(
    ("box", "kind", "repair", "left"),
    [
        ((24, 16, 1, 1), DefectKind.BOX_INVERTED, "swapped", 1),
        ((40, 16, 90, 30), DefectKind.BOX_OUTSIDE, "clipped", 1),
        ((140, 116, 190, 130), DefectKind.BOX_OUTSIDE, "dropped", 0),
        ((5, 5, 4, 20), DefectKind.BOX_EMPTY, "dropped", 0),
        ((5, "five", 9, 20), DefectKind.BAD_ANNOTATION, "dropped", 0),
        ((5, "nan", 9, 20), DefectKind.BAD_ANNOTATION, "dropped", 0),
    ],
)
def test_a_bad_box_is_named_by_file_and_line(
    box: tuple[object, ...], kind: DefectKind, repair: str, left: int, tmp_path: Path
) -> None:
    dataset = read_dataset(a_folder(tmp_path, annotation((1, 1, 9, 9), box)))
    (defect,) = dataset.defects
    assert (defect.kind, defect.repair) == (kind, repair)
    assert defect.where == f"{tmp_path}/Annotations/a.xml, line 5"
    assert dataset.object_count == 1 + left


def test_a_broken_file_is_a_defect_with_its_line(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, annotation((1, 1, 9, 9)))
    (folder / "Annotations" / "b.xml").write_text("<annotation>\n<object>\n</annotation>")
    (defect,) = read_dataset(folder).defects
    assert defect.where.endswith("b.xml")
    assert defect.message == "line 3: mismatched tag"


def test_entities_are_refused_before_they_grow(tmp_path: Path) -> None:
    bomb = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    text = f'<!DOCTYPE x [<!ENTITY l0 "ha">{bomb}]><annotation><name>&l8;</name></annotation>'
    folder = a_folder(tmp_path, annotation((1, 1, 9, 9)))
    (folder / "Annotations" / "b.xml").write_text(text)
    (defect,) = read_dataset(folder).defects
    assert "a document type; annotations have none" in defect.message


def test_what_is_listed_and_missing_is_named(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, annotation((1, 1, 9, 9)))
    (folder / "ImageSets" / "Main").mkdir(parents=True)
    (folder / "ImageSets" / "Main" / "train.txt").write_text("a\nb\n")
    dataset = read_dataset(folder)
    assert dataset.images[0].split == "train"
    assert "train.txt, line 2" in dataset.defects[0].where


def test_xml_files_beside_their_images_are_read(tmp_path: Path) -> None:
    image_file(tmp_path, "a.jpg")
    (tmp_path / "a.xml").write_text(annotation((1, 1, 9, 9)))
    assert read_dataset(tmp_path).images[0].source.exists()


def test_blood_cells_are_what_their_readme_says() -> None:
    dataset = read_dataset(shared("data/blood_cells_voc"))
    assert dataset.class_names == ("Platelets", "RBC", "WBC")
    assert {split: len(dataset.of_split(split)) for split in dataset.splits} == {
        "train": 205, "val": 87, "test": 72,
    }  # fmt: skip
    assert dataset.object_count == 4888
    assert dataset.defects == ()

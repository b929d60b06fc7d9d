"""Files of one image that were renamed together with it, and hold the name of another image."""

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.annotated_folders import HEIGHT, WIDTH, image_file, images, notes_of, text_file
from tests.support.annotated_folders import voc_xml as voc_text
from training.datasets.dataset import Dataset
from training.datasets.formats.registry import read_dataset

Writer = Callable[..., Path]


def voc(folder: Path, stem: str, said: str, size_wh: tuple[int, int] = (WIDTH, HEIGHT)) -> Path:
    """A file whose class tells which it is."""
    size = f"<size><width>{size_wh[0]}</width><height>{size_wh[1]}</height></size>"
    text = voc_text(said, (f"of-{stem}", (11, 9, 30, 28)), size=size)
    return text_file(folder / f"{stem}.xml", text)


def labelme(
    folder: Path, stem: str, said: str, size_wh: tuple[int, int] = (WIDTH, HEIGHT), data: str = ""
) -> Path:
    shape = {"label": f"of-{stem}", "points": [[10, 8], [30, 28]], "shape_type": "rectangle"}
    content = {"shapes": [shape], "imagePath": said, "imageData": data or None,
               "imageWidth": size_wh[0], "imageHeight": size_wh[1]}  # fmt: skip
    return text_file(folder / f"{stem}.json", json.dumps(content))


def owners(dataset: Dataset) -> dict[str, str]:
    """Which file's object each image has."""
    return {each.name: each.objects[0].label for each in dataset.images}


both = pytest.mark.parametrize("write", [voc, labelme])


@both
def test_swapped_names_inside_do_not_swap_the_images(write: Writer, tmp_path: Path) -> None:
    images(tmp_path, "a.jpg", "b.jpg", "c.jpg")
    for stem, said in {"a": "b.jpg", "b": "a.jpg", "c": "c.jpg"}.items():
        write(tmp_path, stem, said)
    dataset = read_dataset(tmp_path)
    assert dataset.defects == ()
    assert owners(dataset) == {"a.jpg": "of-a", "b.jpg": "of-b", "c.jpg": "of-c"}
    suffix = "xml" if write is voc else "json"
    assert (
        f"taken as: 2 files name another image than their own (a.{suffix} says b.jpg, b.{suffix} "
        "says a.jpg): each was read for the image of its own name"
    ) in notes_of(dataset)


@both
@pytest.mark.parametrize("folder", ["", "images"])
def test_files_that_were_renumbered_by_one(write: Writer, folder: str, tmp_path: Path) -> None:
    images(tmp_path / folder, *(f"{number}.png" for number in range(5)))
    for number in range(5):
        write(tmp_path / ("annotations" if folder else ""), str(number), f"{number + 1}.png")
    dataset = read_dataset(tmp_path)
    assert dataset.defects == ()
    assert owners(dataset) == {f"{number}.png": f"of-{number}" for number in range(5)}
    assert "4 files name another image than their own" in notes_of(dataset)
    assert "and 1 more): each" in notes_of(dataset)


@both
def test_files_numbered_from_1_of_images_from_0(write: Writer, tmp_path: Path) -> None:
    images(tmp_path, "0.jpg", "1.jpg", "2.jpg")
    for number in (1, 2, 3):
        write(tmp_path, str(number), f"{number - 1}.jpg")
    dataset = read_dataset(tmp_path)
    assert dataset.defects == ()
    assert owners(dataset) == {"0.jpg": "of-1", "1.jpg": "of-2", "2.jpg": "of-3"}
    assert "the name that it says, since so more images have one" in notes_of(dataset)


@both
@pytest.mark.parametrize(("size_wh", "owner"), [((40, 30), "a.jpg"), ((80, 20), "b.jpg")])
def test_the_size_in_the_file_tells_the_image(
    write: Writer, size_wh: tuple[int, int], owner: str, tmp_path: Path
) -> None:
    image_file(tmp_path / "a.jpg", (40, 30))
    image_file(tmp_path / "b.jpg", (80, 20))
    write(tmp_path, "a", "b.jpg", size_wh)
    dataset = read_dataset(tmp_path)
    assert owners(dataset) == {owner: "of-a"}
    assert "1 file names another image than its own (a." in notes_of(dataset)


def test_the_image_inside_of_the_file_tells_the_image(tmp_path: Path) -> None:
    images(tmp_path, "a.jpg", "b.jpg")
    data = base64.b64encode((tmp_path / "b.jpg").read_bytes()).decode()
    labelme(tmp_path, "a", "b.jpg", data=data)
    dataset = read_dataset(tmp_path)
    assert owners(dataset) == {"b.jpg": "of-a"}
    assert "the one that fits what is in the file" in notes_of(dataset)


@both
def test_an_image_in_another_splits_folder_is_not_a_files_own(
    write: Writer, tmp_path: Path
) -> None:
    images(tmp_path, "train/x.jpg", "val/0.jpg")
    write(tmp_path / "train", "0", "x.jpg")
    write(tmp_path / "val", "0", "0.jpg")
    dataset = read_dataset(tmp_path)
    assert dataset.defects == ()
    assert {each.name.rpartition("/")[2] for each in dataset.images} == {"x.jpg", "0.jpg"}
    assert "another image" not in notes_of(dataset)


@both
def test_another_folder_or_suffix_is_the_same_name(write: Writer, tmp_path: Path) -> None:
    images(tmp_path, "a.jpg", "a.png")
    write(tmp_path, "a", r"C:\set\a.png")
    dataset = read_dataset(tmp_path)
    assert owners(dataset) == {"a.png": "of-a"}
    assert "another image" not in notes_of(dataset)

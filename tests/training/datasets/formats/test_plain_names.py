"""Images whose names no reader would find are written under others, and that is said."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support import small_datasets as small
from training.datasets.annotated import AnnotatedObject
from training.datasets.dataset import Dataset, label_map_of
from training.datasets.formats.files.plain_names import renamed, with_plain_names
from training.datasets.formats.registry import read_dataset, write_dataset

CUP = AnnotatedObject("cup", (0.25, 0.125, 0.75, 0.5))


def of_names(folder: Path, *names: str, split: str | None = None) -> Dataset:
    images = [
        replace(small.an_image(folder, f"{number}.png", (CUP,), split), name=name)
        for number, name in enumerate(names)
    ]
    return Dataset(label_map_of(["cup"]), tuple(images))


@pytest.mark.parametrize(
    ("names", "plain"),
    [
        (["a.jpg", "cam 1/\u732b.jpg", "a..jpg"], ["a.jpg", "cam 1/\u732b.jpg", "a..jpg"]),
        ([".a.jpg", "x/.b/c.jpg", "_a.jpg"], ["_a.jpg", "x/_b/c.jpg", "_a-2.jpg"]),
        (["venv/a.jpg", "x/Thumbs.db"], ["_venv/a.jpg", "x/_Thumbs.db.png"]),
        (["a\nb.jpg", "a\u2028b\x07.jpg", "c:\\d.jpg"], ["a_b.jpg", "a_b_.jpg", "c__d.jpg"]),
        (["a", "a.txt", "a.jpg "], ["a.png", "a.txt.png", "a.jpg .png"]),
        (["images/a.jpg", "a.jpg", "train/b.jpg"], ["images/a.jpg", "a-2.jpg", "train_b.jpg"]),
    ],
)
def test_names_become_plain_ones(names: list[str], plain: list[str], tmp_path: Path) -> None:
    dataset = of_names(tmp_path, *names)
    assert [each.name for each in with_plain_names(dataset).images] == plain
    said = " ".join(renamed(dataset))
    changed = [f"{one!r} becomes {two!r}" for one, two in zip(names, plain, strict=True)
               if one != two]  # fmt: skip
    assert all(each in said for each in changed[:3])
    assert ("become" in said) == bool(changed)


def test_a_folder_called_like_its_images_split_is_kept(tmp_path: Path) -> None:
    dataset = of_names(tmp_path, "train/a.jpg", split="train")
    assert with_plain_names(dataset).images == dataset.images


def test_paths_that_are_too_long_for_one_name_keep_their_ends(tmp_path: Path) -> None:
    cats = 50 * "\N{CAT FACE}"
    dataset = of_names(tmp_path, 200 * "m" + "/" + 199 * "n" + "1.jpg",
                       200 * "k" + "/" + 199 * "n" + "1.jpg", f"{cats}/{cats}.jpg")  # fmt: skip
    write_dataset(dataset, tmp_path / "out", "voc")
    read = read_dataset(tmp_path / "out")
    assert read.defects == ()
    names = [each.name for each in read.images]
    assert len(set(names)) == 3
    assert sum(name.endswith(("1.jpg", "1-2.jpg")) for name in names) == 2


def test_a_file_called_by_a_path_of_windows_is_found_before_one_of_its_end(tmp_path: Path) -> None:
    dataset = of_names(tmp_path, "0.png", "1.png")
    write_dataset(dataset, tmp_path / "out", "coco")
    images = tmp_path / "out" / "images"
    (images / "1.png").rename(images / "sub\\0.png")
    file = tmp_path / "out" / "annotations" / "instances.json"
    file.write_text(file.read_text().replace('"1.png"', r'"sub\\0.png"'))
    read = read_dataset(tmp_path / "out")
    assert read.defects == ()
    assert [each.source.read() for each in read.images] == [
        each.source.read() for each in dataset.images
    ]

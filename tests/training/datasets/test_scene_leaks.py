from pathlib import Path

import pytest

from tests.training.datasets.test_near_duplicates import saved, scene
from training.datasets.annotated import AnnotatedImage
from training.datasets.dataset import Dataset, label_map_of
from training.datasets.grouping.image_hash import hash_image
from training.datasets.grouping.scene_leaks import scene_leaks


def said(folder: Path, *shots: tuple[str, int, str | None]) -> list[str]:
    """Of images by name, by what they show, and by split."""
    images = []
    for name, seed, split in shots:
        image = saved(folder, name, scene(seed))
        images.append(AnnotatedImage(
            name, image.source, image.width, image.height, split=split,
        ))  # fmt: skip
    dataset = Dataset(label_map_of(["cup"]), tuple(images))
    return scene_leaks(dataset, [hash_image(each) for each in images])


def test_a_video_in_two_splits_is_told_by_names_and_by_looks(tmp_path: Path) -> None:
    near, series = said(tmp_path, ("film_1.png", 1, "train"), ("film_2.png", 1, "val"))
    assert near.startswith("1 of 1 val images are nearly the same as an image in train")
    assert series == (
        "1 pair of images follows one another by name and look alike, and lie in different splits"
    )


def test_without_splits_it_is_said_of_what_a_split_would_do(tmp_path: Path) -> None:
    near, series = said(tmp_path, ("film_1.png", 1, None), ("film_2.png", 1, None))
    assert near == "2 of 2 images are nearly the same as another"
    assert series == "1 pair of images follows one another by name and look alike"


@pytest.mark.parametrize("split", [None, "train"])
def test_numbered_images_of_different_things_are_no_series(
    split: str | None, tmp_path: Path
) -> None:
    other = split and "val"
    images = [(f"{at}.png", at, other if at % 3 == 0 else split) for at in range(8)]
    assert said(tmp_path, *images) == []

"""Scenes in splits: kept whole where they can be, and told where they cannot."""

from collections import defaultdict
from pathlib import Path

import pytest

from tests.boxwright.dataset.test_dataset_commands import run
from tests.support import small_datasets as small
from training.datasets.dataset import Dataset, label_map_of
from training.datasets.formats.registry import read_dataset, write_dataset


@pytest.mark.parametrize(
    ("names", "how"),
    [
        ([f"v{video}_{n:03d}.jpg" for video in "abc" for n in range(10)],
         "--group '^(.*[^0-9/])[0-9]+[^0-9/]*$' keeps each of the 3 series whole"),
        ([f"{video}/{n:03d}.jpg" for video in "abc" for n in range(10)],
         "--by-group keeps each of the folders whole"),
        ([f"IMG_{n:04d}.jpg" for n in range(30)], "--group REGEX keeps in one split"),
    ],
)  # fmt: skip
def test_scenes_too_large_to_be_kept_are_told_with_the_option_that_keeps_them(
    names: list[str], how: str, tmp_path: Path
) -> None:
    images = tuple(small.an_image(tmp_path, name) for name in names)
    write_dataset(Dataset(label_map_of(["a"]), images), tmp_path / "set", "coco")
    parted = run("split", tmp_path / "set", tmp_path / "out", "--keep-together", "names",
                 "--fractions", "train=0.6,val=0.4")  # fmt: skip
    assert parted.exit_code == 0, parted.output
    assert "val images are nearly the same as an image in train, or its neighbors" in parted.stderr
    assert "what is measured on val is too good" in parted.stderr
    assert how in parted.stderr
    if "REGEX" in how:
        return
    option = ["--by-group"] if "--by-group" in how else ["--group", how.split("'")[1]]
    whole = run("split", tmp_path / "set", tmp_path / "whole", *option,
                "--fractions", "train=0.6,val=0.4")  # fmt: skip
    assert whole.exit_code == 0, whole.output
    splits = defaultdict(set)
    for image in read_dataset(tmp_path / "whole").images:
        splits[image.name.replace("/", "_").rpartition("_")[0]].add(image.split)
    assert len(splits) == 3
    assert all(len(found) == 1 for found in splits.values())


def test_photos_of_one_message_stay_together(tmp_path: Path) -> None:
    times = [f"2024-01-01 at {hour}.00.01 AM" for hour in range(1, 12)]
    names = [f"WhatsApp Image {time}{copy}.jpeg" for time in times for copy in ("", " (1)", " (2)")]
    images = tuple(small.an_image(tmp_path, name) for name in names)
    write_dataset(Dataset(label_map_of(["a"]), images), tmp_path / "set", "coco")
    kept = run("split", tmp_path / "set", tmp_path / "out", "--keep-together", "names")
    assert "33 of 33 images in 11 groups, the largest of 3" in kept.stdout
    assert "too good" not in kept.stderr

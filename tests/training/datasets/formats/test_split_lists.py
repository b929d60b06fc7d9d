"""Lists of images that say a split: how they are looked up."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from tests.support.annotated_folders import text_file
from training.datasets.formats.files.file_index import FileIndex
from training.datasets.formats.splits.lists import SplitLists


def calls_of(work: Callable[[], None]) -> int:
    """How many calls, to Python's functions and to its own, some work takes."""
    count = 0

    def count_call(_frame: FrameType, event: str, _of: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count_call)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def calls_of_looking_up(root: Path, cameras: int) -> int:
    """Of looking up as many images that are all called 0001.jpg, each in a folder of its own."""
    names = [f"cam{number}/0001.jpg" for number in range(cameras)]
    text_file(root / "train.txt", "".join(f"{name}\n" for name in names[::2]))
    text_file(root / "val.txt", "".join(f"{name}\n" for name in names[1::2]))
    index = FileIndex.of(root)

    def look_up() -> None:
        lists = SplitLists.of(index, names)
        found = [lists.hints(name).listed for name in names]
        assert found[:4] == [("train",), ("val",)] * 2

    return calls_of(look_up)


def test_images_of_one_name_take_calls_in_proportion_to_their_number(tmp_path: Path) -> None:
    few = calls_of_looking_up(tmp_path / "few", 100)
    many = calls_of_looking_up(tmp_path / "many", 400)
    assert many < 5 * few


def test_the_line_that_shares_most_folders_counts(tmp_path: Path) -> None:
    text_file(tmp_path / "train.txt", "0001\na/cam1/0001\n")
    text_file(tmp_path / "val.txt", "cam1/0001\n")
    paths = ["a/cam1/0001.jpg", "b/cam1/0001.jpg", "cam2/0001.jpg"]
    lists = SplitLists.of(FileIndex.of(tmp_path), paths)
    # Of the first, whose whole path is a line; of the second, by its folder; else by its name.
    assert [lists.hints(path).listed for path in paths] == [("train",), ("train", "val"),
                                                            ("train", "val")]  # fmt: skip

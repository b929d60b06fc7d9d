from pathlib import Path

import pytest

from tests.support import small_datasets as small
from training.datasets.defects import DatasetError
from training.datasets.renaming import rename_pictures


def test_pictures_are_called_by_number_and_keep_what_they_are(tmp_path: Path) -> None:
    dataset = small.boxes_only(tmp_path)
    renamed = rename_pictures(dataset, "cell_{number:03}_{split}", start=9)
    names = [picture.name for picture in renamed.pictures]
    assert names == [
        "cell_009_train.jpg", "cell_010_train.png", "cell_011_val.jpg", "cell_012_val.jpg",
    ]  # fmt: skip
    assert renamed.pictures[0].objects == dataset.pictures[0].objects


@pytest.mark.parametrize(
    "pattern", ["cell", "{split}", "{color}", "{number", "/{number}", "{0}", "{number[0]}"]
)
def test_a_pattern_without_sense_is_refused(pattern: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"expected|one name|no path"):
        rename_pictures(small.boxes_only(tmp_path), pattern)

from pathlib import Path

import pytest

from tests.support import small_datasets as small
from training.datasets.defects import DatasetError
from training.datasets.renaming import rename_images


def test_images_are_called_by_number_and_keep_what_they_are(tmp_path: Path) -> None:
    dataset = small.boxes_only(tmp_path)
    renamed = rename_images(dataset, "cell_{number:03}_{split}", start=9)
    names = [image.name for image in renamed.images]
    assert names == [
        "cell_009_train.jpg", "cell_010_train.png", "cell_011_val.jpg", "cell_012_val.jpg",
    ]  # fmt: skip
    assert renamed.images[0].objects == dataset.images[0].objects


@pytest.mark.parametrize(
    "pattern", ["cell", "{split}", "{color}", "{number", "/{number}", "{0}", "{number[0]}"]
)
def test_a_pattern_without_sense_is_refused(pattern: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"expected|one name|no path"):
        rename_images(small.boxes_only(tmp_path), pattern)

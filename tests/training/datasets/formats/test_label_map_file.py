"""A data set's classes count from 1; a model's may count from 0."""

from pathlib import Path

import pytest

from training.datasets.defects import DatasetError
from training.datasets.formats.label_map_file import read_label_map, read_models_label_map


def write(folder: Path, text: str) -> Path:
    file = folder / "label_map.pbtxt"
    file.write_text(text)
    return file


def test_a_data_sets_background_is_passed_over(tmp_path: Path) -> None:
    file = write(tmp_path, "item { id: 0 name: 'Background' } item { id: 1 name: 'cat' }")
    assert [item.name for item in read_label_map(file)] == ["cat"]


def test_a_data_set_that_counts_from_0_is_refused_and_a_model_is_not(tmp_path: Path) -> None:
    file = write(tmp_path, "item { id: 1 name: 'dog' } item { id: 0 name: 'cat' }")
    with pytest.raises(DatasetError, match="ids start at 1 in a data set, but 'cat' has id 0"):
        read_label_map(file)
    assert read_models_label_map(file).label(0) == "cat"

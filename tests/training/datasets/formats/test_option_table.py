"""The table of what a person may have to say of a data set, and the three that are held to it."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import click
import pytest

from boxwright.dataset.check import check
from boxwright.dataset.source import Source
from boxwright.train.command import OF_PHOTOS, train
from training.configuration.data import DataSource
from training.datasets.formats.option_table import DATA_OPTIONS, DataOption
from training.datasets.formats.options import ReadOptions

# Of a source in a config that say which of its images are used, and of reading for other purposes.
NOT_ON_READING = {"path", "format", "split", "image_list", "share"}
OF_PROGRAMS = {"images_needed"}


def test_each_row_is_a_field_of_both_and_each_field_has_a_row() -> None:
    settings = {each.name for each in fields(DataSource)} - NOT_ON_READING
    assert settings == {row.setting for row in DATA_OPTIONS}
    read = {each.name for each in fields(ReadOptions)} - OF_PROGRAMS
    assert read == {row.read_field for row in DATA_OPTIONS}


def test_each_row_is_an_option_of_every_data_command() -> None:
    options = {each.name: each for each in check.params if isinstance(each, click.Option)}
    for row in DATA_OPTIONS:
        assert options[row.setting].opts == list(row.flag)
        assert options[row.setting].help == row.help
    of_training = {each.name: each for each in train.params if isinstance(each, click.Option)}
    assert all(str(of_training[name].help).startswith("PHOTOS: ") for name in OF_PHOTOS)


GIVEN = {
    "classes": "cat,dog", "rename": "cat=feline", "columns": "image=file", "hands": "four",
    "voc_first_pixel": "1", "crowd_as_single": True, "first_class": 1, "exif_frame": "stored",
    "box_form": "xyxy", "encoding": "cp1251",
}  # fmt: skip


def given(row: DataOption, folder: Path) -> Any:
    if row.setting == "images":
        return folder
    if row.setting in ("label_map", "categories"):
        return folder / "map.pbtxt"
    return GIVEN[row.setting]


@pytest.mark.parametrize("row", DATA_OPTIONS, ids=lambda row: row.setting)
def test_a_config_reads_as_the_command_line_does(row: DataOption, tmp_path: Path) -> None:
    (tmp_path / "map.pbtxt").write_text("item { id: 1 name: 'cat' }\n")
    said = given(row, tmp_path)
    source = Source.of(source=tmp_path, **{row.setting: said})
    assert source.options != ReadOptions()
    settings = dict(source.settings)
    assert set(settings) == {"path", row.setting}
    # As a config is read: paths are paths, lists are tuples.
    for name in {"path", "images", "label_map", "categories"} & set(settings):
        settings[name] = Path(settings[name])
    if "classes" in settings:
        settings["classes"] = tuple(settings["classes"])
    assert DataSource(**settings).options() == source.options
    words = list(source.words)
    assert words == ([row.flag[0]] if row.kind == "flag" else [row.flag[0], str(said)])


def test_a_default_says_nothing(tmp_path: Path) -> None:
    given_defaults = {row.setting: row.default for row in DATA_OPTIONS}
    source = Source.of(source=tmp_path, **given_defaults)
    assert source.options == ReadOptions()
    assert (source.words, source.settings) == ((), {"path": str(tmp_path)})

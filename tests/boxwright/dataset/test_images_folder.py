"""`--images`: a folder from the current one, else one of the data set's own."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from boxwright.__main__ import boxwright
from tests.support.annotated_folders import coco_file, images


def check(*arguments: object) -> Result:
    result = CliRunner().invoke(boxwright, ["dataset", "check", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def a_set(root: Path) -> Path:
    images(root / "shots", "a.jpg")
    coco_file(root / "lists" / "c.json")
    return root


def test_a_folder_of_the_data_set_is_named_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = a_set(tmp_path / "set")
    monkeypatch.chdir(tmp_path)
    found = check(root, "--images", "shots")
    assert found.exit_code == 0, found.output
    # The command to go on with names it so that it is found from here.
    assert f"--images {root / 'shots'}" in found.output
    beside = check(root / "lists" / "c.json", "--images", "../shots")
    assert beside.exit_code == 0, beside.output


def test_one_from_the_current_folder_goes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = a_set(tmp_path / "set")
    (tmp_path / "shots").mkdir()
    monkeypatch.chdir(tmp_path)
    assert "--images shots" in check(root, "--images", "shots").output


def test_a_folder_that_is_nowhere_is_an_error_that_names_both_places(tmp_path: Path) -> None:
    root = a_set(tmp_path / "set")
    found = check(root, "--images", "gone")
    assert found.exit_code == 1
    assert f"--images gone: there is no folder gone nor {root / 'gone'}" in found.output

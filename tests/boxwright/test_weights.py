from pathlib import Path

import pytest
from click.testing import CliRunner

from boxwright.__main__ import boxwright
from training.pretrained.catalog import CATALOG


def test_the_list_names_every_row_and_which_are_here() -> None:
    result = CliRunner().invoke(boxwright, ["weights", "list"])
    lines = result.output.splitlines()
    assert [line.split()[0] for line in lines] == list(CATALOG)
    assert lines[0].split()[1] == "here"


def test_a_row_is_shown_with_what_it_fits() -> None:
    result = CliRunner().invoke(boxwright, ["weights", "show", "mobilenet_v2_open_images"])
    assert "fits         ssdlite_mobilenet_v2: backbone, its default" in result.output
    assert "Apache-2.0" in result.output


def test_an_unknown_name_is_answered_with_those_there_are() -> None:
    result = CliRunner().invoke(boxwright, ["weights", "show", "mobilenet"])
    assert result.exit_code == 2
    assert "the names are mobilenet_v2_open_images" in result.output


def test_what_is_here_is_not_fetched() -> None:
    result = CliRunner().invoke(boxwright, ["weights", "fetch", "mobilenet_v2_open_images"])
    assert result.exit_code == 0
    assert "is here" in result.output


def test_a_host_that_cannot_be_reached_is_a_line_that_says_what_else_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOXWRIGHT_WEIGHTS_DIR", str(tmp_path))
    # A proxy at a port on which nobody listens: no name is looked up, nothing leaves the machine.
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    result = CliRunner().invoke(boxwright, ["weights", "fetch", "mobilenet_v2_imagenet"])
    assert result.exit_code == 1
    assert "name the file in model.init_from" in result.output

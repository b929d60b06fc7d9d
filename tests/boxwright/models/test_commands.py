import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from boxwright.__main__ import boxwright
from tests.support.small_graphs import affine, write_saved_model


@pytest.fixture
def models_dir(tmp_path: Path) -> Path:
    """A folder with three versions of a model, copied by hand."""
    for version in (1, 2, 3):
        write_saved_model(tmp_path / "models" / "hands" / str(version), affine())
    return tmp_path / "models"


def run(models_dir: Path, *words: str) -> Result:
    return CliRunner().invoke(boxwright, ["models", *words, "--models", str(models_dir)])


def test_a_publication_says_where_the_version_is_and_what_it_answered(
    tmp_path: Path, models_dir: Path
) -> None:
    source = write_saved_model(tmp_path / "exported", affine())
    result = run(models_dir, "publish", str(source), "--name", "hands", "--engine", "openvino",
                 "--label", "canary")  # fmt: skip
    assert result.exit_code == 0, result.output
    assert f"{models_dir}/hands/4: serving_default: y for made-up x\n" in result.stdout
    assert "hands: canary points at 4\n" in result.stdout


def test_where_requests_go_that_name_no_version_is_said(tmp_path: Path, models_dir: Path) -> None:
    assert run(models_dir, "rollback", "hands").stdout == "hands: stable points at 2\n"
    source = write_saved_model(tmp_path / "exported", affine())
    result = run(models_dir, "publish", str(source), "--name", "hands", "--engine", "openvino")
    assert "still get 2, which is stable; to give them 4, the newest" in result.stderr


def test_labels_are_pointed_taken_away_and_listed(models_dir: Path) -> None:
    labelled = run(models_dir, "label", "hands", "stable", "1")
    assert labelled.stdout == "hands: stable points at 1\n"
    assert "models.config is new" in labelled.stderr
    listed = run(models_dir, "list", "hands").stdout
    assert "1 *" in listed
    assert "stable" in listed
    [_, _, oldest] = json.loads(run(models_dir, "list", "--json").stdout)
    assert (oldest["version"], oldest["labels"], oldest["is_default"]) == (1, ["stable"], True)
    taken = run(models_dir, "label", "hands", "stable", "--remove")
    assert taken.stdout == "hands: removed the label stable, which pointed at 1\n"


def test_a_version_is_removed(models_dir: Path) -> None:
    assert run(models_dir, "remove", "hands", "1").stdout == "hands: deleted version 1\n"
    assert not (models_dir / "hands" / "1").exists()


def test_where_the_model_server_sees_the_folder_can_be_said(models_dir: Path) -> None:
    run(models_dir, "label", "hands", "stable", "1", "--served-from", "/srv/models/")
    assert 'base_path: "/srv/models/hands"' in (models_dir / "models.config").read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("list", "cells"), "no model 'cells'"),
        (("label", "hands", "stable", "9"), "no version 9; it has 3, 2, 1"),
        (("label", "hands", "stable"), "give either a VERSION or --remove"),
        (("label", "hands", "7up", "1"), "a label is a letter"),
        (("label", "hands", "stable", "1", "--served-from", "models"), "not an absolute path"),
        (("remove", "hands", "9"), "no version 9"),
        (("rollback", "hands", "--label", "canary"), "points at no version"),
    ],
)
def test_what_cannot_be_done_is_said_without_a_trace(
    models_dir: Path, words: tuple[str, ...], message: str
) -> None:
    result = run(models_dir, *words)
    assert result.exit_code in (1, 2)
    assert message in " ".join(result.stderr.split())
    assert "Traceback" not in result.output


def test_a_folder_without_models_says_so(tmp_path: Path) -> None:
    assert "no model in" in run(tmp_path, "list").stderr


def test_a_name_of_several_lines_is_shown_in_one(tmp_path: Path) -> None:
    (tmp_path / "two\nlines[b]" / "1").mkdir(parents=True)
    (tmp_path / "two\nlines[b]" / "1" / "saved_model.pb").write_bytes(b"<html>")
    listed = run(tmp_path, "list")
    assert r" two\nlines[b]  1 " in listed.stdout
    assert listed.stderr.startswith(r"Not served: two\nlines[b]/1: ")
    refused = run(tmp_path, "remove", "two\nlines[b]", "7")
    assert refused.stderr == "Error: model two\\nlines[b] has no version 7; it has 1\n"

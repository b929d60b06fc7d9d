"""`boxwright models set` and the same flags of `import`: what a model's answers mean."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from boxwright.__main__ import boxwright
from model_repository.card import read_model_card
from serving_protocol.model_facts import BoxOrder, BoxUnit, FactSource
from tests.support.small_detector import write_small_detector


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(boxwright, ["models", *map(str, words)])


@pytest.fixture
def models_dir(tmp_path: Path) -> Path:
    """A folder with `hands`, versions 1 and 2."""
    for version in ("1", "2"):
        (tmp_path / "hands" / version).mkdir(parents=True)
        (tmp_path / "hands" / version / "saved_model.pb").touch()
    return tmp_path


def said(file: Path) -> object:
    return json.loads(file.read_text())


def test_facts_are_said_of_all_versions_or_of_one_and_taken_back(models_dir: Path) -> None:
    models = ("--models", models_dir)
    whole = models_dir / "hands" / "model_facts.json"
    one = models_dir / "hands" / "2" / "model_facts.json"
    result = run("set", "hands", "--box-unit", "pixels", *models)
    assert result.exit_code == 0, result.output
    assert result.stdout == "hands: boxes are pixels of the image (setting)\n"
    run("set", "hands", "--box-order", "xyxy", "--first-class", "0", *models)
    assert said(whole) == {"box_unit": "pixels", "box_order": "xyxy", "first_class": 0}
    of_one = ("set", "hands", "--version", "2")
    run(*of_one, "--box-unit", "input-pixels", "--input-size", "320", "640", *models)
    assert said(one) == {"box_unit": "input-pixels", "input_size_hw": [320, 640]}
    shown = run(*of_one, *models).stdout
    assert "pixels of the model's input (setting), the model's input is 320 x 640" in shown
    unsized = ("set", "hands", "--box-unit", "input-pixels", *models)
    assert "Note: requests fail unless" in run(*unsized).stdout
    assert "Note" not in run(*unsized, "--input-size", "320", "640").stdout
    assert run("set", "hands", "--clear", *models).stdout == "hands: nothing is set\n"
    assert not whole.exists()
    assert sorted(each.name for each in (models_dir / "hands").iterdir()) == ["1", "2"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("feet", "--box-unit", "pixels"), "there is no model in"),
        (("hands", "--version", "3", "--box-unit", "pixels"), "no version 3 in .*; there is 2, 1"),
        (("hands", "--box-unit", "feet"), "'feet' is not one of"),
        (("hands", "--first-class", "2"), "'2' is not one of"),
        (("hands", "--input-size", "0", "9"), "is not in the range"),
    ],
)
def test_what_cannot_be_said_is_refused(
    models_dir: Path, words: tuple[str, ...], message: str
) -> None:
    result = run("set", *words, "--models", models_dir)
    assert result.exit_code != 0
    assert re.search(message, result.output), result.output


def test_a_broken_file_is_named_and_can_be_cleared(models_dir: Path) -> None:
    file = models_dir / "hands" / "model_facts.json"
    file.write_text("{")
    result = run("set", "hands", "--box-unit", "pixels", "--models", models_dir)
    assert result.exit_code == 1
    assert "model_facts.json: not JSON" in result.output
    assert "--clear" in result.output
    assert run("set", "hands", "--clear", "--models", models_dir).exit_code == 0


def test_an_import_settles_and_shows_them_and_refuses_what_is_not_so(tmp_path: Path) -> None:
    source = write_small_detector(tmp_path / "cells" / "saved_model")
    (tmp_path / "cells" / "label_map.pbtxt").write_text("item { id: 1 name: 'box' }")
    (tmp_path / "models").mkdir()
    words = ("import", source, "--name", "cells", "--models", tmp_path / "models", "--engine",
             "openvino")  # fmt: skip
    refused = run(*words, "--box-unit", "pixels")
    assert refused.exit_code == 1
    assert "--box-unit pixels was given, but most boxes of the model are normalized" in (
        refused.output
    )
    result = run(*words, "--box-order", "yxyx")
    assert result.exit_code == 0, result.output
    assert "boxes are normalized (import), in the order yxyx (setting), classes count from 1" in (
        result.stdout
    )
    card = read_model_card(tmp_path / "models" / "cells" / "1")
    assert card is not None
    facts = card.model_facts
    assert (facts.box_unit, facts.box_order, facts.first_class) == (
        BoxUnit.NORMALIZED, BoxOrder.YXYX, 1,
    )  # fmt: skip
    assert facts.source_of("box_unit") is FactSource.IMPORT
    assert facts.source_of("box_order") is FactSource.SETTING

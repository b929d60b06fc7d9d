"""`boxwright models import` of a Keras file: exported as our own detectors are."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from boxwright.__main__ import boxwright
from model_repository.card import read_model_card
from tests.support.keras_hub_files import SIZE_HW, dfine, retinanet, saved

TWO_CLASSES = "item { id: 1 name: 'red' } item { id: 5 name: 'blue' }"


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(boxwright, ["models", "import", *map(str, words)])


@pytest.mark.parametrize("build", [retinanet, dfine])
def test_a_detector_of_keras_hub_becomes_a_version_with_both_signatures(
    build: Any, tmp_path: Path
) -> None:
    (tmp_path / "label_map.pbtxt").write_text(TWO_CLASSES)
    (tmp_path / "models").mkdir()
    result = run(saved(build(), tmp_path), "--name", "colors", "--models", tmp_path / "models")
    assert result.exit_code == 0, result.output
    assert "the canary image is answered as it must be" in result.stdout
    card = read_model_card(tmp_path / "models" / "colors" / "1")
    assert card is not None
    assert card.preprocessing is not None
    assert card.preprocessing.input_size_hw == SIZE_HW
    assert card.model["name"] in ("KerasHub RetinaNet", "KerasHub D-FINE")
    assert [(each["id"], each["name"]) for each in card.classes] == [(1, "red"), (5, "blue")]
    assert set(card.signatures) == {"serving_default", "image_tensor", "resized_images"}
    assert set(card.signatures["serving_default"]["outputs"]) == {
        "detection_boxes", "detection_classes", "detection_scores", "num_detections",
    }  # fmt: skip
    assert card.notes[0] in result.stderr


def test_what_a_file_lacks_is_said(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    file = tmp_path / "broken.keras"
    file.write_bytes(b"no archive")
    (tmp_path / "one.pbtxt").write_text("item { id: 1 name: 'red' }")
    known = ("--name", "colors", "--models", tmp_path / "models")
    assert "cannot be read as a Keras model" in run(file, *known).stderr
    whole = saved(retinanet(), tmp_path)
    assert "give a --label-map FILE with 2 items" in run(whole, *known).stderr
    few = run(whole, *known, "--label-map", tmp_path / "one.pbtxt").stderr
    assert "the label map has 1 classes, but the detector has 2" in few
    folder = run(tmp_path / "models", *known, "--size", "64", "96").stderr
    assert "--size applies to .keras files only" in folder
    assert not (tmp_path / "models" / "colors").exists()

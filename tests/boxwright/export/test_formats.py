"""What `boxwright export` writes beside the SavedModel where it is asked to."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from boxwright.__main__ import boxwright
from detection.tolerance import HALF_WEIGHTS
from model_repository.card import ModelCard, read_model_card
from server.embedded.engines.openvino_runtime import import_openvino


def export(*arguments: str | Path) -> Result:
    return CliRunner().invoke(boxwright, ["export", *map(str, arguments)])


CANARY_WH = (93, 71)


@pytest.fixture(scope="module")
def version_dir(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    models = tmp_path_factory.mktemp("models")
    canary = models.parent / "canary.png"
    image = Image.new("RGB", CANARY_WH, "grey")
    image.paste((220, 30, 30), (20, 15, 60, 50))
    image.save(canary)
    answer = export(
        run, "--name", "boxes", "--models", models, "--weights", "float16", "--quantize", "int8",
        "--format", "tflite", "--canary", canary,
    )  # fmt: skip
    assert answer.exit_code == 0, answer.output
    assert "quantizing to int8 with 16 training images" in answer.output
    assert "times as fast" in answer.output
    return models / "boxes" / "1"


@pytest.fixture(scope="module")
def card(version_dir: Path) -> ModelCard:
    found = read_model_card(version_dir)
    assert found is not None
    return found


def test_the_card_says_how_weights_are_stored_and_what_was_tolerated(card: ModelCard) -> None:
    assert card.model["weights"] == "float16"
    assert card.parity["tolerance_same_pixels"] == HALF_WEIGHTS.as_json()


def test_the_card_says_what_eight_bits_cost(card: ModelCard) -> None:
    told = card.metrics["int8"]
    assert told["AP in float32"] > 0.05
    assert told["AP lost"] == pytest.approx(told["AP in float32"] - told["AP"], abs=2e-4)
    assert abs(told["AP lost"]) < 0.1
    assert told["times as fast"] > 0
    assert told["calibration images"] == 16


def test_the_int8_model_takes_pixels_under_the_signatures_names(version_dir: Path) -> None:
    core = import_openvino().Core()
    compiled = core.compile_model(version_dir / "openvino_int8" / "model.xml", "CPU")
    assert [each.get_any_name() for each in compiled.inputs] == ["image_tensor"]
    answer = compiled({"image_tensor": np.zeros((2, 50, 70, 3), np.uint8)})
    assert answer["detection_boxes"].shape[0] == 2
    assert {each.get_any_name() for each in compiled.outputs} == {
        "detection_boxes", "detection_classes", "detection_scores", "num_detections",
    }  # fmt: skip


def test_the_canary_is_the_image_that_was_named(version_dir: Path) -> None:
    with Image.open(version_dir / "canary" / "picture.png") as image:
        assert image.size == CANARY_WH


def test_a_canary_that_is_no_image_is_refused(run: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.jpg").write_text("no image")
    answer = export(run, "--name", "x", "--models", tmp_path, "--canary", tmp_path / "notes.jpg")
    assert answer.exit_code == 2
    assert "--canary" in answer.output
    assert not (tmp_path / "x").exists()


def test_the_tflite_file_was_compared_with_the_trained_model(
    version_dir: Path, card: ModelCard
) -> None:
    assert (version_dir / "tflite" / "model.tflite").stat().st_size > 1000
    assert "tflite, image_tensor" in card.parity["largest_difference_of_best_score"]


def test_without_nncf_nothing_is_begun(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("export.quantization.availability.find_spec", lambda name: None)
    answer = export(run, "--name", "x", "--models", tmp_path, "--quantize", "int8")
    assert answer.exit_code == 1
    assert "pip install 'boxwright[quantize]'" in answer.output
    assert not (tmp_path / "x").exists()

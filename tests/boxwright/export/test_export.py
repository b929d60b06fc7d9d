"""`boxwright export`, from a run to a version that is as good as its checkpoint."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from boxwright.__main__ import boxwright
from boxwright.models.folder import config_of
from model_repository.canary.known_image import read_known_image
from model_repository.card import read_model_card
from model_repository.publishing.listing import list_versions
from training.datasets.dataset import Dataset
from training.datasets.formats.registry import read_dataset
from training.evaluation.coco_metrics import coco_metrics
from training.evaluation.exported_detector import ExportedDetector
from training.evaluation.precision_recall import overall_curve
from training.evaluation.trained_detector import TrainedDetector
from training.loop.loading import load_detector


def export(*arguments: str | Path) -> Result:
    return CliRunner().invoke(boxwright, ["export", *map(str, arguments)])


@pytest.fixture(scope="module")
def exported(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of models with the run's best checkpoint in it."""
    models = tmp_path_factory.mktemp("models")
    answer = export(
        run, "--name", "boxes", "--models", models, "--format", "openvino",
        "--title", "red and blue", "--note", "CC BY 4.0", "--label", "stable",
    )  # fmt: skip
    assert answer.exit_code == 0, answer.output
    assert "the canary image is answered as it must be" in answer.output
    return models


def test_a_version_is_whole(exported: Path) -> None:
    files = {
        each.relative_to(exported / "boxes" / "1").as_posix()
        for each in (exported / "boxes" / "1").rglob("*")
        if each.is_file()
    }
    assert files == {
        "saved_model.pb",
        "label_map.pbtxt",
        "model_card.json",
        "assets.extra/tf_serving_warmup_requests",
        "canary/picture.png",
        "canary/detections.json",
        "openvino/model.xml",
        "openvino/model.bin",
    }


def test_its_card_says_what_it_is(exported: Path) -> None:
    card = read_model_card(exported / "boxes" / "1")
    assert card is not None
    assert card.preprocessing is not None
    assert (card.title, card.notes) == ("red and blue", ("CC BY 4.0",))
    assert [each["name"] for each in card.classes] == ["red", "blue"]
    assert card.signatures["image_tensor"]["inputs"] == {
        "image_tensor": {"dtype": "uint8", "shape": [None, None, None, 3]}
    }
    assert card.signatures["resized_images"]["inputs"] == {
        "resized_images": {"dtype": "uint8", "shape": [None, 64, 96, 3]}
    }
    told = card.preprocessing
    assert (told.resized_signature, told.resized_input) == ("resized_images", "resized_images")
    assert (told.dtype, told.resize) == ("uint8", "bilinear_antialias")
    assert set(card.signatures) == {"serving_default", "image_tensor", "resized_images"}
    assert card.training["model"]["name"] == "tiny"
    assert card.preprocessing.input_size_hw == (64, 96)
    assert set(card.parity["largest_difference_of_best_score"]) == {
        f"{engine}, {signature}"
        for engine in ("tensorflow", "openvino")
        for signature in ("serving_default", "image_tensor", "resized_images")
    }


def test_its_threshold_is_the_best_of_the_validation_images(run: Path, exported: Path) -> None:
    card = read_model_card(exported / "boxes" / "1")
    assert card is not None
    detector, label_map, experiment = load_detector(run)
    truth = read_dataset(experiment.data.validation[0].path)
    found = list(TrainedDetector(detector, label_map, "checkpoint").detect(truth.images))
    best = overall_curve(coco_metrics(truth, found), 0.5).best
    assert best is not None
    assert card.own_score_threshold == best.threshold
    assert card.score_threshold["images"] == len(truth)
    assert card.score_threshold["recall"] == pytest.approx(best.recall, abs=1e-4)
    assert [each["name"] for each in card.score_threshold["classes"]] == ["red", "blue"]
    evaluated = CliRunner().invoke(
        boxwright, ["evaluate", str(exported / "boxes"), "--data",
                    str(experiment.data.validation[0].path), "--output", str(exported / "out")],
    )  # fmt: skip
    assert evaluated.exit_code == 0, evaluated.output
    report = json.loads((exported / "out" / "report.json").read_text())
    assert report["score_threshold"] == best.threshold
    assert report["thresholds"]["in_use"]["source"] == "the model card's"
    assert "the model card's" in evaluated.stdout


def test_the_list_shows_its_label_and_its_ap(exported: Path) -> None:
    [version] = list_versions(config_of(exported))
    assert version.labels == ("stable",)
    assert 0 < version.metrics["validation AP"] <= 1


def test_its_ap_is_the_checkpoints(run: Path, exported: Path) -> None:
    detector, label_map, experiment = load_detector(run)
    truth = read_dataset(experiment.data.validation[0].path)
    trained = _ap(truth, TrainedDetector(detector, label_map, "checkpoint"))
    served = _ap(truth, ExportedDetector(exported / "boxes"))
    assert trained > 0.05
    assert served == pytest.approx(trained, abs=0.002)


def _ap(truth: Dataset, detector: TrainedDetector | ExportedDetector) -> float:
    found = list(detector.detect(truth.images))
    return coco_metrics(truth, found).values["ap"]


def test_its_canary_has_something_to_find(exported: Path) -> None:
    known = read_known_image(exported / "boxes" / "1")
    assert known is not None
    assert len(known.detections)
    assert np.isfinite(known.detections.boxes_yxyx).all()


def test_a_canary_that_another_model_answers_keeps_it_from_being_published(
    exported: Path, tmp_path: Path
) -> None:
    import shutil

    broken = shutil.copytree(exported / "boxes" / "1", tmp_path / "broken")
    answer_file = broken / "canary" / "detections.json"
    answer = json.loads(answer_file.read_text())
    answer["scores"][0] = 1.0
    answer_file.write_text(json.dumps(answer))
    (tmp_path / "models").mkdir()
    told = CliRunner().invoke(
        boxwright, ["models", "publish", str(broken), "--name", "boxes",
                    "--models", str(tmp_path / "models")],
    )  # fmt: skip
    assert told.exit_code == 1
    assert "its canary image is answered wrongly: class" in told.output
    assert not (tmp_path / "models" / "boxes").exists()


def test_without_images_there_is_no_export(run: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    answer = export(run, "--name", "x", "--models", tmp_path, "--pictures", tmp_path / "empty")
    assert answer.exit_code == 1
    assert "has no readable image" in answer.output
    assert not (tmp_path / "x").exists()

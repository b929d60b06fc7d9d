"""A model of keypoints from drawn hands to numbers, by the command line."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from boxwright.__main__ import boxwright
from tests.support.exported_detector import write_version
from tests.support.keypoint_detector import chance_keypoint_detector
from tests.support.resumed_training import check_that_it_resumes
from training.datasets.formats.options import WriteOptions
from training.datasets.formats.registry import write_dataset
from training.datasets.workers import Workers
from training.synthetic_hands.scene import Wishes
from training.synthetic_hands.synthesis import synthesize_hands

EXPERIMENT = """\
model:
  name: cpm_mobilenet_v3_small
  input_size: 64
  options: {stages: 2, channels: 8, feature_channels: 8, width: 0.35}
data:
  train: [{path: DATA}]
  validation: [{path: DATA}]
optimization: {steps: 2, batch_size: 2, warmup_steps: 1, optimizer: sgd, ema_decay: 0.9}
validation: {every_steps: 2, images: 1}
checkpoints: {every_steps: 1, keep: 2}
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hands")
    with Workers(1) as workers:
        wishes = Wishes(size_wh=(96, 64), empty_share=0, smallest=0.6, largest=0.9)
        hands = synthesize_hands(folder / "drawn", 4, wishes, seed=4, workers=workers)
        write_dataset(hands, folder / "data", "coco", WriteOptions(), workers)
    return folder / "data"


def evaluate(*arguments: object) -> Result:
    return CliRunner().invoke(boxwright, ["evaluate", *map(str, arguments)], catch_exceptions=False)


def train(config: Path, run: Path, *flags: str) -> Result:
    words = ["train", str(config), "--output", str(run), *flags]
    return CliRunner().invoke(boxwright, words, catch_exceptions=False)


def test_a_run_is_trained_and_measured_and_goes_on(data: Path, tmp_path: Path) -> None:
    config = tmp_path / "points.yaml"
    config.write_text(EXPERIMENT.replace("DATA", str(data)))
    run = tmp_path / "run"
    trained = train(config, run)
    assert trained.exit_code == 0, trained.output
    assert "earlier_stages" in trained.output
    assert "last_stage" in trained.output
    assert "best PCK@0.1" in trained.output
    measured = evaluate(run)
    assert measured.exit_code == 0, measured.output
    assert "hands, 0 of them not found" in measured.output
    report = json.loads((run / "evaluation" / "report.json").read_text())
    lines = (run / "history.jsonl").read_text().splitlines()
    assert report["keypoints"]["pck_20"] == pytest.approx(json.loads(lines[-1])["pck_20"], abs=0.03)
    assert report["by_keypoint"]["wrist"]["count"] > 0
    page = (run / "evaluation" / "report.html").read_text()
    assert "PCK@0.2" in page
    assert "index tip" in page
    check_that_it_resumes(run, lambda: train(config, run, "--resume"))


def test_an_exported_model_is_shown_each_hand_by_itself(data: Path, tmp_path: Path) -> None:
    of_boxes = [tmp_path / "report" / name for name in ("confusion.png", "precision_recall.png")]
    (tmp_path / "report").mkdir()
    for file in of_boxes:
        file.write_bytes(b"of another evaluation")
    version = write_version(tmp_path / "points" / "1", chance_keypoint_detector())
    measured = evaluate(version, "--data", data, "--output", tmp_path / "report")
    assert measured.exit_code == 0, measured.output
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    assert report["hands"] == report["pictures"] >= 3
    assert np.isfinite(report["keypoints"]["mean_error_px"])
    assert not any(file.exists() for file in of_boxes)


def test_pipelines_are_a_gateways(data: Path, tmp_path: Path) -> None:
    refused = evaluate(tmp_path, "--data", data, "--pipeline", "hands")
    assert refused.exit_code == 2
    assert "--pipeline need --url" in refused.output

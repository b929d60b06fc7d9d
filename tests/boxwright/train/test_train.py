import json
import re
from pathlib import Path

import pytest
import tensorflow as tf
from click.testing import CliRunner, Result

from boxwright.__main__ import boxwright
from tests.training.loop.experiments import write_settings
from training.input_pipeline.batch import Batch
from training.models.ssd.detector import SsdDetector


def train(*arguments: str | Path) -> Result:
    return CliRunner().invoke(boxwright, ["train", *map(str, arguments)])


@pytest.fixture
def config(tmp_path: Path, colored_boxes: Path) -> Path:
    return write_settings(tmp_path / "boxes.yaml", colored_boxes)


def test_a_tiny_model_learns_sixteen_images(config: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    answer = train(
        config, "--output", run, "--optimization.steps", "300",
        "--augmentation.horizontal-flip", "0",
        "--optimization.ema-decay", "0.98", "--optimization.warmup-steps", "20",
        "--validation.every-steps", "150", "--logging.every-steps", "50",
        "--logging.tensorboard", "true",
    )  # fmt: skip

    assert answer.exit_code == 0, answer.output
    entries = [json.loads(line) for line in (run / "history.jsonl").read_text().splitlines()]
    assert [entry["step"] for entry in entries] == [150, 300]
    assert entries[-1]["ap50"] > 0.9
    assert set(entries[-1]["classes"]) == {"red", "blue"}
    log = (run / "train.log").read_text()
    assert (
        len(re.findall(r"epoch [\d.]+ step \d+/300 examples/s [\d.]+ learning_rate \S+ loss ", log))
        == 6
    )
    assert list((run / "tensorboard").glob("events.*"))
    assert (run / "best" / "state.json").exists()
    assert f"Go on with:\n  boxwright evaluate {run} " in answer.output
    assert f"\n  boxwright export {run} --name " in answer.output


def test_help_has_a_section_for_each_part_and_a_flag_for_each_setting() -> None:
    text = train("--help").output

    for section in ("model: ", "data: ", "augmentation: ", "optimization: ", "devices: "):
        assert f"\n{section}" in text
    for flag in ("--seed", "--optimization.batch-size", "--augmentation.horizontal-flip"):
        assert f"  {flag} " in text


def test_every_setting_is_printed_with_what_flags_say(config: Path) -> None:
    answer = train(config, "--print-config", "--optimization.batch-size", "5", "--model.input-size",
                   "[64, 96]")  # fmt: skip

    assert answer.exit_code == 0
    assert "batch_size: 5\n" in answer.output
    assert "input_size:\n  - 64\n  - 96\n" in answer.output


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--optimization.batch-size", "many"], "--optimization.batch-size: `optimization."
         "batch_size` is a whole number, but got 'many'"),
        (["--data.train", "[{path: nowhere}]"], "nowhere does not exist"),
        (["--data.validation[0].split", "x"], "No such option"),
        (["--model.name", "yolo"], "there is no model 'yolo'"),
        (["--model.options", "{depth: 3}"], "there is no option 'depth'"),
        (["--model.init-from", "nowhere.keras"], "nowhere.keras"),
        (["--optimization.warmup-steps", "8"], "the whole training has 8 steps"),
        (["--devices.strategy", "multi_worker"], "needs the variable TF_CONFIG"),
    ],
)  # fmt: skip
def test_a_mistake_is_a_line_on_standard_error(
    config: Path, tmp_path: Path, flags: list[str], said: str
) -> None:
    answer = train(config, "--output", tmp_path / "run", *flags)

    assert answer.exit_code != 0
    assert said in answer.stderr
    assert "Traceback" not in answer.output


def test_a_file_that_is_neither_config_nor_images_is_refused(tmp_path: Path) -> None:
    notes = tmp_path / "notes.pdf"
    notes.write_bytes(b"%PDF-1.7")
    answer = train(notes)
    assert answer.exit_code == 2
    assert (
        "notes.pdf is neither a config (.yaml), nor a pipeline.config of the Object Detection API, "
        "nor a folder or file of annotated images" in " ".join(answer.stderr.split())
    )


def test_flags_under_their_former_names_are_taken_and_not_shown(config: Path) -> None:
    answer = train(config, "--print-config", "--optimisation.steps", "7")
    assert answer.exit_code == 0, answer.output
    assert "  steps: 7\n" in answer.output
    assert "--optimization.steps" in train("--help").output
    assert "optimisation" not in train("--help").output
    both = train(config, "--print-config", "--optimisation.steps", "7", "--optimization.steps", "8")
    assert both.exit_code == 1
    assert "--optimisation.steps is the former name of --optimization.steps" in both.stderr


def test_an_earlier_training_is_not_written_over_and_resumes_as_it_was_meant(
    config: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    assert train(config, "--output", run).exit_code == 0
    before = (run / "best").resolve()

    again = train(config, "--output", run)
    other = train(config, "--output", run, "--resume", "--optimization.learning-rate", "0.5")
    same = train(config, "--output", run, "--resume")

    assert again.exit_code == 1
    assert "has checkpoints of an earlier training: --resume goes on" in again.stderr
    assert other.exit_code == 1
    assert "optimization.learning_rate: 0.01 before, 0.5 now" in other.stderr
    assert same.exit_code == 0
    assert "resumed from" in same.output
    assert (run / "best").resolve() == before


def test_training_stops_early_where_nothing_gets_better(config: Path, tmp_path: Path) -> None:
    answer = train(
        config, "--output", tmp_path / "run", "--optimization.steps", "40",
        "--optimization.warmup-steps", "30", "--optimization.learning-rate", "1e-12",
        "--validation.every-steps", "2", "--validation.early-stopping-patience", "3",
    )  # fmt: skip

    assert answer.exit_code == 0, answer.output
    assert "no better AP in 3 validations: stopped early" in answer.output


def test_a_loss_that_is_no_number_names_the_images(config: Path, tmp_path: Path) -> None:
    answer = train(config, "--output", tmp_path / "run", "--optimization.learning-rate", "1e30",
                   "--optimization.warmup-steps", "0", "--optimization.gradient-clip-norm", "null",
                   "--validation.every-steps", "1")  # fmt: skip

    assert answer.exit_code == 1
    assert re.search(r"the loss is not finite after step \d+: .*localization", answer.stderr)
    assert re.search(r"\n  \S+/\d\d\.png\n", answer.stderr)


def test_weights_that_become_no_numbers_are_not_kept(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    losses = SsdDetector.losses

    def without_a_slope(detector: SsdDetector, batch: Batch) -> dict[str, tf.Tensor]:
        # 0 times the infinite slope of a square root at 0.
        nothing = tf.sqrt(0 * tf.reduce_sum(detector.network.trainable_weights[0].value))
        return {**losses(detector, batch), "nothing": nothing}

    monkeypatch.setattr(SsdDetector, "losses", without_a_slope)
    run = tmp_path / "run"
    answer = train(config, "--output", run, "--checkpoints.every-steps", "1")

    assert answer.exit_code == 1
    assert re.search(
        r"the gradient of the loss is not finite after step 1: .*norm nan", answer.stderr
    )
    assert list((run / "checkpoints").iterdir()) == []


def test_a_mosaic_is_no_image_of_one_hand(tmp_path: Path) -> None:
    hands = tmp_path / "hands"
    drawn = CliRunner().invoke(boxwright, ["dataset", "synthesize", str(hands), "--count", "2"])
    assert drawn.exit_code == 0, drawn.output
    model = {"name": "cpm_mobilenet_v3_small", "input_size": 32,
             "options": {"stages": 1, "width": 0.35}}  # fmt: skip
    config = write_settings(
        tmp_path / "points.yaml", hands, model=model, augmentation={"mosaic": 0.5}
    )
    answer = train(config, "--output", tmp_path / "run")

    assert answer.exit_code == 1
    assert "augmentation.mosaic: 0 was expected, but got 0.5" in answer.stderr


def test_a_training_starts_from_an_earlier_one_and_keeps_what_it_took(
    config: Path, tmp_path: Path
) -> None:
    assert train(config, "--output", tmp_path / "first").exit_code == 0
    answer = train(config, "--output", tmp_path / "second", "--optimization.steps", "4",
                   "--model.init-from", tmp_path / "first")  # fmt: skip

    assert answer.exit_code == 0, answer.output
    report = json.loads((tmp_path / "second" / "initialisation.json").read_text())
    assert report["source"] == str(tmp_path / "first")
    assert len(report["taken"]) > 4
    assert report["left"] == []

import re
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from boxwright.__main__ import boxwright
from boxwright.train import planning
from training.configuration.experiment import read_experiment
from training.planning.length import Speed

SHORT = ("--model.name", "tiny", "--logging.tensorboard", "false", "--optimization.batch-size", "4")


def train(*arguments: str | Path) -> Result:
    return CliRunner().invoke(boxwright, ["train", *map(str, arguments)])


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_photos_become_a_measured_detector_and_its_config_is_what_was_trained(
    here: Path, colored_boxes: Path
) -> None:
    result = train(colored_boxes, *SHORT, "--optimization.steps", "8", "--name", "boxes")

    assert result.exit_code == 0, result.output
    said = result.stdout
    assert said.startswith(f"Reading {colored_boxes} ...\n")
    assert "Read 16 images with" in said
    assert "It has no val split: 13 images to learn from and 3 to measure on" in said
    assert "  augmentation.horizontal_flip 0.5: no class name says" in said
    assert "colors tell the class 'red'" in said
    assert re.search(r"step [2-8]/8, \d+ s left, loss ", said), said
    assert "Evaluating the best weights on the validation images ..." in said
    assert "boxwright export runs/boxes --name boxes" in said
    assert "make up MODEL=boxes" in said
    run = here / "runs" / "boxes"
    assert read_experiment(run / "config.yaml") == read_experiment(run / "experiment.yaml")
    train_names, val_names = (
        (run / f"{part}.txt").read_text().splitlines() for part in ("train", "val")
    )
    assert len(train_names) == 13
    assert len(val_names) == 3
    assert not set(train_names) & set(val_names)
    assert (run / "evaluation" / "report.html").is_file()

    again = train(colored_boxes, *SHORT, "--optimization.steps", "8", "--name", "boxes")
    resumed = train("runs/boxes/config.yaml", "--resume")
    of_run = train("runs/boxes")

    assert again.exit_code == 1
    assert "`boxwright train runs/boxes/config.yaml --resume` goes on" in again.stderr
    assert resumed.exit_code == 0, resumed.output
    assert "resumed from runs/boxes/checkpoints/" in resumed.output
    assert of_run.exit_code == 2
    assert "`boxwright train runs/boxes/config.yaml --resume` goes on with" in of_run.stderr


def test_steps_fill_the_minutes_at_the_speed_that_was_measured(
    here: Path, colored_boxes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = []

    def measured(config: Path, minutes: float) -> Speed:
        planned.append(yaml.safe_load(config.read_text()))
        return Speed(2.0, 10.0, "measured")

    monkeypatch.setattr(planning, "measured_speed", measured)
    result = train(colored_boxes, *SHORT, "--minutes", "2", "--print-config")

    assert result.exit_code == 0, result.output
    assert planned[0]["model"]["name"] == "tiny"
    config = yaml.safe_load(result.stdout)
    # 2 minutes less 8 % and 10 seconds to start, in steps of 2 seconds.
    assert 35 <= config["optimization"]["steps"] <= 50
    assert config["name"] == "coco"
    assert "at 2.0 images/s (measured)" in result.stderr


def test_a_second_run_of_the_same_photos_gets_a_folder_of_its_own(
    here: Path, colored_boxes: Path
) -> None:
    words = (colored_boxes, *SHORT, "--optimization.epochs", "2", "--print-config")
    names = [yaml.safe_load(train(*words).stdout)["name"] for _ in range(2)]
    assert names == ["coco", "coco-2"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["PHOTOS", "--data.train", "[{path: x}]"], "write a config for several sources"),
        (["PHOTOS", "--resume"], "runs/coco/config.yaml --resume"),
        (["PHOTOS", "--optimization.batch-size", "many", "--optimization.steps", "2"],
         "`optimization.batch_size` is a whole number, but got 'many'"),
        (["PHOTOS", "--minutes", "0"], "0.0 is not in the range"),
        (["config.yaml", "--minutes", "3"], "--minutes is for a folder or file of images"),
        (["config.yaml", "--classes", "a,b"], "--classes is for a folder or file of images"),
        (["empty"], "empty"),
        (["nowhere"], "does not exist"),
    ],
)  # fmt: skip
def test_a_mistake_says_what_to_do(
    words: list[str], said: str, here: Path, colored_boxes: Path
) -> None:
    (here / "empty").mkdir()
    (here / "config.yaml").write_text("model: {name: tiny}\n")
    result = train(*(word.replace("PHOTOS", str(colored_boxes)) for word in words))
    assert result.exit_code != 0
    assert said in result.stderr
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)


def test_a_setting_without_its_section_is_told_its_flag() -> None:
    answer = train("photos", "--steps", "100")
    assert "--optimization.steps" in answer.stderr

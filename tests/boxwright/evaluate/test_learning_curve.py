"""`boxwright evaluate RUN --learning-curve`, with the tiny detector."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from boxwright.__main__ import boxwright
from boxwright.evaluate import learning_curve, subset_trainings
from tests.support.shared import REPOSITORY
from tests.support.tiny_detector import tiny_detector_registered, write_colored_boxes
from tests.training.loop.experiments import experiment, write_settings
from training.loop.loop import Schedule

# Three trainings, each in a process that imports TensorFlow first.
pytestmark = pytest.mark.timeout(2400)
TINY = (sys.executable, "-m", "tests.support.tiny_training", "train")


@pytest.fixture(scope="module", autouse=True)
def tiny_model() -> Iterator[None]:
    with tiny_detector_registered():
        yield


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that has come to its end, on sixteen images."""
    folder = tmp_path_factory.mktemp("curve")
    data = write_colored_boxes(folder / "boxes")
    config = write_settings(
        folder / "boxes.yaml", data, optimization={"steps": 8}, devices={"deterministic": False}
    )
    words = ["train", str(config), "--output", str(folder / "run")]
    result = CliRunner().invoke(boxwright, words)
    assert result.exit_code == 0, result.output
    return folder / "run"


@pytest.fixture(autouse=True)
def tiny_trainings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)
    monkeypatch.setattr(subset_trainings, "COMMAND", TINY)


@pytest.mark.parametrize(
    ("settings", "steps", "validations", "by_epochs"),
    [
        ({"epochs": 3.0, "steps": None}, 30, 3, True),
        ({"epochs": 3.0, "steps": None, "stop_after_steps": 12}, 12, 2, False),
        ({"steps": 45}, 45, 5, False),
    ],
)  # fmt: skip
def test_a_run_is_as_long_as_its_loop_makes_it(
    settings: dict[str, Any], steps: int, validations: int, by_epochs: bool, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    asked = experiment(
        tmp_path, tmp_path, optimization={"batch_size": 4} | settings,
        validation={"every_steps": None},
    )  # fmt: skip
    recipe = learning_curve.recipe_of(asked, images=40, validation_images=9)
    assert (recipe.steps, recipe.validations) == (steps, validations)
    assert (recipe.batch_size, recipe.validation_images) == (4, 9)
    assert recipe.by_epochs is by_epochs
    # By the loop's own reckoning, whatever that is.
    other = replace(Schedule.of(asked, 40), last_step=7, validation_steps=2)
    monkeypatch.setattr(Schedule, "of", lambda *_given: other)
    recipe = learning_curve.recipe_of(asked, images=40, validation_images=9)
    assert (recipe.steps, recipe.validations) == (7, 4)


def curve(*arguments: str | Path) -> Result:
    words = ["evaluate", "--learning-curve", "--bootstrap", "50", *map(str, arguments)]
    return CliRunner().invoke(boxwright, words)


def test_a_run_is_trained_on_a_quarter_and_a_half_and_what_is_trained_is_kept(
    run_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = curve(run_folder)

    assert result.exit_code == 0, result.output
    said = result.stdout
    assert "Learning curve of 4 images in 8 steps, 8 images in 8 steps, 16 images in 8" in said
    assert f"the last is {run_folder} itself: 2 trainings, about " in said
    assert said.index("2 trainings, about") < said.index("images-4, 1 of 2: starting, about")
    assert "images-8, 2 of 2: validation step 8" in said
    for name in ("images-4", "images-8"):
        names = (run_folder / "learning_curve" / name / "train-1.txt").read_text().split()
        assert len(names) == int(name.removeprefix("images-"))
    report = json.loads((run_folder / "evaluation" / "report.json").read_text())["learning_curve"]
    assert [each["images"] for each in report["points"]] == [4, 8, 16]
    assert report["sentence"] in said
    assert (run_folder / "evaluation" / "learning_curve.png").is_file()
    assert "More images" in (run_folder / "evaluation" / "report.html").read_text()

    # What is trained is not trained again: only the one that was lost is, which fails here.
    monkeypatch.setattr(subset_trainings, "COMMAND", (sys.executable, "-c", "raise SystemExit(1)"))
    best = run_folder / "learning_curve" / "images-8" / "checkpoints"
    best.rename(best.with_name("lost"))
    lost = curve(run_folder)
    assert lost.exit_code == 1
    assert "Continuing the trainings planned in" in lost.stdout
    assert "1 training, about" in lost.stdout
    assert "images-4, " not in lost.stdout
    assert "images-8/config.yaml failed" in lost.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--minutes", "0.1"], "--minutes 0.1 is too short"),
        (["--bootstrap", "0"], "--bootstrap above 0"),
    ],
)
def test_a_mistake_says_what_to_do(
    words: list[str], said: str, run_folder: Path, tmp_path: Path
) -> None:
    # Another folder, in which nothing is planned yet.
    other = tmp_path / "run"
    other.mkdir()
    (other / "checkpoints").symlink_to(run_folder / "checkpoints")
    result = curve(other, *words)
    assert result.exit_code != 0
    assert said in result.stderr
    assert not (other / "learning_curve").exists()


def test_what_is_no_run_has_no_curve(tmp_path: Path) -> None:
    empty = curve(tmp_path)
    assert empty.exit_code == 1
    assert "needs a run's folder" in empty.stderr
    alone = CliRunner().invoke(boxwright, ["evaluate", str(tmp_path), "--minutes", "3"])
    assert "--minutes needs --learning-curve" in alone.stderr

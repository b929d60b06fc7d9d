import errno
import os
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from click.testing import CliRunner, Result

from boxwright.__main__ import boxwright
from tests.training.loop.experiments import experiment
from training.datasets.dataset import label_map_of
from training.loop import mean_weights
from training.loop.building import build_detector
from training.loop.checkpoints import Checkpoints, Progress, Trained
from training.loop.loading import load_detector
from training.loop.optimizers import Updates


def run_with(folder: Path, data: Path, value: float, names: tuple[str, ...] = ("red", "blue"),
             **model: object) -> Path:  # fmt: skip
    """A run whose weights are all `value`."""
    folder.mkdir()
    settings = experiment(folder, data, model=model)
    label_map = label_map_of(list(names))
    detector = build_detector(settings, label_map)
    detector.network.set_weights([np.full_like(each, value) for each in weights_of(detector)])
    updates = Updates(detector, settings.optimization, 8, scale_loss=False)
    checkpoints = Checkpoints(settings.folder, settings, label_map, print)
    checkpoints.save(Trained(detector.network, updates, None), Progress(step=1), is_best=True)
    return settings.folder


def weights_of(detector: object) -> list[npt.NDArray[np.float32]]:
    return detector.network.get_weights()  # type: ignore[attr-defined,no-any-return]


def average(*arguments: object) -> Result:
    return CliRunner().invoke(boxwright, ["average", *map(str, arguments)])


def test_the_mean_of_runs_is_a_run_with_the_settings_of_the_first(
    tmp_path: Path, colored_boxes: Path
) -> None:
    runs = [
        run_with(tmp_path / "a", colored_boxes, 1.0),
        run_with(tmp_path / "b", colored_boxes, 2.0, input_size=[64, 96]),
        run_with(tmp_path / "c", colored_boxes, 6.0),
    ]
    answer = average(*runs, "--output", tmp_path / "mean")
    assert answer.exit_code == 0, answer.output
    assert "its input_size is [64, 96], not" in answer.output
    detector, label_map, settings = load_detector(tmp_path / "mean")
    assert [item.name for item in label_map] == ["red", "blue"]
    assert settings.model == load_detector(runs[0])[2].model
    for weight in weights_of(detector):
        np.testing.assert_allclose(weight, 3.0, rtol=1e-6)


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory, colored_boxes: Path) -> Path:
    return run_with(tmp_path_factory.mktemp("runs") / "one", colored_boxes, 1.0)


def test_what_has_no_mean_is_refused(one: Path, tmp_path: Path, colored_boxes: Path) -> None:
    other = run_with(tmp_path / "other", colored_boxes, 1.0, ("red", "green"))
    output = tmp_path / "mean"
    refused = average(one, other, "--output", output)
    assert "its classes are ['red', 'green'], not ['red', 'blue']" in refused.output
    assert "two or more different checkpoints" in average(one, "--output", output).output
    assert "two or more different checkpoints" in average(one, one, "--output", output).output
    without = average(one, tmp_path, "--output", output).output
    assert without == f"Error: {tmp_path} is not a checkpoint, and has none in checkpoints/\n"
    assert not output.exists()
    assert "exists, and is not overwritten" in average(one, other, "--output", tmp_path).output


def test_a_mean_that_cannot_be_written_leaves_nothing(
    one: Path, tmp_path: Path, colored_boxes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = run_with(tmp_path / "other", colored_boxes, 3.0)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(mean_weights, "write_state", full)
        failed = average(one, other, "--output", tmp_path / "means" / "first")
    assert failed.exit_code == 1
    assert "No space left on device" in failed.output
    assert list((tmp_path / "means").iterdir()) == []
    assert average(one, other, "--output", tmp_path / "means" / "first").exit_code == 0

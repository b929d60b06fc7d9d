import shutil
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.training.loop.experiments import experiment
from training.datasets.dataset import label_map_of
from training.loop import loading
from training.loop.atomic_folders import read_state
from training.loop.averaging import WeightAverages
from training.loop.building import build_detector
from training.loop.checkpoints import (
    Checkpoints,
    Progress,
    Trained,
    folders_of,
    newest,
    read_progress,
)
from training.loop.errors import CheckpointError, DiskFull
from training.loop.loading import checkpoint_folder, load_checkpoint, load_detector
from training.loop.optimizers import Updates
from training.models.ssd.detector import SsdDetector

LABEL_MAP = label_map_of(["red", "blue"])


class Run(NamedTuple):
    folder: Path
    trained: Trained
    checkpoints: Checkpoints
    told: list[str]

    def save(self, step: int, *, is_best: bool = False) -> Path:
        return self.checkpoints.save(self.trained, Progress(step=step), is_best=is_best)

    @property
    def steps(self) -> list[int]:
        return [int(each.name[5:]) for each in folders_of(self.folder / "checkpoints")]


@pytest.fixture
def run(tmp_path: Path, colored_boxes: Path) -> Run:
    settings = experiment(tmp_path, colored_boxes)
    detector = build_detector(settings, LABEL_MAP)
    updates = Updates(detector, settings.optimization, 8, scale_loss=False)
    averages = WeightAverages(detector.network, 0.9, tf.distribute.get_strategy())
    trained = Trained(detector.network, updates, averages)
    told: list[str] = []
    checkpoints = Checkpoints(settings.folder, settings, LABEL_MAP, told.append)
    return Run(settings.folder, trained, checkpoints, told)


def values_of(trained: Trained) -> list[Any]:
    with trained.averages_in_place():
        averages = [weight.numpy() for weight in trained.network.weights]
    return [*averages, *(weight.numpy() for weight in trained.network.weights)]


def test_what_was_saved_is_loaded_as_it_was(run: Run) -> None:
    for weight in run.trained.network.weights:
        weight.assign(keras.random.uniform(weight.shape))
    before = values_of(run.trained)
    state = run.trained.updates.state()
    folder = run.save(3)
    for weight in run.trained.network.weights:
        weight.assign(weight * 0)
    run.trained.updates.set_state({name: value * 0 for name, value in state.items()})

    run.trained.load(folder)

    for now, then in zip(values_of(run.trained), before, strict=True):
        np.testing.assert_array_equal(now, then)
    for name, value in run.trained.updates.state().items():
        np.testing.assert_array_equal(value, state[name])
    assert read_progress(folder) == Progress(step=3)


def test_a_checkpoint_of_another_optimizer_is_refused_in_words(run: Run) -> None:
    folder = run.save(1)
    names = list(run.trained.updates.state())
    first, second = names[3], names[-1]
    with np.load(folder / "optimizer.npz") as stored:
        kept = {name: stored[name] for name in stored if name not in (first, second)}
    np.savez(folder / "optimizer.npz", **kept)
    with pytest.raises(CheckpointError) as refused:
        run.trained.load(folder)
    assert str(refused.value) == (
        f"{folder} is of another model or optimizer: it lacks 2 of {len(names)} values of this "
        f"training's optimizer, {first} among them; resume with the run's own optimizer and model "
        "options (num_denoising: 0 for a D-FINE of before there was that option)"
    )


def test_the_newest_are_kept_and_the_best_beside_them(run: Run) -> None:
    for step in (1, 2, 3, 4, 5):
        run.save(step, is_best=step == 2)

    assert run.steps == [2, 4, 5]
    assert checkpoint_folder(run.folder).name == "step-00000002"
    assert checkpoint_folder(run.folder, "latest").name == "step-00000005"


def test_a_checkpoint_that_is_not_as_it_was_written_is_passed_over(run: Run) -> None:
    run.save(1)
    broken = run.save(2) / "model.weights.h5"
    broken.write_bytes(broken.read_bytes()[:-100])

    chosen = newest(run.folder, run.told.append)

    assert chosen is not None
    assert chosen.name == "step-00000001"
    assert "model.weights.h5 has changed since it was written" in run.told[-1]


def test_a_checkpoint_that_was_being_written_is_never_read(run: Run) -> None:
    folder = run.save(1)
    shutil.copytree(folder, folder.parent / ".unfinished-step-00000002-abc")

    chosen = newest(run.folder, run.told.append)
    settings = load_detector(folder)[2]
    Checkpoints(run.folder, settings, LABEL_MAP, run.told.append)

    assert chosen == folder
    assert [path.name for path in folder.parent.iterdir()] == ["step-00000001"]
    assert "was being written when its training was killed" in run.told[-1]


def test_a_full_disk_costs_older_checkpoints_but_never_the_last(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.save(1, is_best=True)
    run.save(2)
    run.save(3)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(9, 9, 100))

    with pytest.raises(DiskFull, match=r"a checkpoint needs \d+ MiB, but 0 MiB are free"):
        run.save(4)
    with pytest.raises(DiskFull, match="are needed for checkpoints"):
        run.checkpoints.check_room(run.trained)

    assert run.steps == [1, 3]
    assert newest(run.folder, run.told.append) is not None


def test_a_detector_comes_back_with_its_averages_and_its_classes(run: Run) -> None:
    folder = run.save(3, is_best=True)
    with run.trained.averages_in_place():
        wanted = [weight.numpy() for weight in run.trained.network.weights]

    detector, label_map, settings = load_detector(run.folder)

    assert label_map == LABEL_MAP
    assert settings.model.name == "tiny"
    for weight, value in zip(detector.network.weights, wanted, strict=True):
        np.testing.assert_array_equal(weight.numpy(), value)
    assert checkpoint_folder(folder) == folder


def test_a_detector_comes_back_with_other_options(run: Run) -> None:
    run.save(3, is_best=True)
    _, detector, _, settings = load_checkpoint(run.folder, options={"class_agnostic_nms": True})
    assert cast("SsdDetector", detector).options.class_agnostic_nms
    assert settings.model.options["class_agnostic_nms"] is True


@pytest.mark.parametrize("which", ["best", "latest"])
@pytest.mark.parametrize("is_sealed", [True, False], ids=["before its settings", "before all"])
def test_what_a_training_takes_away_while_it_is_read_gives_way_to_what_it_has_then(
    run: Run,
    which: Literal["best", "latest"],
    is_sealed: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run.save(1, is_best=True)

    def read_beside_a_training(folder: Path) -> dict[str, Any]:
        state = read_state(folder) if is_sealed else None
        if run.steps == [1]:
            for step in (2, 3, 4):
                run.save(step, is_best=True)
        return state or read_state(folder)

    monkeypatch.setattr(loading, "read_state", read_beside_a_training)

    folder, _, label_map, _ = load_checkpoint(run.folder, which)

    assert run.steps == [3, 4]
    assert folder.name == "step-00000004"
    assert label_map == LABEL_MAP


def test_a_folder_without_checkpoints_says_so(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="is not a checkpoint, and has none in checkpoints/"):
        load_detector(tmp_path)

"""Several devices and several processes come to the weights that one comes to."""

import json
import os
from contextlib import ExitStack
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt
import pytest
from rich.console import Console

from tests.support.programs import Program
from tests.support.waiting import free_port
from tests.training.loop.experiments import experiment, write_settings
from training.datasets.dataset import label_map_of
from training.loop.building import build_detector
from training.loop.distribution import Devices, check_cluster
from training.loop.errors import TrainingError
from training.loop.loading import checkpoint_folder
from training.loop.trainer import train

TIMEOUT_S = 240.0
# A constant rate and no momentum to speak of: weights move as the mean gradient says.
HOW = {"optimizer": "sgd", "steps": 4, "warmup_steps": 0, "schedule": "constant",
       "learning_rate": 0.01, "batch_size": 8, "ema_decay": None}  # fmt: skip


def start(folder: Path, name: str, data: Path, strategy: str, **environment: str) -> Program:
    config = write_settings(folder / f"{name}.yaml", data, optimization=HOW)
    flags = ["--devices.strategy", strategy, "--output", str(folder / "run")]
    arguments = ["train", str(config), *flags, "--data.validation", "[]"]
    return Program("tests.support.tiny_training", arguments, folder / f"{name}.log", environment)


def finish(*programs: Program) -> None:
    with ExitStack() as all_of_them:
        for program in programs:
            all_of_them.enter_context(program)
        for program in programs:
            assert program.process.wait(TIMEOUT_S) == 0, program.text()


def way_of(run: Path, folder: Path, data: Path) -> npt.NDArray[np.float64]:
    """How all trained weights have moved, one after another."""
    settings = experiment(folder, data, optimization=HOW)
    keras.utils.set_random_seed(settings.seed)
    detector = build_detector(settings, label_map_of(["red", "blue"]))
    weights = detector.network.trainable_weights
    before = np.concatenate([weight.numpy().ravel() for weight in weights]).astype(np.float64)
    detector.network.load_weights(checkpoint_folder(run, "latest") / "model.weights.h5")
    after = np.concatenate([weight.numpy().ravel() for weight in weights])
    way: npt.NDArray[np.float64] = after - before
    return way


@pytest.fixture(scope="module")
def way_of_one(
    tmp_path_factory: pytest.TempPathFactory, colored_boxes: Path
) -> npt.NDArray[np.float64]:
    folder = tmp_path_factory.mktemp("one")
    one = experiment(folder, colored_boxes, optimization=HOW, devices={"strategy": "one"})
    train(one, console=Console(quiet=True))
    return way_of(folder / "run", folder, colored_boxes)


def assert_nearly_the_same(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> None:
    # Not quite: each device normalizes by the images, and the objects, of its own part.
    lengths = np.linalg.norm(one), np.linalg.norm(other)
    assert lengths[1] / lengths[0] == pytest.approx(1, abs=0.3)
    assert one @ other / lengths[0] / lengths[1] > 0.8


def test_two_workers_come_to_the_weights_of_one(
    tmp_path: Path, colored_boxes: Path, way_of_one: npt.NDArray[np.float64]
) -> None:
    workers = [f"127.0.0.1:{free_port()}" for _ in range(2)]
    programs = []
    for index in range(2):
        task = {"type": "worker", "index": index}
        config = json.dumps({"cluster": {"worker": workers}, "task": task})
        name = f"worker_{index}"
        programs.append(start(tmp_path, name, colored_boxes, "multi_worker", TF_CONFIG=config))
    finish(*programs)

    assert_nearly_the_same(way_of_one, way_of(tmp_path / "run", tmp_path, colored_boxes))
    assert "4 steps of 8 on 2 devices" in programs[0].text()
    # The first one writes and tells for both.
    assert "steps of" not in programs[1].text()


def test_two_devices_of_a_machine_come_to_the_weights_of_one(
    tmp_path: Path, colored_boxes: Path, way_of_one: npt.NDArray[np.float64]
) -> None:
    program = start(tmp_path, "mirrored", colored_boxes, "mirrored", LOGICAL_CPUS="2")
    finish(program)

    assert_nearly_the_same(way_of_one, way_of(tmp_path / "run", tmp_path, colored_boxes))
    assert "4 steps of 8 on 2 devices" in program.text()


def test_one_device_is_its_own_chief() -> None:
    devices = Devices("one")
    assert devices.is_chief
    assert devices.replicas == 1


@pytest.mark.parametrize(
    "text",
    [None, "", "{", "[]", '{"cluster": {}}',
     '{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 1}}'],
)  # fmt: skip
def test_a_cluster_that_cannot_be_is_shown_what_one_looks_like(text: str | None) -> None:
    with pytest.raises(TrainingError, match=r'TF_CONFIG on each machine, such as \{"cluster"'):
        check_cluster(text)


def test_workers_need_their_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(os.environ, "TF_CONFIG", raising=False)
    with pytest.raises(TrainingError, match="TF_CONFIG"):
        Devices("multi_worker")

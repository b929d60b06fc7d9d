from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from tests.support.tiny_detector import tiny_detector_registered, write_colored_boxes
from tests.training.loop.experiments import experiment


@pytest.fixture(scope="package", autouse=True)
def tiny_model() -> Iterator[None]:
    with tiny_detector_registered():
        yield


@pytest.fixture(scope="package")
def run(tiny_model: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a tiny detector that has learned its sixteen images."""
    from training.loop.trainer import train

    folder = tmp_path_factory.mktemp("trained")
    data = write_colored_boxes(folder / "boxes")
    wanted = experiment(
        folder,
        data,
        augmentation={"horizontal_flip": 0},
        optimization={"steps": 300, "ema_decay": 0.98, "warmup_steps": 20},
        validation={"every_steps": 150},
    )
    train(wanted, console=Console(quiet=True))
    return folder / "run"

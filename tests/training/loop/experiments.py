"""Experiments with the tiny detector."""

from pathlib import Path
from typing import Any

import yaml

from training.configuration.experiment import Experiment, read_experiment


def settings(data: Path, **sections: dict[str, Any]) -> dict[str, Any]:
    """An experiment's settings by name; sections add to what is here."""
    whole: dict[str, dict[str, Any]] = {
        "model": {"name": "tiny"},
        "data": {"train": [{"path": str(data)}], "validation": [{"path": str(data)}]},
        "augmentation": {"horizontal_flip": 0.5},
        "optimization": {
            "steps": 8, "batch_size": 8, "learning_rate": 0.01, "warmup_steps": 2,
            "ema_decay": 0.9,
        },
        "validation": {"every_steps": 4},
        "logging": {"every_steps": 2, "tensorboard": False},
        "devices": {"deterministic": True},
    }  # fmt: skip
    for name, fields in sections.items():
        whole[name] = {**whole.get(name, {}), **fields}
    return whole


def write_settings(path: Path, data: Path, **sections: dict[str, Any]) -> Path:
    """The same as a file."""
    path.write_text(yaml.safe_dump(settings(data, **sections)))
    return path


def experiment(folder: Path, data: Path, **sections: dict[str, Any]) -> Experiment:
    """The same, read, with a run in `folder`."""
    path = write_settings(folder / "experiment-of-test.yaml", data, **sections)
    changed = yaml.safe_load(path.read_text()) | {"output": str(folder / "run")}
    path.write_text(yaml.safe_dump(changed))
    return read_experiment(path)

"""An experiment as YAML, with every setting, defaults too."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from training.configuration.experiment import Experiment


def format_experiment(experiment: Experiment) -> str:
    """YAML that `read_experiment` makes the same experiment of."""
    text: str = yaml.safe_dump(plain(experiment), sort_keys=False, allow_unicode=True, width=100)
    return text


def plain(value: Any) -> Any:
    """Settings as the values that YAML and JSON have."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name)) for each in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    return str(value) if isinstance(value, Path) else value

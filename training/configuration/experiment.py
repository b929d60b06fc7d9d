"""`Experiment`: all that decides what a training does."""

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path

from training.configuration.data import DataSection
from training.configuration.former_names import with_current_names
from training.configuration.located import Located, read_located
from training.configuration.reading import read_section
from training.configuration.sections import (
    CheckpointSection,
    DeviceSection,
    LoggingSection,
    ModelSection,
    OptimizationSection,
    ValidationSection,
)
from training.input_pipeline.augmentation.options import AugmentationOptions


@dataclass(frozen=True)
class Experiment:
    """A training, from its data to what is kept of it.

    Args:
        name: what it is called; its folder is.
        output: the folder of the run; null for runs/ and the name.
        seed: of everything that is drawn by chance.
        model: what is trained.
        data: what is learned from, and what is measured on.
        augmentation: how images are changed before they are learned from.
        optimization: how the weights are changed.
        validation: how often the weights are measured.
        checkpoints: what is kept.
        logging: how often, and where.
        devices: what computes.
    """

    name: str
    model: ModelSection
    data: DataSection
    optimization: OptimizationSection
    output: Path | None = None
    seed: int = 0
    augmentation: AugmentationOptions = field(default_factory=AugmentationOptions)
    validation: ValidationSection = field(default_factory=ValidationSection)
    checkpoints: CheckpointSection = field(default_factory=CheckpointSection)
    logging: LoggingSection = field(default_factory=LoggingSection)
    devices: DeviceSection = field(default_factory=DeviceSection)

    def __post_init__(self) -> None:
        if not self.name or "/" in self.name or self.name.startswith("."):
            raise ValueError(f"name must be a folder's name, without /, but is {self.name!r}")
        if not 0 <= self.seed < 2**31:
            raise ValueError(f"seed must be in 0..2147483647, but is {self.seed}")

    @property
    def folder(self) -> Path:
        """The folder of the run."""
        return self.output or Path("runs") / self.name


def read_experiment(
    path: Path, changes: dict[tuple[str, ...], Located] | None = None
) -> Experiment:
    """The experiment in a YAML file.

    Args:
        path: the file.
        changes: values over those of the file, by section and field.

    Raises:
        ConfigurationError: names the file, the line and the setting, or the flag.
    """
    return experiment_of(read_located(path), path, changes)


def experiment_of(
    settings: Located, path: Path, changes: dict[tuple[str, ...], Located] | None = None
) -> Experiment:
    """The experiment that settings say, as `read_experiment` of the file `path`.

    Raises:
        ConfigurationError: names the file, the line and the setting, or the flag.
    """
    located = with_current_names(settings)
    for setting, value in (changes or {}).items():
        located = located.with_value(setting, value)
    # A flag's value may hold settings too.
    located = with_current_names(located)
    if located.value is None or (isinstance(located.value, dict) and "name" not in located.value):
        located = located.with_value(("name",), Located(path.stem, str(path)))
    return read_section(Experiment, located)


# What may be another after a resumption: none of it changes what the weights are learned from.
_FREE = (
    ("name",), ("output",), ("checkpoints",), ("logging",), ("validation",),
    ("optimization", "stop_after_steps"), ("devices", "deterministic"),
)  # fmt: skip


# Options of models that came later, and the value with which a model is what it was without them.
_AS_BEFORE = {"num_denoising": 0}


def differences(before: Experiment, now: Experiment) -> list[str]:
    """The settings that lead to other weights and are not the same: a line each.

    A run that does not name an option may go on with the value that is as before there was one.
    """
    old, new = dict(_leaves(before)), dict(_leaves(now))
    named = before.model.options
    new["model", "options"] = {
        name: value for name, value in now.model.options.items()
        if name in named or name not in _AS_BEFORE or value != _AS_BEFORE[name]
    }  # fmt: skip
    changed = (path for path in {**old, **new} if old.get(path) != new.get(path))
    return [
        f"{'.'.join(path)}: {old.get(path)!r} before, {new.get(path)!r} now"
        for path in changed
        if not any(path[: len(free)] == free for free in _FREE)
    ]


def _leaves(section: object, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], object]]:
    found: list[tuple[tuple[str, ...], object]] = []
    for each in dataclasses.fields(section):  # type: ignore[arg-type]  # sections alone come here
        value = getattr(section, each.name)
        here = (*path, each.name)
        found += _leaves(value, here) if dataclasses.is_dataclass(value) else [(here, value)]
    return found

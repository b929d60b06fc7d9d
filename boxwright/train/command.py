"""`boxwright train`."""

import os
import shlex
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from boxwright.dataset.options import some_options
from boxwright.signals import SIGNALLED
from boxwright.train.flags import Changes, ExperimentCommand, changes_of, setting_options
from boxwright.train.what_is_given import CONFIG_SUFFIXES, RUN_EXPERIMENT, is_photos
from training.configuration.errors import ConfigurationError
from training.configuration.experiment import Experiment, experiment_of, read_experiment
from training.configuration.pipeline_config.conversion import SUFFIX as PIPELINE_SUFFIX
from training.configuration.pipeline_config.conversion import read_pipeline
from training.configuration.pipeline_config.telling import summary
from training.configuration.writing import format_experiment
from training.datasets.defects import DatasetError

if TYPE_CHECKING:
    from boxwright.train.given_photos import Photos

MINUTES = 20.0
# What may have to be said of the photos of a first training; all else a config says.
OF_PHOTOS = ("classes", "images", "first_class", "exif_frame", "box_form", "encoding")


@click.command(cls=ExperimentCommand)
@click.argument("config", metavar="CONFIG|PHOTOS", type=click.Path(path_type=Path, exists=True))
@click.option(
    "--minutes",
    type=click.FloatRange(0, min_open=True),
    help=f"PHOTOS: how long all may take.  [{MINUTES:.0f}]",
)
@some_options(OF_PHOTOS, before="PHOTOS: ")
@click.option(
    "--resume",
    is_flag=True,
    help="Go on from the newest checkpoint in the run's folder; from the beginning "
    "where there is none.",
)
@click.option("--print-config", is_flag=True, help="Print every setting as YAML, and leave.")
def train(
    config: Path, resume: bool, print_config: bool, minutes: float | None, **asked: Any
) -> None:  # fmt: skip
    """Train a detector on PHOTOS, or as the file CONFIG says; a flag goes over either.

    PHOTOS is a folder or file of annotated images in any format that `boxwright dataset` reads.
    Every setting is chosen from it, told with its reason, and written as a config into the run's
    folder; after the training the detector is evaluated. CONFIG may be a pipeline.config of the
    Object Detection API: `boxwright config import` says what becomes of its settings.

    A flag's value is YAML, as in the file. Paths are taken from the current folder. Ctrl-C and
    SIGTERM end the training after its step, with a checkpoint to go on from.

    \b
    boxwright train photos/
    boxwright train photos/ --minutes 60
    boxwright train config.yaml --optimization.steps 2000
    boxwright train pipeline.config
    """  # noqa: D301  # click's mark of lines that stay as they are
    of_photos = {name: asked.pop(name) for name in ("from_format", *OF_PHOTOS)}
    try:
        if is_photos(config):
            started = time.monotonic()
            # Of a plan that is only printed, standard output is the config.
            click.echo(f"Reading {config} ...", err=print_config)
            photos = _photos(config, of_photos, minutes or MINUTES, started)
            _train_on(photos, asked, resume=resume, print_config=print_config)
            return
        if config.suffix.lower() not in (*CONFIG_SUFFIXES, PIPELINE_SUFFIX):
            raise click.UsageError(
                f"{config} is neither a config (.yaml), nor a pipeline.config of the Object "
                "Detection API, nor a folder or file of annotated images"
            )
        if given := _given_flags({"minutes": minutes, **of_photos}):
            raise click.UsageError(
                f"{given[0]} is for a folder or file of images, and {config} is a config: write "
                "it there"
            )
        experiment = _experiment(config, changes_of(asked), quiet=print_config)
    except (ConfigurationError, DatasetError) as error:
        raise click.ClickException(str(error)) from error
    if print_config:
        click.echo(format_experiment(experiment), nl=False)
        return
    _run(experiment, resume=resume)
    from boxwright.train.results import tell_next_steps

    tell_next_steps(experiment, evaluated=False)


train.params.extend(setting_options())


def _experiment(config: Path, changes: Changes, *, quiet: bool) -> Experiment:
    """Of a config of ours, or of the Object Detection API's pipeline."""
    if config.suffix.lower() != PIPELINE_SUFFIX:
        return read_experiment(config, changes)
    pipeline = read_pipeline(config)
    click.echo(f"{config}: {summary(pipeline.lines)}; boxwright config import {config} lists them",
               err=quiet)  # fmt: skip
    return experiment_of(pipeline.settings, config, changes)


def _given_flags(values: Mapping[str, Any]) -> list[str]:
    """The flags of values that were given, by the names of parameters."""
    flags = {
        parameter.name: parameter.opts[0]
        for parameter in click.get_current_context().command.params
    }
    return [flags[name] for name, value in values.items() if value is not None]


def _photos(path: Path, asked: dict[str, Any], minutes: float, started: float) -> "Photos":
    from boxwright.dataset.source import Source
    from boxwright.train.given_photos import Photos

    return Photos(Source.of(source=path, **asked), minutes, started)


def _train_on(
    photos: "Photos", settings: dict[str, str | None], *, resume: bool, print_config: bool
) -> None:
    from boxwright.train.planned_files import CONFIG_FILE
    from boxwright.train.planning import planned
    from boxwright.train.results import tell_results

    changes = changes_of(settings)
    if resume:
        raise click.UsageError(
            f"--resume goes on with a run by its config: boxwright train "
            f"runs/{photos.name}/{CONFIG_FILE} --resume"
        )
    config, division = planned(photos, changes, lambda line: click.echo(line, err=print_config))
    experiment = read_experiment(config)
    if print_config:
        click.echo(format_experiment(experiment), nl=False)
        return
    click.echo(f"Wrote {config}. `boxwright train {config}` would do the same, and with --resume "
               "go on where it was stopped. Loading TensorFlow ...")  # fmt: skip
    _run(experiment, time_left_every_s=10, data_told=True)
    tell_results(photos, experiment, has_test=bool(division.test))


def resume_command(experiment: Experiment) -> str:
    """The command that goes on with a run: by its own settings, flags among them."""
    settings = experiment.folder / RUN_EXPERIMENT
    return f"boxwright train {shlex.quote(str(settings))} --resume"


def _run(
    experiment: Experiment, *, resume: bool = False, time_left_every_s: float | None = None,
    data_told: bool = False,
) -> None:  # fmt: skip
    # What TensorFlow says of itself is not what a person trains for.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from training.loop.errors import Interrupted
    from training.loop.trainer import train as run

    with _plain_errors():
        try:
            run(experiment, resume=resume, console=Console(),
                time_left_every_s=time_left_every_s, data_told=data_told)  # fmt: skip
        except Interrupted as error:
            click.echo(f"{error}\nGo on with: {resume_command(experiment)}", err=True)
            sys.exit(SIGNALLED + error.signal_number)


@contextmanager
def _plain_errors() -> Iterator[None]:
    """What a person can do something about as a line on standard error, without a trace."""
    from training.loop.errors import TrainingError
    from training.models.detector import ModelError
    from training.pretrained.source_weights import PretrainedWeightsError

    try:
        yield
    except (DatasetError, PretrainedWeightsError, ModelError, TrainingError) as error:
        raise click.ClickException(str(error)) from error

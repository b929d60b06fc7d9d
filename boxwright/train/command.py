"""`boxwright train`."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console

from boxwright.train.flags import ExperimentCommand, changes_of, setting_options
from training.configuration.errors import ConfigurationError
from training.configuration.experiment import read_experiment
from training.configuration.writing import format_experiment
from training.datasets.defects import DatasetError

# A shell's exit status of a program that a signal ended is this and the signal's number.
SIGNALLED = 128


@click.command(cls=ExperimentCommand)
@click.argument("config", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--resume", is_flag=True,
              help="Go on from the newest checkpoint in the run's folder; from the beginning "
              "where there is none.")  # fmt: skip
@click.option("--print-config", is_flag=True, help="Print every setting as YAML, and leave.")
def train(config: Path, resume: bool, print_config: bool, **settings: str | None) -> None:
    """Train a detector as the file CONFIG says, or a flag in its place.

    A flag's value is YAML, as in the file. Paths are taken from the current folder. Ctrl-C and
    SIGTERM end the training after its step, with a checkpoint to go on from.
    """
    try:
        experiment = read_experiment(config, changes_of(settings))
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from error
    if print_config:
        click.echo(format_experiment(experiment), nl=False)
        return
    # What TensorFlow says of itself is not what a person trains for.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from training.running.errors import Interrupted
    from training.running.trainer import train as run

    with _plain_errors():
        try:
            run(experiment, resume=resume, console=Console())
        except Interrupted as error:
            click.echo(str(error), err=True)
            sys.exit(SIGNALLED + error.signal_number)


train.params.extend(setting_options())


@contextmanager
def _plain_errors() -> Iterator[None]:
    """What a person can do something about as a line on standard error, without a trace."""
    from training.models.detector import ModelError
    from training.pretrained.source_weights import PretrainedWeightsError
    from training.running.errors import TrainingError

    try:
        yield
    except (DatasetError, PretrainedWeightsError, ModelError, TrainingError) as error:
        raise click.ClickException(str(error)) from error

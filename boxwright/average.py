"""`boxwright average`."""

import os
from pathlib import Path
from typing import Literal

import click


@click.command()
@click.argument("checkpoints", nargs=-1, required=True,
                type=click.Path(path_type=Path, exists=True, file_okay=False))  # fmt: skip
@click.option("--output", required=True, type=click.Path(path_type=Path),
              help="Folder of the run that is made.")  # fmt: skip
@click.option("--which", type=click.Choice(["best", "latest"]), default="best", show_default=True,
              help="Of a run, which of its checkpoints.")  # fmt: skip
def average(checkpoints: tuple[Path, ...], output: Path, which: Literal["best", "latest"]) -> None:
    """Make one model of several trainings: the mean of their weights.

    CHECKPOINTS are runs or checkpoints of one model that began with the same weights, such as
    trainings that go on from one run with other settings. The mean is often better than each.
    The first one's settings become the mean's.
    """
    # What TensorFlow says of itself is not what a person averages for.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from training.configuration.errors import ConfigurationError
    from training.loop.errors import TrainingError
    from training.loop.mean_weights import write_mean
    from training.models.detector import ModelError

    try:
        write_mean(checkpoints, output, which=which, tell=click.echo)
    except (ConfigurationError, ModelError, TrainingError) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        where = error.filename or output
        raise click.ClickException(f"cannot write {where}: {error.strerror or error}") from error
    click.echo(f"wrote {output}; boxwright evaluate {output} says whether it is better")

"""The command `boxwright average`: the mean of several trainings' weights."""

import os
from pathlib import Path
from typing import Literal

import click


@click.command()
@click.argument("checkpoints", nargs=-1, required=True,
                type=click.Path(path_type=Path, exists=True, file_okay=False))  # fmt: skip
@click.option("--output", required=True, type=click.Path(path_type=Path),
              help="Folder for the run with the averaged weights.")  # fmt: skip
@click.option("--which", type=click.Choice(["best", "latest"]), default="best", show_default=True,
              help="Which checkpoint of a run.")  # fmt: skip
def average(checkpoints: tuple[Path, ...], output: Path, which: Literal["best", "latest"]) -> None:
    """Average the weights of several trainings of one model.

    CHECKPOINTS are runs or checkpoints that started from the same weights, such as trainings that
    continue one run with different settings. The average is often better than each of them. It
    keeps the settings of the first.

    Example: boxwright average runs/first runs/second --output runs/average
    """
    # TensorFlow's own log lines would hide the result.
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

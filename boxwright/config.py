"""`boxwright config`: configs of others as ours."""

from pathlib import Path

import click
from rich.console import Console

from training.configuration.errors import ConfigurationError
from training.configuration.experiment import experiment_of
from training.configuration.pipeline_config.conversion import read_pipeline
from training.configuration.pipeline_config.telling import as_yaml, summary, told
from training.configuration.pipeline_config.tree import Outcome

_STYLES = {Outcome.MAPS: "green", Outcome.DIFFERS: "yellow", Outcome.LEFT_OUT: "red"}


@click.group()
def config() -> None:
    """Make configs for `boxwright train`.

    Example: boxwright config import pipeline.config
    """


@config.command("import")
@click.argument("pipeline", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False),
              help="The config; beside PIPELINE, as .yaml, where it is not said.")  # fmt: skip
@click.option("--model", help="One of our models, in place of the one that PIPELINE names.")
@click.option("--force", is_flag=True, help="Write over a file.")
def import_config(pipeline: Path, output: Path | None, model: str | None, force: bool) -> None:
    """Write a config that trains what the Object Detection API's PIPELINE does, as near as can be.

    What becomes of each of its settings is printed, and written into the config: it maps to one of
    ours, differs from it, or is left out.

    Example: boxwright config import pipeline.config --output config.yaml
    """
    written = output or pipeline.with_suffix(".yaml")
    if written.exists() and not force:
        raise click.ClickException(f"{written} exists: --output says another, --force writes over")
    try:
        converted = read_pipeline(pipeline, model)
        # What cannot be is told by the line of the pipeline that says it.
        experiment_of(converted.settings, written)
        written.write_text(as_yaml(converted, f"{pipeline}"), "utf-8")
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{written}: {error.strerror}") from error
    console = Console(soft_wrap=True, highlight=False, markup=False)
    for line in converted.lines:
        console.print(told(line), style=_STYLES[line.outcome])
    console.print(f"{summary(converted.lines)}.")
    console.print(f"Wrote {written}. Next: boxwright train {written}")

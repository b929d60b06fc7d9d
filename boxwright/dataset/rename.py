"""`boxwright dataset rename`."""

from pathlib import Path
from typing import Any

import click

from boxwright.dataset.options import source_options
from boxwright.dataset.source import (
    Source,
    output_format,
    output_options,
    plain_errors,
    read_without_defects,
    write_and_report,
)
from training.datasets.formats.registry import WRITABLE
from training.datasets.renaming import rename_images


@click.command()
@source_options
@click.argument("destination", type=click.Path(path_type=Path, file_okay=False))
@click.option("--pattern", default="picture_{number:06}", show_default=True,
              help="The names, without suffix; {split} and {group} may come in them.")  # fmt: skip
@click.option("--start", type=click.IntRange(0), default=1, show_default=True,
              help="The first number.")  # fmt: skip
@click.option("--to", "to_format", type=click.Choice(list(WRITABLE)),
              help="The format to be written.  [the source's]")  # fmt: skip
@click.option("--fix", is_flag=True, help="Repair defects on the way, in the place of leaving.")
def rename(
    destination: Path, pattern: str, start: int, to_format: str | None, fix: bool, **asked: Any
) -> None:
    """Write SOURCE into DESTINATION with numbered names of images, in the annotations too.

    Example: boxwright dataset rename photos/ numbered/
    """
    with plain_errors():
        source = Source.of(**asked)
        with source.workers() as workers:
            dataset = read_without_defects(source, workers, fix=fix)
            renamed = rename_images(dataset, pattern, start=start)
            options = output_options(source)
            to_format = output_format(source, to_format)
            write_and_report(renamed, destination, to_format, options, workers)

"""`boxwright dataset convert`."""

from pathlib import Path
from typing import Any

import click

from boxwright.dataset.option_values import parse_columns
from boxwright.dataset.options import source_options
from boxwright.dataset.source import (
    Source,
    plain_errors,
    read_without_defects,
    write_and_report,
)
from training.datasets.formats.options import WriteOptions
from training.datasets.formats.registry import WRITABLE


@click.command()
@source_options
@click.argument("destination", type=click.Path(path_type=Path, file_okay=False))
@click.option("--to", "to_format", type=click.Choice(list(WRITABLE)), required=True,
              help="The format to be written.")  # fmt: skip
@click.option("--include-masks", is_flag=True, help="Polygons and masks too.")
@click.option("--shards", type=click.IntRange(0), default=0,
              help="TFRecord: files a split.  [a file for 256 images]")  # fmt: skip
@click.option("--to-columns", help="CSV: the columns to be written, as --columns.")
@click.option("--fix", is_flag=True, help="Repair defects on the way, in the place of leaving.")
def convert(
    destination: Path,
    to_format: str,
    include_masks: bool,
    shards: int,
    to_columns: str | None,
    fix: bool,
    **asked: Any,
) -> None:
    """Write SOURCE, with its images, into the new folder DESTINATION in another format.

    Example: boxwright dataset convert photos/ records/ --to tfrecord
    """
    with plain_errors():
        source = Source.of(**asked)
        options = WriteOptions(include_masks, shards, parse_columns(to_columns))
        with source.workers() as workers:
            dataset = read_without_defects(source, workers, fix=fix)
            write_and_report(dataset, destination, to_format, options, workers)

"""`boxwright dataset label-map`."""

from pathlib import Path
from typing import Any

import click

from boxwright.dataset.options import source_options
from boxwright.dataset.source import Source, plain_errors
from detection.label_map_text import LABEL_MAP_NAME, format_label_map
from training.datasets.formats.files.image_files import write_text


@click.command(name="label-map")
@source_options
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    default=LABEL_MAP_NAME,
    show_default=True,
    help="- for standard output.",
)
def label_map(output: Path, **asked: Any) -> None:
    """Write the classes of SOURCE with their numbers, as training and serving read them.

    Example: boxwright dataset label-map photos/ --output label_map.pbtxt
    """
    with plain_errors():
        source = Source.of(**asked, images_needed=False)
        with source.workers() as workers:
            dataset = source.read_and_tell(workers)
        text = format_label_map(dataset.label_map)
        if str(output) == "-":
            click.echo(text, nl=False)
            return
        write_text(output, text)
    click.echo(f"{output}: {', '.join(dataset.class_names)}")

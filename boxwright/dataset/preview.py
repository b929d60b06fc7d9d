"""`boxwright dataset preview`."""

from pathlib import Path
from typing import Any

import click
import numpy as np

from boxwright.dataset.options import source_options
from boxwright.dataset.source import Source, plain_errors
from training.datasets.contact_sheet import contact_sheet
from training.datasets.defects import DatasetError


@click.command()
@source_options
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), default="preview.jpg",
              show_default=True, help="The sheet.")  # fmt: skip
@click.option("--count", type=click.IntRange(1, 2000), default=24, show_default=True,
              help="Images.")  # fmt: skip
@click.option("--columns-count", "columns_count", type=click.IntRange(1, 50), default=6,
              show_default=True, help="Images in a row.")  # fmt: skip
@click.option("--size", "tile_px", type=click.IntRange(32, 2000), default=256, show_default=True,
              help="An image's longer side, in pixels.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), help="Draw lots; else the first ones.")
@click.option("--split", "chosen_split", help="Of this split alone.")
@click.option("--class", "chosen_class", help="With an object of this class.")
def preview(
    output: Path,
    count: int,
    columns_count: int,
    tile_px: int,
    seed: int | None,
    chosen_split: str | None,
    chosen_class: str | None,
    **asked: Any,
) -> None:
    """Draw images of SOURCE with boxes, masks and points on one sheet.

    Example: boxwright dataset preview photos/ --output sheet.png
    """
    with plain_errors():
        source = Source.of(**asked)
        with source.workers() as workers:
            dataset = source.read_and_tell(workers)
            images = [
                image for image in dataset.images
                if chosen_split in (None, image.split)
                and (chosen_class is None
                     or any(each.label == chosen_class for each in image.objects))
            ]  # fmt: skip
            if not images:
                raise DatasetError(f"{source.path}: no such images")
            if seed is not None:
                order = np.random.default_rng(seed).permutation(len(images))
                images = [images[number] for number in order]
            sheet = contact_sheet(
                dataset, images[:count], workers, columns=columns_count, tile_px=tile_px
            )
        try:
            sheet.save(output, quality=90)
        except (OSError, ValueError) as error:
            raise DatasetError(f"cannot write {output}: {error}") from error
    click.echo(f"{output}: {min(count, len(images))} of {len(dataset)} images")

"""`boxwright dataset stats`."""

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from boxwright.dataset.options import source_options
from boxwright.dataset.source import Source, plain_errors
from training.datasets.notes import counted
from training.datasets.statistics import Statistics, dataset_statistics
from training.datasets.statistics_plot import plot_statistics

SIZES_SHOWN = 5
# Characters in a line, where nobody's window says how many there are.
WIDTH_OF_FILES = 200
DUPLICATES_SHOWN = 10


@click.command()
@source_options
@click.option("--plot", type=click.Path(path_type=Path, dir_okay=False),
              help="Draw it into this file too, such as stats.png.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="As JSON, in the place of tables.")
@click.option("--no-duplicates", is_flag=True, help="Do not read the images.")
def stats(plot: Path | None, as_json: bool, no_duplicates: bool, **asked: Any) -> None:
    """Count the images, objects, sizes, classes and duplicate images of SOURCE.

    Where there is a train split, also how much of the others is nearly in it.

    Example: boxwright dataset stats photos/ --json
    """
    with plain_errors():
        source = Source.of(**asked, images_needed=not no_duplicates)
        with source.workers() as workers:
            dataset = source.read_and_tell(workers)
            found = dataset_statistics(dataset, None if no_duplicates else workers)
        if plot is not None:
            plot_statistics(dataset, found, plot)
    if as_json:
        click.echo(json.dumps(found.as_json(), indent=1, ensure_ascii=False))
    else:
        _print(found, len(dataset.defects))


def _print(found: Statistics, defect_count: int) -> None:
    console = Console()
    if not console.is_terminal:
        console.width = WIDTH_OF_FILES
    images = ", ".join(f"{count} {split}" for split, count in found.images.items())
    mean, most = found.objects_an_image
    console.print(
        f"{sum(found.images.values())} images ({images}), "
        f"{found.without_objects} without objects; {mean:.2f} objects an image, at most {most}"
    )
    if found.with_masks or found.with_keypoints:
        console.print(f"{found.with_masks} objects with masks, {found.with_keypoints} with points")
    sizes = [f"{width}x{height} ({count})"
             for (width, height), count in found.image_sizes[:SIZES_SHOWN]]  # fmt: skip
    more = len(found.image_sizes) - SIZES_SHOWN
    console.print(f"sizes: {', '.join(sizes)}{f' and {more} more' if more > 0 else ''}")
    console.print(_table(found))
    if found.duplicates is not None:
        console.print(f"{len(found.duplicates)} groups of images that are the same")
        for group in found.duplicates[:DUPLICATES_SHOWN]:
            console.print(Text(f"  {', '.join(group)}"))
    for split, count in (found.near_duplicates_in_train or {}).items():
        console.print(
            f"{count} of {found.images[split]} {split} images are nearly the same as one in "
            "train; `boxwright dataset split --keep-together auto` divides anew"
        )
    if defect_count:
        console.print(
            f"{counted(defect_count, 'defect')}, repaired for these counts: see `dataset check`"
        )


def _table(found: Statistics) -> Table:
    splits = list(found.images)
    table = Table("class", "images", "objects", *(splits if len(splits) > 1 else ()),
                  "size 5 %", "50 %", "95 %", "small", "large")  # fmt: skip
    for column in table.columns[1:]:
        column.justify = "right"
    for each in found.classes:
        counts = [str(each.objects[split]) for split in splits] if len(splits) > 1 else []
        sizes = [f"{size:.0f}" for size in each.size_px]
        table.add_row(Text(each.name), str(each.images), str(each.total), *counts, *sizes,
                      str(each.small), str(each.large))  # fmt: skip
    return table

"""`boxwright dataset split`."""

from collections import Counter
from pathlib import Path
from typing import Any

import click

from boxwright.dataset.options import source_options
from boxwright.dataset.shares import parse_shares
from boxwright.dataset.source import (
    Source,
    output_format,
    output_options,
    plain_errors,
    read_without_defects,
    write_and_report,
)
from training.datasets.dataset import Dataset
from training.datasets.formats.registry import WRITABLE
from training.datasets.grouping.group_leaks import group_leaks_as_text
from training.datasets.grouping.image_series import series_pairs
from training.datasets.grouping.keeping_together import KeepTogether, group_images
from training.datasets.grouping.shot_names import shot_names
from training.datasets.notes import counted
from training.datasets.splitting import (
    GroupOf,
    by_group,
    by_pattern,
    split_dataset,
    with_each_annotation_once,
)


@click.command()
@source_options
@click.argument("destination", type=click.Path(path_type=Path, file_okay=False))
@click.option("--fractions", default="train=0.8,val=0.1,test=0.1", show_default=True,
              help="The share of each split.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True,
              help="The same gives the same splits.")  # fmt: skip
@click.option("--by-group", "grouped", is_flag=True,
              help="Images of a group stay together: a video's, or else a folder's.")  # fmt: skip
@click.option(
    "--keep-together",
    type=click.Choice([each.value for each in KeepTogether]),
    help="Images that stay in one split: neighbors in a series by number or time in "
    "their names, near-duplicates by how they look, both (auto), or none.  [none]",
)
@click.option("--group", "pattern", metavar="REGEX",
              help="Images in whose names this finds the same stay together, such as "
              "'(.*)_frame'.")  # fmt: skip
@click.option("--to", "to_format", type=click.Choice(list(WRITABLE)),
              help="The format to be written.  [the source's]")  # fmt: skip
@click.option("--fix", is_flag=True, help="Repair defects on the way, in the place of leaving.")
def split(
    destination: Path,
    fractions: str,
    seed: int,
    grouped: bool,
    keep_together: str | None,
    pattern: str | None,
    to_format: str | None,
    fix: bool,
    **asked: Any,
) -> None:
    """Divide SOURCE into train, val and test, each class alike, and write it into DESTINATION.

    Its former splits are ignored. Masks are kept where the format can hold them.

    Example: boxwright dataset split photos/ divided/ --keep-together auto
    """
    with plain_errors():
        source = Source.of(**asked)
        shares = parse_shares(fractions)
        group_of: GroupOf | None = by_group if grouped else None
        if pattern is not None:
            group_of = by_pattern(pattern)
        if keep_together is not None and group_of is not None:
            raise click.UsageError("--keep-together, --group and --by-group: one of the three")
        with source.workers() as workers:
            read = read_without_defects(source, workers, fix=fix)
            dataset = with_each_annotation_once(read)
            if len(dataset) < len(read):
                again = counted(len(read) - len(dataset), "image")
                click.echo(f"Taken once: {again} in another split too.")
            groups = None
            if keep_together is not None:
                groups = group_images(dataset.images, KeepTogether(keep_together), workers)
                click.echo(groups.as_text())
                group_of = groups.group_of(dataset.images)
            elif group_of is None:
                _hint_at_series(dataset)
            divided = split_dataset(dataset, shares, seed=seed, group_of=group_of)
            options = output_options(source)
            to_format = output_format(source, to_format)
            splits = [image.split for image in divided.images]
            leaking = (
                group_leaks_as_text(divided.images, splits, groups) if groups is not None else None
            )
            if leaking is not None:
                click.echo(f"Note: {leaking}.", err=True)
            write_and_report(divided, destination, to_format, options, workers)
    for name in divided.class_names:
        click.echo(f"  {name}: {', '.join(_counts(divided, name))}")


def _hint_at_series(dataset: Dataset) -> None:
    """Say that images seem to be of series, which a split image by image tears apart."""
    series = series_pairs(shot_names([image.name for image in dataset.images]))
    if series:
        click.echo(
            f"Note: {len({index for pair in series for index in pair})} of {len(dataset)} images "
            "follow one another by name, and those of one scene come into several splits; "
            "--keep-together auto keeps bursts, videos and near-duplicates in one.",
            err=True,
        )


def _counts(dataset: Dataset, name: str) -> list[str]:
    """How many objects of a class each split has."""
    counts = Counter(
        image.split for image in dataset.images for each in image.objects if each.label == name
    )
    return [f"{counts[part]} {part}" for part in dataset.splits]

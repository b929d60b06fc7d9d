"""`boxwright dataset check`."""

import sys
from pathlib import Path
from typing import Any

import click

from boxwright.dataset.source import (
    Source,
    output_format,
    output_options,
    plain_errors,
    source_options,
    write_and_report,
)
from training.datasets.checking import CheckResult, check_dataset
from training.datasets.defects import summary

MISNAMED_SHOWN = 3


@click.command()
@source_options
@click.option("--fix", is_flag=True, help="Write what is left, clipped where that helps.")
@click.option("--output", type=click.Path(path_type=Path, file_okay=False),
              help="Where --fix writes it.  [SOURCE-fixed]")  # fmt: skip
def check(fix: bool, output: Path | None, **asked: Any) -> None:
    """List every defect of SOURCE with its file; the exit code is 1 where there is one.

    With --fix the repaired data set is written beside it, in the same format if that is written,
    else in COCO's; SOURCE itself is never changed.
    """
    with plain_errors():
        source = Source.of(**asked)
        with source.workers() as workers:
            result = check_dataset(source.read(workers), workers)
            _report(result)
            if fix:
                path = source.path.resolve()
                name = path.stem if path.is_file() else path.name
                folder = output or path.parent / f"{name}-fixed"
                options = output_options(source)
                form = output_format(source, None)
                write_and_report(result.dataset, folder, form, options, workers)
                return
    if result.defects:
        sys.exit(1)


def _report(result: CheckResult) -> None:
    for defect in result.defects:
        click.echo(str(defect))
    if result.misnamed:
        shown = ", ".join(result.misnamed[:MISNAMED_SHOWN])
        click.echo(
            f"Note: {len(result.misnamed)} pictures are of another format than their suffix says, "
            f"which does no harm here: {shown}{', ...' if len(result.misnamed) > 3 else ''}",
            err=True,
        )
    found = f"{len(result.dataset)} pictures, {result.dataset.object_count} objects"
    if result.defects:
        click.echo(f"{len(result.defects)} defects: {summary(result.defects)}; {found} are left.")
    else:
        click.echo(f"No defects: {found}.")

"""`boxwright dataset check`."""

import sys
from pathlib import Path
from typing import Any

import click

from boxwright.dataset.next_step import next_step, split_command
from boxwright.dataset.options import source_options
from boxwright.dataset.printing import DEFECTS_SHOWN, print_lines
from boxwright.dataset.source import (
    Source,
    output_format,
    output_options,
    plain_errors,
    write_and_report,
)
from training.datasets.checking import CheckResult, check_dataset
from training.datasets.dataset import Dataset
from training.datasets.defects import (
    DatasetError,
    NothingRead,
    counted_defects,
    first_ambiguous,
    refuse_ambiguous,
    summary,
)
from training.datasets.formats.registry import read_dataset
from training.datasets.grouping.scene_leaks import scene_leaks
from training.datasets.notes import NoteKind, counted, listed
from training.datasets.reading_report import ReadingReport


@click.command()
@source_options
@click.option("--fix", is_flag=True, help="Write what is left, clipped where that helps.")
@click.option("--output", type=click.Path(path_type=Path, file_okay=False),
              help="Where --fix writes it.  [SOURCE-fixed]")  # fmt: skip
@click.option("--all", "list_all", is_flag=True,
              help=f"Every defect, not the first {DEFECTS_SHOWN} of each kind.")  # fmt: skip
def check(fix: bool, output: Path | None, list_all: bool, **asked: Any) -> None:
    """List what SOURCE holds, and every defect with its file; with defects the exit code is 1.

    What was read, passed over and guessed is listed first. With --fix the repaired data set is
    written beside it, in the same format if that is written, else in COCO's; SOURCE itself is never
    changed.

    Example: boxwright dataset check photos/ --fix
    """
    shown = None if list_all else DEFECTS_SHOWN
    with plain_errors():
        source = Source.of(**asked)
        with source.workers() as workers:
            try:
                read = read_dataset(source.path, source.format_name, source.options, workers)
            except NothingRead as error:
                report = source.report(error)
                print_lines(report.note_lines())
                print_lines(report.defect_lines(shown=shown, repaired=False))
                if error.defects:
                    _print_left(report, 0, 0)
                print_lines(source.lines_after(error))
                raise DatasetError(error.what) from error
            result = check_dataset(read, workers)
            repairs = fix and first_ambiguous(result.defects) is None
            _report(result, source, shown=shown, fix=repairs)
            if fix:
                refuse_ambiguous(result.defects)
                path = source.path.resolve()
                name = path.stem if path.is_file() else path.name
                folder = output or path.parent / f"{name}-fixed"
                options = output_options(source)
                form = output_format(source, None)
                write_and_report(result.dataset, folder, form, options, workers)
                return
    if result.defects:
        sys.exit(1)


def _report(result: CheckResult, source: Source, *, shown: int | None, fix: bool) -> None:
    dataset, defects = result.dataset, result.defects
    report = source.report(dataset)
    print_lines(report.note_lines())
    if result.misnamed:
        count = counted(len(result.misnamed), "image is", "images are")
        click.echo(
            f"Note: {count} of another format than the suffix says, which does no harm here: "
            f"{listed(result.misnamed)}"
        )
    print_lines(report.defect_lines(shown=shown, repaired=fix))
    classes = ", ".join(_with_unused(dataset)[:10])
    splits = [f"{len(dataset.of_split(split))} {split or 'without a split'}"
              for split in dataset.splits]  # fmt: skip
    if splits:
        more = ", ..." if len(dataset.class_names) > 10 else ""
        click.echo(f"Splits: {', '.join(splits)}. Classes: {classes}{more}.")
    _print_left(report, len(dataset), dataset.object_count)
    leaks = scene_leaks(dataset, result.hashes)
    for sentence in leaks:
        click.echo(f"Note: {sentence}.")
    has_splits = any(split is not None for split in dataset.splits)
    if leaks and (defects or has_splits):
        command = split_command(source.path, source.words, has_leaks=True)
        click.echo(f"Hint: {command} keeps such images in one split.")
    step = next_step(source.path, source.words, dataset, has_leaks=bool(leaks))
    if not fix and step.line:
        click.echo(step.line)


def _with_unused(dataset: Dataset) -> list[str]:
    """The classes; of each that no object has, that it is so where others have some."""
    used = {each.label for image in dataset.images for each in image.objects}
    return [name if name in used or not used else f"{name} (no object)"
            for name in dataset.class_names]  # fmt: skip


def _print_left(report: ReadingReport, image_count: int, object_count: int) -> None:
    defects = report.defects
    others = [note for note in report.notes if note.kind == NoteKind.OTHER_FORMAT]
    left = f"{counted(image_count, 'image')}, {counted(object_count, 'object')}"
    if defects:
        click.echo(f"{counted_defects(defects)}: {summary(defects)}; {left} are left.")
        print_lines(report.hints())
    else:
        click.echo(f"No defects{' in what was read' if others else ''}: {left}.")
    for note in others:
        click.echo(f"Not read and not checked: {note}.")

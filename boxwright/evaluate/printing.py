"""Print the metrics of `boxwright evaluate` as lines and tables."""

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from training.evaluation.area_rows import AreaRows
from training.evaluation.coco_lines import explained
from training.evaluation.comparison import Comparison
from training.evaluation.evaluation import BEST_HERE, Evaluation
from training.evaluation.figure_intervals import FigureIntervals
from training.evaluation.learning_curve import TITLES, LearningCurve
from training.evaluation.own_evaluations import OwnFigures
from training.evaluation.report import Circumstances
from training.evaluation.suspect_files import suspects_as_text

# Characters in a line when the output is not a terminal.
WIDTH_OF_FILES = 120
MOST_CHANGED_SHOWN = 8


def print_evaluation(
    evaluation: Evaluation, circumstances: Circumstances, written: list[Path]
) -> None:
    """Print COCO's metrics, and those of each class."""
    click.echo(f"{circumstances.detector}\non {circumstances.data}: {len(evaluation.truth)} "
               f"images, {evaluation.truth.object_count} objects")  # fmt: skip
    names = evaluation.class_names
    notes = list(circumstances.notes)
    if names.only_detector:
        notes.append(f"Classes of the detector alone, ignored: {', '.join(names.only_detector)}")
    if names.only_data:
        notes.append(f"Classes of the data alone, all missed: {', '.join(names.only_data)}")
    for note in notes:
        click.echo(note)
    for each in reversed(evaluation.beside.values()):
        note = f"{each.note}\n" if each.note else ""
        click.echo(f"{each.title}\n{explained(each.lines)}\n{note}boxes (bbox)")
    click.echo(explained(evaluation.metrics.lines))
    _print_intervals(evaluation)
    _print_thresholds(evaluation)
    _print_by_area(evaluation.by_area)
    _print_table(_class_table(evaluation), [])
    if evaluation.comparison is not None:
        _print_comparison(evaluation.comparison)
    if evaluation.learning_curve is not None:
        _print_learning_curve(evaluation.learning_curve)
    if evaluation.suspects:
        click.echo(f"{suspects_as_text(evaluation.suspects)}: suspect_labels.csv and .jpg show "
                   "them, the most suspect first.")  # fmt: skip
    for path in written:
        click.echo(f"wrote {path}")


def _print_intervals(evaluation: Evaluation) -> None:
    """Print the intervals, and the metrics without near-duplicates in train."""
    intervals, overlap = evaluation.intervals, evaluation.train_overlap
    if overlap is not None and str(overlap):
        click.echo(f"Warning: {overlap}.")
    if intervals is None:
        return
    if intervals.rows:
        _print_figures(intervals)
    for note in intervals.notes:
        click.echo(note)


def _print_figures(intervals: FigureIntervals) -> None:
    without = f"without near copies in train ({intervals.without_count} images)"
    table = Table("figure", "value", "95 % interval", *([without] if intervals.without else []))
    for row in intervals.rows:
        shown = [_three(row.value), f"{row.interval.low:.3f} to {row.interval.high:.3f}"
                 if row.interval else "-"]  # fmt: skip
        table.add_row(row.title, *shown, *([_three(row.without)] if intervals.without else []))
    _show(table)


def _print_comparison(comparison: Comparison) -> None:
    """Print the metrics of both, and the images that changed most."""
    click.echo(f"against {comparison.other}, on the same images")
    table = Table("figure", "objects", "this", "other", "difference", "95 % interval", "")
    for each in comparison.rows:
        objects = "" if each.objects is None else str(each.objects)
        sure = "sure" if each.is_sure else ""
        shown = (each.own_text, each.other_text, each.difference_text, each.interval_text, sure)
        table.add_row(Text(each.title), objects, *shown)
    _show(table)
    better = sum(each.change > 0 for each in comparison.changed)
    if comparison.changed:
        click.echo(f"most changed images, {better} of {len(comparison.changed)} better:")
    for one in comparison.changed[:MOST_CHANGED_SHOWN]:
        click.echo(f"  {one.change:+.2f} {one.name}: {one.own}; other: {one.other}")


def _print_learning_curve(curve: LearningCurve) -> None:
    """Print the measured points, the prediction for more images, and the conclusion."""
    table = Table("images to learn from", "steps", "AP, 95 % interval", "AP50, 95 % interval")
    for point in curve.points:
        shown = (point.figures[name].text() for name in TITLES)
        table.add_row(str(point.images), str(point.steps), *shown)
    for each in curve.predictions:
        shown = (each.gains[name].text("+.3f") for name in TITLES)
        table.add_row(f"{each.images}, {each.more} more, by the law", "", *shown)
    _show(table)
    click.echo(f"{curve.sentence}\n{curve.note}")


def _three(value: float) -> str:
    return "-" if value < 0 else f"{value:.3f}"


def _print_thresholds(evaluation: Evaluation) -> None:
    """Print recall and precision at the threshold in use, and at the best one."""
    table = Table("score threshold, all classes", "recall", "precision", "F1",
                  "false alarms an image")  # fmt: skip
    rows = [(evaluation.threshold_source, evaluation.in_use)]
    if not evaluation.threshold_is_best:
        rows.append((BEST_HERE, evaluation.overall.best))
    for source, point in rows:
        if point is not None:
            shown = (point.recall, point.precision, point.f1, point.false_per_image)
            table.add_row(f"{point.threshold:.3g}, {source}", *(f"{each:.3f}" for each in shown))
    if table.row_count:
        _show(table)


def _print_by_area(by_area: AreaRows | None) -> None:
    """Print recall of large and small objects, for --by-area."""
    if by_area is None:
        return
    table = Table("objects by area, any class", "objects", "found", "recall", "right class")
    for row in by_area.rows:
        shown = (_three(row.recall), _three(row.right_share))
        table.add_row(row.title, str(row.objects), str(row.found), *shown)
    _show(table)
    click.echo(f"false alarms of any class: {by_area.false_per_image:.3f} an image")


def _print_table(table: Table, written: list[Path]) -> None:
    _show(table)
    for path in written:
        click.echo(f"wrote {path}")


def _show(table: Table) -> None:
    for column in table.columns[1:]:
        column.justify = "right"
    console = Console()
    if not console.is_terminal:
        console.width = WIDTH_OF_FILES
    console.print(table)


def _class_table(evaluation: Evaluation) -> Table:
    table = Table("class", "objects", "AP", "AP50", "AP75", "AR", "best threshold", "F1")
    for each, curve in zip(evaluation.metrics.classes, evaluation.at_50, strict=True):
        best = (curve.best.threshold, curve.best.f1) if curve.best else (-1.0, -1.0)
        numbers = (each.ap, each.ap50, each.ap75, each.ar_100, *best)
        shown = ("-" if number < 0 else f"{number:.3f}" for number in numbers)
        table.add_row(Text(each.name), str(each.object_count), *shown)
    return table


def print_own_figures(
    figures: OwnFigures, circumstances: Circumstances, written: list[Path]
) -> None:
    """Print what is measured of a kind that has figures of its own, and those of each part."""
    click.echo(f"{circumstances.detector}\non {circumstances.data}: {figures.subject}")
    for note in circumstances.notes:
        click.echo(note)
    click.echo(figures.text)
    table = Table(*figures.part_columns)
    for name, *shown in figures.part_rows:
        table.add_row(Text(name), *shown)
    _print_table(table, written)

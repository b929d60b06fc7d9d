"""An evaluation as files: `report.json`, and `report.html`, which needs nothing beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from detection.detections import Detections
from training.datasets.workers import Workers
from training.evaluation.coco_lines import explained
from training.evaluation.coco_metrics import METRICS, ClassMetrics
from training.evaluation.coco_record import CocoResults
from training.evaluation.evaluation import BEST_HERE, Evaluation
from training.evaluation.learning_curve_plot import plot_learning_curve
from training.evaluation.plots import DARK, plot_confusion, plot_precision_recall
from training.evaluation.precision_recall import Curve
from training.evaluation.report_files import (
    LEARNING_CURVE,
    NEAR_DUPLICATES,
    PAIR_PX,
    SHEET,
    SHEET_COLUMNS,
    SUSPECTS,
    SUSPECTS_SHEET,
    as_jpeg,
    as_json,
    data_uri,
    filled_template,
    write_files,
)
from training.evaluation.saved_detections import KEPT, saved_detections
from training.evaluation.side_by_side import worst_pairs, worst_sheet
from training.evaluation.suspect_files import suspects_as_text, suspects_csv, suspects_sheet
from training.evaluation.train_overlap_sheet import train_overlap_sheet

TEMPLATE = "report.html"


@dataclass(frozen=True)
class Circumstances:
    """What was measured and how, which the numbers do not say.

    Args:
        detector: what it is and where.
        data: which images.
        lowest_score: that was asked for; what scores less was never seen.
        most_detections: that were asked for in an image.
        notes: what a reader has to know besides, a sentence each.
    """

    detector: str
    data: str
    lowest_score: float
    most_detections: int
    notes: tuple[str, ...] = ()


def write_report(
    evaluation: Evaluation, circumstances: Circumstances, folder: Path, workers: Workers
) -> list[Path]:
    """Write the report, its plots and the sheet of the worst images; what was written.

    Raises:
        EvaluationError: a file cannot be written.
    """
    return write_files(folder, _files(evaluation, circumstances, workers))


def _files(
    evaluation: Evaluation, circumstances: Circumstances, workers: Workers
) -> dict[str, bytes]:
    curves = (evaluation.at_50, evaluation.at_75, evaluation.overall)
    plots = {
        "precision_recall": plot_precision_recall(*curves),
        "precision_recall-dark": plot_precision_recall(*curves, DARK),
        "confusion": plot_confusion(evaluation.confusion),
        "confusion-dark": plot_confusion(evaluation.confusion, DARK),
    }
    curve = evaluation.learning_curve
    if curve is not None:
        plots["learning_curve"] = plot_learning_curve(curve)
        plots["learning_curve-dark"] = plot_learning_curve(curve, DARK)
    worst = evaluation.worst
    pairs = worst_pairs(evaluation.truth, evaluation.shown, worst, workers, longer_side_px=PAIR_PX)
    files = {
        "report.json": _json(evaluation, circumstances),
        "report.html": _html(evaluation, circumstances, plots, pairs).encode(),
        "precision_recall.png": plots["precision_recall"],
        "confusion.png": plots["confusion"],
    }
    if curve is not None:
        files[LEARNING_CURVE] = plots["learning_curve"]
    if pairs:
        files[SHEET] = as_jpeg(worst_sheet(pairs, worst, columns=SHEET_COLUMNS))
    if evaluation.train_overlap is not None:
        sheet = train_overlap_sheet(evaluation.train_overlap, evaluation.truth.class_ids)
        if sheet is not None:
            files[NEAR_DUPLICATES] = as_jpeg(sheet)
    sheet = suspects_sheet(evaluation.suspects, evaluation.truth)
    if sheet is not None:
        files[SUSPECTS] = suspects_csv(evaluation.suspects, evaluation.truth)
        files[SUSPECTS_SHEET] = as_jpeg(sheet)
    kept = saved_detections(evaluation.truth, evaluation.found)
    if kept is not None:
        files[KEPT] = kept
    return files


def _json(evaluation: Evaluation, circumstances: Circumstances) -> bytes:
    return as_json({**_circumstances(evaluation, circumstances), **evaluation.as_json()})


def _circumstances(evaluation: Evaluation, circumstances: Circumstances) -> dict[str, Any]:
    return {
        "detector": circumstances.detector,
        "data": circumstances.data,
        "pictures": len(evaluation.truth),
        "objects": evaluation.truth.object_count,
        "detections": sum(map(_count, evaluation.found)),
        "lowest_score": circumstances.lowest_score,
        "most_detections": circumstances.most_detections,
        "notes": list(circumstances.notes),
    }


def _count(found: Detections) -> int:
    return len(found.records) if isinstance(found, CocoResults) else len(found)


def _html(
    evaluation: Evaluation,
    circumstances: Circumstances,
    plots: Mapping[str, bytes],
    pairs: list[Image.Image],
) -> str:
    values = evaluation.metrics.values
    best = [] if evaluation.threshold_is_best else [(BEST_HERE, evaluation.overall.best)]
    return filled_template(
        TEMPLATE,
        **_circumstances(evaluation, circumstances),
        headline=[(title, values[name]) for title, name in
                  (("AP 50 to 95", "ap"), ("AP 50", "ap50"), ("AP 75", "ap75"),
                   ("AR 100", "ar_100"))],
        lines=explained(evaluation.metrics.lines),
        beside=[(each.title, explained(each.lines))
                for each in reversed(evaluation.beside.values())],
        metrics=[(name, values[name]) for name in METRICS],
        classes=[_class_row(each, curve) for each, curve in
                 zip(evaluation.metrics.classes, evaluation.at_50, strict=True)],
        names=evaluation.class_names,
        intervals=evaluation.intervals,
        suspects=suspects_as_text(evaluation.suspects),
        comparison=evaluation.comparison,
        learning_curve=evaluation.learning_curve,
        train_overlap=str(evaluation.train_overlap or ""),
        points=[(evaluation.threshold_source, evaluation.in_use), *best],
        score_threshold=evaluation.score_threshold,
        threshold_is_best=evaluation.threshold_is_best,
        overall=evaluation.overall.best,
        confusion=evaluation.confusion,
        plots={name: data_uri(content, "image/png") for name, content in plots.items()},
        worst=[(each, data_uri(as_jpeg(pair), "image/jpeg"), pair.size) for each, pair in
               zip(evaluation.worst, pairs, strict=True)],
    )  # fmt: skip


def _class_row(metrics: ClassMetrics, curve: Curve) -> dict[str, Any]:
    return {"metrics": metrics, "best": curve.best}

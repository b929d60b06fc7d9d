"""An evaluation as files: `report.json`, and `report.html`, which needs nothing beside it."""

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image

from training.datasets.workers import Workers
from training.evaluation.coco_metrics import METRICS, ClassMetrics
from training.evaluation.errors import EvaluationError
from training.evaluation.evaluation import Evaluation
from training.evaluation.plots import DARK, plot_confusion, plot_precision_recall
from training.evaluation.precision_recall import Curve
from training.evaluation.side_by_side import worst_pairs, worst_sheet

TEMPLATE = "report.html"
SHEET = "worst.jpg"
PAIR_PX = 320
SHEET_COLUMNS = 2
JPEG_QUALITY = 85


@dataclass(frozen=True)
class Circumstances:
    """What was measured and how, which the numbers do not say.

    Args:
        detector: what it is and where.
        data: which pictures.
        lowest_score: that was asked for; what scores less was never seen.
        most_detections: that were asked for in a picture.
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
    """Write the report, its plots and the sheet of the worst pictures; what was written.

    Raises:
        EvaluationError: a file cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Of an earlier evaluation in the same folder.
        (folder / SHEET).unlink(missing_ok=True)
        files = _files(evaluation, circumstances, workers)
        for name, content in files.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        raise EvaluationError(
            f"cannot write {error.filename or folder}: {error.strerror}"
        ) from error
    return [folder / name for name in files]


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
    worst = evaluation.worst
    pairs = worst_pairs(evaluation.truth, evaluation.shown, worst, workers, longer_side_px=PAIR_PX)
    files = {
        "report.json": _json(evaluation, circumstances),
        "report.html": _html(evaluation, circumstances, plots, pairs).encode(),
        "precision_recall.png": plots["precision_recall"],
        "confusion.png": plots["confusion"],
    }
    if pairs:
        files[SHEET] = _jpeg(worst_sheet(pairs, worst, columns=SHEET_COLUMNS))
    return files


def _json(evaluation: Evaluation, circumstances: Circumstances) -> bytes:
    content = {**_circumstances(evaluation, circumstances), **evaluation.as_json()}
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False).encode()


def _circumstances(evaluation: Evaluation, circumstances: Circumstances) -> dict[str, Any]:
    return {
        "detector": circumstances.detector,
        "data": circumstances.data,
        "pictures": len(evaluation.truth),
        "objects": evaluation.truth.object_count,
        "detections": sum(map(len, evaluation.found)),
        "lowest_score": circumstances.lowest_score,
        "most_detections": circumstances.most_detections,
        "notes": list(circumstances.notes),
    }


def _html(
    evaluation: Evaluation,
    circumstances: Circumstances,
    plots: Mapping[str, bytes],
    pairs: list[Image.Image],
) -> str:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = _number
    values = evaluation.metrics.values
    return environment.get_template(TEMPLATE).render(
        **_circumstances(evaluation, circumstances),
        headline=[(title, values[name]) for title, name in
                  (("AP 50 to 95", "ap"), ("AP 50", "ap50"), ("AP 75", "ap75"),
                   ("AR 100", "ar_100"))],
        lines=evaluation.metrics.table(),
        metrics=[(name, values[name]) for name in METRICS],
        classes=[_class_row(each, curve) for each, curve in
                 zip(evaluation.metrics.classes, evaluation.at_50, strict=True)],
        names=evaluation.class_names,
        score_threshold=evaluation.score_threshold,
        threshold_is_best=evaluation.threshold_is_best,
        overall=evaluation.overall.best,
        confusion=evaluation.confusion,
        plots={name: _data_uri(content, "image/png") for name, content in plots.items()},
        worst=[(each, _data_uri(_jpeg(pair), "image/jpeg"), pair.size) for each, pair in
               zip(evaluation.worst, pairs, strict=True)],
    )  # fmt: skip


def _class_row(metrics: ClassMetrics, curve: Curve) -> dict[str, Any]:
    return {"metrics": metrics, "best": curve.best}


def _number(value: float) -> str:
    """Three digits, as COCO's lines; a dash where there was nothing to measure."""
    return "–" if value < 0 else f"{value:.3f}"  # noqa: RUF001  # a dash between columns of numbers


def _jpeg(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()


def _data_uri(content: bytes, media_type: str) -> str:
    return f"data:{media_type};base64,{b64encode(content).decode('ascii')}"

"""An evaluation of keypoints as files: `report.json`, and `report.html` by itself."""

from pathlib import Path
from typing import Any

from PIL import Image

from training.datasets.workers import Workers
from training.evaluation.coco_lines import explained
from training.evaluation.keypoint_evaluation import KeypointEvaluation
from training.evaluation.report import Circumstances
from training.evaluation.report_files import (
    PAIR_PX,
    SHEET,
    SHEET_COLUMNS,
    as_jpeg,
    as_json,
    data_uri,
    filled_template,
    write_files,
)
from training.evaluation.side_by_side import worst_pairs, worst_sheet

TEMPLATE = "keypoint_report.html"


def write_keypoint_report(
    evaluation: KeypointEvaluation, circumstances: Circumstances, folder: Path, workers: Workers
) -> list[Path]:
    """Write the report and the sheet of the worst hands; what was written.

    Raises:
        EvaluationError: a file cannot be written.
    """
    pairs = worst_pairs(
        evaluation.truth, evaluation.found, evaluation.worst, workers, longer_side_px=PAIR_PX
    )
    about = _about(evaluation, circumstances)
    files = {
        "report.json": as_json({**about, **evaluation.as_json()}),
        "report.html": _html(evaluation, about, pairs).encode(),
    }
    if pairs:
        files[SHEET] = as_jpeg(worst_sheet(pairs, evaluation.worst, columns=SHEET_COLUMNS))
    return write_files(folder, files)


def _about(evaluation: KeypointEvaluation, circumstances: Circumstances) -> dict[str, Any]:
    return {
        "detector": circumstances.detector,
        "data": circumstances.data,
        "pictures": len(evaluation.truth),
        "notes": list(circumstances.notes),
    }


def _html(evaluation: KeypointEvaluation, about: dict[str, Any], pairs: list[Image.Image]) -> str:
    metrics = evaluation.metrics
    values = metrics.values
    return filled_template(
        TEMPLATE,
        **about,
        hands=metrics.hand_count,
        missed=metrics.missed_count,
        headline=[("PCK@0.1", values["pck_10"]), ("PCK@0.2", values["pck_20"]),
                  ("OKS AP", evaluation.oks.values["ap"])],
        mean_error_px=values["mean_error_px"],
        oks_lines=explained(evaluation.oks.lines),
        oks_sigmas=evaluation.oks.sigmas_text,
        metrics=list(values.items()),
        points=list(metrics.of_parts().items()),
        worst=[(each, data_uri(as_jpeg(pair), "image/jpeg"), pair.size) for each, pair in
               zip(evaluation.worst, pairs, strict=True)],
    )  # fmt: skip

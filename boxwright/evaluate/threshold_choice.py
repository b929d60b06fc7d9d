"""Choose the score threshold of a measurement.

A threshold chosen on the measured images flatters the detector. So its own comes first, and a
checkpoint's is chosen on the validation images of its training.
"""

from boxwright.evaluate.detectors import OpenedDetector
from boxwright.evaluate.measurement import found_by
from boxwright.evaluate.score_threshold import NO_THRESHOLD, ScoreThreshold
from training.datasets.defects import DatasetError
from training.datasets.workers import Workers
from training.evaluation.chosen_threshold import choose_threshold
from training.evaluation.coco_metrics import coco_metrics
from training.evaluation.errors import EvaluationError

VALIDATION = "the validation images of its training"


def threshold_in_use(
    what: OpenedDetector, asked: float | None, workers: Workers, *, on_own_data: bool
) -> ScoreThreshold:
    """The command line's threshold, else the detector's own, else a checkpoint's best.

    Args:
        what: the detector.
        asked: --score-threshold; None if not given.
        workers: read the validation images.
        on_own_data: whether a checkpoint's validation images are what is measured.

    Raises:
        EvaluationError: the validation images cannot be read.
    """
    if asked is not None:
        return ScoreThreshold(asked, "as asked for")
    if what.own_threshold.value is not None or what.validation is None or on_own_data:
        return what.own_threshold
    try:
        validation = what.validation(workers)
    except DatasetError as error:
        raise EvaluationError(
            f"cannot choose the score threshold on {VALIDATION}: {error}; give --score-threshold"
        ) from error
    if validation is None:
        return NO_THRESHOLD
    found = found_by(what.detector, validation, workers)
    chosen = choose_threshold(coco_metrics(validation, found), VALIDATION)
    if chosen is None:
        return NO_THRESHOLD
    return ScoreThreshold(chosen.value, f"where F1 is highest on {chosen.data}")

"""Keypoints from the outputs of a model, ours or the Object Detection API's pair."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from detection.kinds.boxes.outputs import SCORES
from detection.kinds.keypoints.outputs import KEYPOINT_SCORES, KEYPOINTS, PAIRED_KEYPOINTS
from detection.kinds.output_kind import Array, NotADetection
from detection.kinds.padding import SLACK, is_padding

Rows = npt.NDArray[np.intp]


def decode_keypoints(
    outputs: Mapping[str, Array], row: int, kept: Rows
) -> npt.NDArray[np.float64] | None:
    """(N, K, 3), [y, x, score] of the rows `kept` of an image, y and x in the model's own unit.

    None where the answer has none, or an output without any point.

    Raises:
        NotADetection: a number is not finite, or a score lies outside 0..1.
    """
    name = KEYPOINTS.name if KEYPOINTS.name in outputs else PAIRED_KEYPOINTS.name
    if name not in outputs or outputs[name].shape[2] == 0:
        return None
    points = outputs[name][row, kept].astype(np.float64)  # (N, K, 3) or (N, K, 2)
    if name == PAIRED_KEYPOINTS.name:
        points = _with_scores(points, outputs, row, kept)
    if not np.isfinite(points).all():
        raise NotADetection(f"{name} holds points that are in no image")
    points[..., 2] = np.clip(points[..., 2], 0.0, 1.0)
    return np.asarray(points)


def _with_scores(
    points: npt.NDArray[np.float64], outputs: Mapping[str, Array], row: int, kept: Rows
) -> npt.NDArray[np.float64]:
    """(N, K, 3) of (N, K, 2) points, which have their scores in another output."""
    if KEYPOINT_SCORES.name in outputs:
        scores = outputs[KEYPOINT_SCORES.name][row, kept].astype(np.float64)  # (N, K)
    else:
        # Points that were found with their box, as surely as the box.
        best = np.clip(outputs[SCORES][row, kept].astype(np.float64), 0.0, 1.0)  # (N,)
        scores = np.repeat(best[:, None], points.shape[1], axis=1)
    # A point of which nothing is known, as padding of it too, has no place and no score.
    nowhere = ~np.isfinite(points).all(-1) & ~(scores > SLACK)
    points = np.where(nowhere[..., None], 0.0, points)
    scores = np.where(nowhere | is_padding(scores), 0.0, scores)
    if len(scores) and not (scores.max(initial=0) <= 1 + SLACK and scores.min() >= -SLACK):
        raise NotADetection(
            f"{KEYPOINT_SCORES.name} holds {scores.min():g} to {scores.max():g}; scores lie in 0..1"
        )
    return np.concatenate([points, scores[..., None]], axis=-1)  # (N, K, 3)

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from detection.detections import Detections
from detection.hands.skeleton import KEYPOINT_NAMES
from detection.kinds.keypoints.kind import KEYPOINTS
from tests.support.extras import keypoints_of
from training.datasets.annotated import AnnotatedImage, AnnotatedObject
from training.datasets.dataset import Dataset, label_map_of
from training.datasets.sources import FileImage
from training.evaluation.errors import EvaluationError
from training.evaluation.keypoint_metrics import keypoint_metrics

# A hand of 100 by 50 pixels in an image that is not square, and one of 40 by 40.
WIDTH, HEIGHT = 400, 200
BOXES = [(0.25, 0.1, 0.5, 0.35), (0.5, 0.5, 0.7, 0.6)]
Points = npt.NDArray[np.float64]


def _hand(box: tuple[float, float, float, float]) -> AnnotatedObject:
    share = np.linspace(0.1, 0.9, 21)[:, None]
    places = np.array(box[:2]) + share * (np.array(box[2:]) - np.array(box[:2]))
    return AnnotatedObject("hand", box, keypoints=np.column_stack([places, np.full(21, 2.0)]))


def _dataset(*hands: AnnotatedObject) -> Dataset:
    image = AnnotatedImage("a.png", FileImage(Path("a.png")), WIDTH, HEIGHT, hands)
    return Dataset(label_map_of(["hand"]), (image,), KEYPOINT_NAMES)


def _found(*hands: AnnotatedObject, moved_px: float = 0.0) -> Detections:
    points = np.array([each.keypoints for each in hands]).reshape(-1, 21, 3)
    points[..., 1] += moved_px / WIDTH
    points[..., 2] = 0.9
    boxes = np.array([each.box_yxyx for each in hands]).reshape(-1, 4)
    return Detections(
        boxes, np.full(len(hands), 0.9), np.ones(len(hands), int), {KEYPOINTS: points}
    )


def test_exact_points_are_all_near() -> None:
    hands = [_hand(box) for box in BOXES]
    metrics = keypoint_metrics(_dataset(*hands), [_found(*hands)])
    assert metrics.values["pck_10"] == metrics.values["pck_20"] == metrics.score == 1
    assert metrics.values["mean_error_px"] == pytest.approx(0, abs=1e-3)
    assert (metrics.hand_count, metrics.missed_count) == (2, 0)


@pytest.mark.parametrize(
    ("moved_px", "pck_10", "pck_20"), [(9.9, 1, 1), (10.1, 0, 1), (19.9, 0, 1), (20.1, 0, 0)]
)
def test_near_is_measured_by_the_longer_side_of_the_hands_box(
    moved_px: float, pck_10: float, pck_20: float
) -> None:
    hand = _hand(BOXES[0])
    metrics = keypoint_metrics(_dataset(hand), [_found(hand, moved_px=moved_px)])
    assert (metrics.values["pck_10"], metrics.values["pck_20"]) == (pck_10, pck_20)
    assert metrics.values["mean_error_px"] == pytest.approx(moved_px, abs=1e-3)


def test_hands_are_compared_with_the_points_that_are_nearest() -> None:
    hands = [_hand(box) for box in BOXES]
    swapped = _found(*reversed(hands), moved_px=1)
    metrics = keypoint_metrics(_dataset(*hands), [swapped])
    assert metrics.values["mean_error_px"] == pytest.approx(1, abs=1e-3)


def test_a_hand_that_was_not_found_has_all_points_wrong_and_no_distance() -> None:
    hands = [_hand(box) for box in BOXES]
    metrics = keypoint_metrics(_dataset(*hands), [_found(hands[1], moved_px=2)])
    assert metrics.values["pck_20"] == 0.5
    assert metrics.values["mean_error_px"] == pytest.approx(2, abs=1e-3)
    assert metrics.missed_count == 1


def test_nothing_found_is_measured_too() -> None:
    hand = _hand(BOXES[0])
    nothing = _found()
    metrics = keypoint_metrics(_dataset(hand), [nothing])
    assert metrics.values["pck_20"] == 0
    assert metrics.values["mean_error_px"] == -1


def test_points_that_are_not_labelled_count_nowhere_and_hidden_ones_apart() -> None:
    hand = _hand(BOXES[0])
    assert hand.keypoints is not None
    points = hand.keypoints.copy()
    points[0], points[1, 2] = 0, 1
    found = _found(hand)
    wrong = keypoints_of(found).copy()
    wrong[0, :2, :2] = 0.9
    metrics = keypoint_metrics(
        _dataset(replace(hand, keypoints=points)), [found.with_extra(KEYPOINTS, wrong)]
    )
    assert metrics.values["pck_20"] == pytest.approx(19 / 20)
    assert metrics.values["pck_20_visible"] == 1
    parts = metrics.of_parts()
    assert parts["wrist"] == {"pck_10": -1, "pck_20": -1, "mean_error_px": -1, "count": 0}
    assert parts["thumb_base"]["pck_20"] == 0
    assert parts["thumb_tip"]["pck_10"] == 1


def test_data_or_answers_without_points_are_named() -> None:
    hand = _hand(BOXES[0])
    plain = replace(_found(hand), extras={})
    with pytest.raises(
        EvaluationError,
        match=r"^a\.png: the data has 21 keypoints per hand, but the detections have 0$",
    ):
        keypoint_metrics(_dataset(hand), [plain])
    with pytest.raises(EvaluationError, match="nothing in the images has keypoints"):
        keypoint_metrics(_dataset(replace(hand, keypoints=None)), [plain])

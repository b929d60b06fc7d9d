from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection.detections import Detections
from detection.kinds.keypoints.kind import KEYPOINTS
from detection.kinds.masks.kind import MASKS
from detection.kinds.output_kind import OutputKind
from tests.support.extras import keypoints_of, masks_of

FOUND = Detections(
    np.array([[0.1, 0.2, 0.3, 0.9], [0.0, 0.0, 0.5, 0.5], [0.2, 0.2, 0.4, 0.4]], np.float32),
    np.array([0.5, 0.9, 0.7], np.float32),
    np.array([2, 1, 2]),
)


def test_detections_come_by_falling_score_with_their_boxes_and_classes() -> None:
    assert FOUND.scores.tolist() == pytest.approx([0.9, 0.7, 0.5])
    assert FOUND.class_ids.tolist() == [1, 2, 2]
    assert FOUND.boxes_yxyx[2].tolist() == pytest.approx([0.1, 0.2, 0.3, 0.9])


def test_equal_scores_keep_their_order() -> None:
    found = Detections([[0, 0, 1, 1]] * 3, [0.5, 0.6, 0.5], [7, 8, 9])  # type: ignore[arg-type]
    assert found.class_ids.tolist() == [8, 7, 9]


def test_lists_become_arrays_of_the_promised_types() -> None:
    found = Detections([[0, 0, 1, 1]], [1], [1])  # type: ignore[arg-type]
    dtypes = [str(each.dtype) for each in (found.boxes_yxyx, found.scores, found.class_ids)]
    assert dtypes == ["float32", "float32", "int64"]


@pytest.mark.parametrize("boxes", [[], np.zeros((0, 4)), np.zeros((0,))])
def test_nothing_found_is_no_special_case(boxes: Any) -> None:
    nothing = Detections(boxes, [], [])  # type: ignore[arg-type]
    assert len(nothing) == 0
    assert nothing.boxes_yxyx.shape == (0, 4)
    assert len(nothing.select(score_threshold=0.5, class_ids=[1], max_detections=3)) == 0


@pytest.mark.parametrize(
    ("selection", "classes"),
    [
        ({}, [1, 2, 2]),
        ({"score_threshold": 0.7}, [1, 2]),
        ({"score_threshold": 0.9}, [1]),
        ({"score_threshold": 1.0}, []),
        ({"class_ids": [2]}, [2, 2]),
        ({"class_ids": {1, 2, 3}}, [1, 2, 2]),
        ({"class_ids": []}, []),
        ({"max_detections": 2}, [1, 2]),
        ({"max_detections": 99}, [1, 2, 2]),
        ({"class_ids": [2], "max_detections": 1, "score_threshold": 0.1}, [2]),
    ],
)
def test_detections_are_selected(selection: dict[str, Any], classes: list[int]) -> None:
    assert FOUND.select(**selection).class_ids.tolist() == classes


@pytest.mark.parametrize(
    ("boxes", "scores", "class_ids"),
    [
        ([[0, 0, 1, 1]], [0.5, 0.4], [1, 2]),
        ([[0, 0, 1]], [0.5], [1]),
        ([], [0.5], [1]),
        ([[0, 0, 1, 1]], [0.5], []),
        ([[0, 0, 1, 1]], [[0.5]], [1]),
        ([[0, 0, 1, 1]], 0.5, 1),
    ],
)
def test_shapes_that_disagree_are_named(boxes: Any, scores: Any, class_ids: Any) -> None:
    with pytest.raises(ValueError, match=r"expected boxes \(N, 4\), scores \(N,\) and class ids"):
        Detections(boxes, scores, class_ids)


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none_are_refused(number: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        Detections([[0, 0, 1, number]], [0.5], [1])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="finite"):
        Detections([[0, 0, 1, 1]], [number], [1])  # type: ignore[arg-type]


@given(
    st.lists(st.tuples(st.floats(0, 1, width=32), st.integers(1, 3)), max_size=8), st.floats(0, 1)
)
def test_a_selection_holds_what_was_asked_for_and_nothing_is_lost(
    found: list[tuple[float, int]], threshold: float
) -> None:
    scores = [score for score, _ in found]
    class_ids = [class_id for _, class_id in found]
    detections = Detections(np.zeros((len(found), 4)), scores, class_ids)  # type: ignore[arg-type]
    assert (np.diff(detections.scores) <= 0).all()
    kept = detections.select(score_threshold=threshold, class_ids=[1, 2])
    expected = [c for s, c in found if np.float32(s) >= np.float32(threshold) and c in (1, 2)]
    assert sorted(kept.class_ids.tolist()) == sorted(expected)


def test_outlines_and_points_go_with_their_detections() -> None:
    masks = np.stack([np.full((3, 2), value) for value in (0.1, 0.2, 0.3)])
    points = np.arange(3 * 4 * 3, dtype=np.float32).reshape(3, 4, 3)
    beside: dict[OutputKind, Any] = {MASKS: masks, KEYPOINTS: points}
    found = Detections(FOUND.boxes_yxyx, [0.5, 0.9, 0.7], [2, 1, 2], beside)  # type: ignore[arg-type]
    assert masks_of(found)[:, 0, 0].tolist() == pytest.approx([0.2, 0.3, 0.1])
    assert keypoints_of(found)[:, 0, 0].tolist() == [12, 24, 0]

    chosen = found.select(score_threshold=0.6, class_ids=[2])
    assert masks_of(chosen).shape == (1, 3, 2)
    assert keypoints_of(chosen)[0, 0].tolist() == [24, 25, 26]


@pytest.mark.parametrize(
    ("beside", "message"),
    [
        ({MASKS: np.zeros((2, 3, 3))}, r"masks \(N, h, w\) of 3 detections, .* \(2, 3, 3\)"),
        ({MASKS: np.zeros((3, 3))}, r"masks \(N, h, w\)"),
        ({KEYPOINTS: np.zeros((3, 4, 2))}, r"keypoints \(N, K, 3\) .* \(3, 4, 2\)"),
        ({KEYPOINTS: np.full((3, 4, 3), np.nan)}, "finite"),
    ],
)
def test_outlines_and_points_of_another_form_are_refused(
    beside: dict[OutputKind, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Detections([[0, 0, 1, 1]] * 3, [0.9, 0.8, 0.7], [1, 1, 1], beside)  # type: ignore[arg-type]

"""What a detector answers beside boxes."""

from typing import Any

import numpy as np
import pytest

from detection.kinds.keypoints.kind import KEYPOINTS
from serving_protocol.detector_answer import NotADetection
from tests.serving_protocol.answers import ANSWER, detect
from tests.serving_protocol.signatures import API_OUTPUTS, Declared
from tests.support.extras import keypoints_of, masks_of

BESIDE: dict[str, Declared] = {
    **API_OUTPUTS,
    "detection_masks": ("FLOAT", [-1, -1, 5, 3]),
    "keypoints": ("FLOAT", [-1, -1, 4, 3]),
}


def test_outlines_and_points_are_read_where_they_are_declared() -> None:
    masks = np.linspace(-0.01, 1.01, 30, dtype=np.float32).reshape(1, 2, 5, 3)
    points = np.linspace(0, 1.2, 24, dtype=np.float32).reshape(1, 2, 4, 3)
    [found] = detect(ANSWER | {"detection_masks": masks, "keypoints": points}, declared=BESIDE)
    assert masks_of(found).shape == (2, 5, 3)
    assert (masks_of(found).min(), masks_of(found).max()) == (0, 1)
    assert np.allclose(keypoints_of(found)[..., :2], points[0, ..., :2])
    assert keypoints_of(found)[..., 2].max() == 1


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("detection_masks", np.zeros((1, 3, 5, 3), np.float32), r"expected detection_masks"),
        ("keypoints", np.zeros((1, 2, 4, 2), np.float32), r"expected keypoints \(N, M, K, 3\)"),
        ("keypoints", np.full((1, 2, 4, 3), np.inf, np.float32), "in no image"),
        ("detection_masks", np.full((1, 2, 5, 3), np.nan, np.float32), "not finite"),
    ],
)
def test_outlines_and_points_of_another_form_are_no_detection(
    name: str, value: Any, message: str
) -> None:
    whole = {
        "detection_masks": np.zeros((1, 2, 5, 3), np.float32),
        "keypoints": np.zeros((1, 2, 4, 3), np.float32),
    }
    with pytest.raises(NotADetection, match=message):
        detect({**ANSWER, **whole, name: value}, declared=BESIDE)


def test_an_output_that_others_call_keypoints_is_not_asked_for() -> None:
    declared: dict[str, Declared] = {**API_OUTPUTS, "keypoints": ("FLOAT", [-1, 17, 2])}
    [found] = detect(ANSWER, declared=declared)
    assert KEYPOINTS.of(found) is None

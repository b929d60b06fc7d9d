"""The Object Detection API's points: places in one output, scores in another, as CenterNet has."""

from typing import Any

import numpy as np
import pytest

from detection.kinds.keypoints.kind import KEYPOINTS
from serving_protocol.answer_rows import NotADetection
from serving_protocol.detector_signature import DetectorSignature, kind_of
from tests.serving_protocol.answers import ANSWER, detect
from tests.serving_protocol.signatures import API_OUTPUTS, Declared, signature
from tests.support.extras import keypoints_of

DECLARED: dict[str, Declared] = {
    **API_OUTPUTS,
    "detection_keypoints": ("FLOAT", [1, -1, 17, 2]),
    "detection_keypoint_scores": ("FLOAT", [1, -1, 17]),
}
PLACES = np.linspace(0.01, 0.99, 68, dtype=np.float32).reshape(1, 2, 17, 2)
SURE = np.linspace(0, 1, 34, dtype=np.float32).reshape(1, 2, 17)
POINTS = {"detection_keypoints": PLACES, "detection_keypoint_scores": SURE}


def test_places_and_scores_are_put_together() -> None:
    [found] = detect(ANSWER | POINTS, declared=DECLARED)
    assert np.allclose(keypoints_of(found), np.concatenate([PLACES[0], SURE[0][..., None]], -1))


def test_they_are_in_the_boxes_unit() -> None:
    size_yx = np.array([480, 640], np.float32)
    pixels = {
        "detection_boxes": ANSWER["detection_boxes"] * np.tile(size_yx, 2),
        "detection_keypoints": PLACES * size_yx,
    }
    [found] = detect(ANSWER | POINTS | pixels, declared=DECLARED, sent_size_wh=(640, 480))
    assert np.allclose(keypoints_of(found)[..., :2], PLACES[0], atol=1e-6)


def test_an_output_without_any_point_is_none() -> None:
    none = {
        "detection_keypoints": PLACES[:, :, :0], "detection_keypoint_scores": SURE[:, :, :0],
    }  # fmt: skip
    [found] = detect(ANSWER | none, declared=DECLARED)
    assert (len(found), KEYPOINTS.of(found)) == (2, None)


def test_a_point_that_is_nowhere_has_no_score() -> None:
    places, sure = PLACES.copy(), SURE.copy()
    places[0, 0, 3], sure[0, 0, 3], sure[0, 1, 2] = np.nan, 0.0, -1.0
    given = {"detection_keypoints": places, "detection_keypoint_scores": sure}
    [found] = detect(ANSWER | given, declared=DECLARED)
    assert keypoints_of(found)[0, 3].tolist() == [0, 0, 0]
    assert keypoints_of(found)[1, 2, 2] == 0


def test_a_models_own_points_go_before_them() -> None:
    declared: dict[str, Declared] = {**DECLARED, "keypoints": ("FLOAT", [-1, -1, 4, 3])}
    found = DetectorSignature.find({"s": signature("x", ("UINT8", [1, -1, -1, 3]), declared)})
    assert "keypoints" in found.output_filter
    assert not {*POINTS} & set(found.output_filter)
    assert kind_of(DECLARED) == "keypoints"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("detection_keypoints", PLACES[..., :1], r"expected detection_keypoints \(N, M, K, 2\)"),
        (
            "detection_keypoint_scores",
            SURE[:, :1],
            r"expected detection_keypoint_scores \(N, M, K\)",
        ),
        ("detection_keypoint_scores", SURE[..., :9], "about other points"),
        ("detection_keypoints", PLACES + np.inf, "in no image"),
        ("detection_keypoint_scores", SURE + 7, "scores lie in 0..1"),
    ],
)
def test_points_of_another_form_are_no_detection(name: str, value: Any, message: str) -> None:
    with pytest.raises(NotADetection, match=message):
        detect({**ANSWER, **POINTS, name: value}, declared=DECLARED)


@pytest.mark.parametrize("sizes", [[-1, 17, 2], [-1, -1, 17, 3]])
def test_outputs_that_only_share_the_name_are_not_asked_for(sizes: list[int]) -> None:
    declared: dict[str, Declared] = {**API_OUTPUTS, "detection_keypoints": ("FLOAT", sizes)}
    [found] = detect(ANSWER, declared=declared)
    assert KEYPOINTS.of(found) is None


@pytest.mark.parametrize("sizes", [[1, -1, 34], [1, -1, 17, 3], [1, -1, 17, 4]])
def test_points_of_another_shape_are_told_as_unread(sizes: list[int]) -> None:
    declared: dict[str, Declared] = {**API_OUTPUTS, "detection_keypoints": ("FLOAT", sizes)}
    found = DetectorSignature.find({"s": signature("x", ("UINT8", [1, -1, -1, 3]), declared)})
    shown = ", ".join("?" if each < 0 else str(each) for each in sizes)
    assert found.unread == (f"detection_keypoints: float[{shown}]",)
    assert "detection_keypoints" not in found.output_filter


def test_what_is_read_is_not_told_as_unread() -> None:
    found = DetectorSignature.find({"s": signature("x", ("UINT8", [1, -1, -1, 3]), DECLARED)})
    assert found.unread == ()

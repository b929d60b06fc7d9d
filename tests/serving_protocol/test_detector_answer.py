from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving_protocol.detector_answer import NotADetection, decode_detections
from serving_protocol.detector_request import ImageBatch
from serving_protocol.detector_signature import DetectorSignature
from serving_protocol.messages import PredictRequest, PredictResponse
from serving_protocol.tensors import encode_tensor
from tests.serving_protocol.answers import ANSWER, TWO_BOXES, detect
from tests.serving_protocol.signatures import (
    API_OUTPUTS,
    GARDEN_OUTPUTS,
    TF2_OUTPUTS,
    signature,
)


@pytest.mark.parametrize("as_typed_values", [False, True])
def test_an_answer_is_read_in_either_form(as_typed_values: bool) -> None:
    [found] = detect(ANSWER, as_typed_values=as_typed_values)
    assert np.allclose(found.boxes_yxyx, TWO_BOXES)
    assert found.scores.tolist() == pytest.approx([0.9, 0.4])
    assert found.class_ids.tolist() == [1, 4]


@pytest.mark.parametrize(
    ("number", "class_id"), [(4.0118, 4), (3.9882, 4), (1.0, 1), (90.4, 90), (0.0, 0), (7, 7)]
)
def test_a_class_number_that_is_a_little_off_is_the_nearest(number: float, class_id: int) -> None:
    [found] = detect({**ANSWER, "detection_classes": np.array([[number, 1]])})
    assert found.class_ids.tolist() == [class_id, 1]


@pytest.mark.parametrize(
    ("count", "found_count"), [(0, 0), (1, 1), (2, 2), (1.004, 1), (100, 2), (-1, 0), (1e30, 2)]
)
def test_as_many_are_read_as_the_answer_counts(count: float, found_count: int) -> None:
    [found] = detect({**ANSWER, "num_detections": np.array([count])})
    assert len(found) == found_count


def test_what_lies_beyond_the_count_may_be_anything() -> None:
    padded = {
        "detection_boxes": np.array([[*TWO_BOXES, [np.nan] * 4]]),
        "detection_scores": np.array([[0.9, 0.4, -1.0]]),
        "detection_classes": np.array([[1.0, 4.0, 1e300]]),
        "num_detections": np.array([2], np.int32),
    }
    [found] = detect(padded)
    assert len(found) == 2


def test_without_a_count_all_are_read() -> None:
    without = {name: ANSWER[name] for name in ANSWER if name != "num_detections"}
    declared = {name: API_OUTPUTS[name] for name in without}
    [found] = detect(without, declared=declared)
    assert len(found) == 2


def test_nothing_found_is_no_special_case() -> None:
    nothing = {
        "detection_boxes": np.zeros((1, 0, 4), np.float32),
        "detection_scores": np.zeros((1, 0), np.float32),
        "detection_classes": np.zeros((1, 0), np.float32),
        "num_detections": np.zeros(1, np.float32),
    }
    assert [len(each) for each in detect(nothing)] == [0]


def test_each_image_of_a_batch_gets_its_own() -> None:
    outputs = {
        "detection_boxes": np.array([TWO_BOXES, TWO_BOXES[::-1], TWO_BOXES, TWO_BOXES]),
        "detection_scores": np.array([[0.9, 0.4], [0.8, 0.3], [0, 0], [0, 0]]),
        "detection_classes": np.array([[1, 2], [3, 4], [5, 6], [7, 8]], np.int64),
        "num_detections": np.array([2, 1, 0, 0], np.int32),
    }
    found = detect(outputs, images=3)
    assert [each.class_ids.tolist() for each in found] == [[1, 2], [3], []]
    assert np.allclose(found[1].boxes_yxyx, [TWO_BOXES[1]])


def test_a_model_without_a_batch_answers_without_one() -> None:
    outputs = {name: output[0] for name, output in ANSWER.items()}
    [found] = detect(outputs, image=("UINT8", [-1, -1, 3]))
    assert found.class_ids.tolist() == [1, 4]
    [found] = detect(ANSWER, image=("UINT8", [-1, -1, 3]))
    assert found.class_ids.tolist() == [1, 4]


def test_pixel_boxes_refer_to_the_image_as_it_was_sent() -> None:
    pixels = np.array([[[48, 128, 240, 384], [0, 320, 120, 640]]], np.float32)
    [found] = detect({**ANSWER, "detection_boxes": pixels}, sent_size_wh=(640, 480))
    assert np.allclose(found.boxes_yxyx, TWO_BOXES)


def test_pixel_boxes_of_model_garden_refer_to_its_scaled_image() -> None:
    # An image of 640x480 (w x h) scaled to 320x240 on a canvas of 320x320.
    outputs = {
        **ANSWER,
        "detection_boxes": np.array([[[24, 64, 120, 192], [0, 160, 60, 320]]], np.float32),
        "detection_classes": np.array([[1, 4]], np.int32),
        "num_detections": np.array([2], np.int32),
        "image_info": np.array([[[480, 640], [320, 320], [0.5, 0.5], [0, 0]]], np.float32),
    }
    for sent_size_wh in (None, (640, 480), (320, 320)):
        [found] = detect(outputs, declared=GARDEN_OUTPUTS, sent_size_wh=sent_size_wh)
        assert np.allclose(found.boxes_yxyx, TWO_BOXES)


def test_each_image_has_its_own_scale() -> None:
    outputs = {
        "detection_boxes": np.array([[[24, 64, 120, 192]], [[10, 20, 50, 60]]], np.float32),
        "detection_scores": np.array([[0.9], [0.8]], np.float32),
        "detection_classes": np.array([[1], [2]], np.int32),
        "num_detections": np.array([1, 1], np.int32),
        "image_info": np.array(
            [[[480, 640], [320, 320], [0.5, 0.5], [0, 0]], [[50, 50], [320, 320], [2, 2], [0, 0]]],
            np.float32,
        ),
    }
    first, second = detect(outputs, declared=GARDEN_OUTPUTS, images=2)
    assert np.allclose(first.boxes_yxyx, [[0.1, 0.2, 0.5, 0.6]])
    assert np.allclose(second.boxes_yxyx, [[0.1, 0.2, 0.5, 0.6]])


def test_boxes_a_little_over_the_border_are_not_taken_for_pixels() -> None:
    [found] = detect({**ANSWER, "detection_boxes": np.array([[[-0.1, 0, 1.1, 1.6], [0, 0, 1, 1]]])})
    assert found.boxes_yxyx.max() == pytest.approx(1.6)


def test_corners_come_in_order() -> None:
    [found] = detect(
        {**ANSWER, "detection_boxes": np.array([[[0.5, 0.6, 0.1, 0.2], [0, 0, 1, 1]]])}
    )
    assert np.allclose(found.boxes_yxyx[0], TWO_BOXES[0])


def test_a_score_a_little_over_one_is_one() -> None:
    [found] = detect({**ANSWER, "detection_scores": np.array([[1.004, -0.01]])})
    assert found.scores.tolist() == [1.0, 0.0]


GARDEN = {
    **ANSWER, "detection_boxes": np.array([[[24, 64, 120, 192], [0, 160, 60, 320]]], np.float32),
}  # fmt: skip

# What is broken -> the outputs and what the message says
BROKEN: dict[str, tuple[Mapping[str, Any], str]] = {
    "an output is missing": (
        {name: ANSWER[name] for name in ANSWER if name != "detection_scores"},
        "the answer lacks detection_scores",
    ),
    "nothing is there": ({}, "the answer lacks detection_boxes, detection_classes"),
    "boxes of three sides": (
        {**ANSWER, "detection_boxes": np.zeros((1, 2, 3))},
        r"expected boxes \(N, M, 4\).* but got \(1, 2, 3\)",
    ),
    "fewer scores than boxes": ({**ANSWER, "detection_scores": np.zeros((1, 1))}, "expected boxes"),
    "fewer classes than boxes": ({**ANSWER, "detection_classes": np.zeros((1, 1))}, "but got"),
    "no batch": ({name: each[0] for name, each in ANSWER.items()}, "expected boxes"),
    "no images": ({name: each[:0] for name, each in ANSWER.items()}, "for 1 images"),
    "scalars": ({name: np.float32(1) for name in ANSWER}, "expected boxes"),
    "no count": ({**ANSWER, "num_detections": np.zeros(0)}, "num_detections has 0 numbers for 1"),
    "a count of nan": ({**ANSWER, "num_detections": np.array([np.nan])}, "num_detections is nan"),
    "a box of nan": (
        {**ANSWER, "detection_boxes": np.full((1, 2, 4), np.nan)}, "detection_boxes holds numbers",
    ),
    "a score of inf": ({**ANSWER, "detection_scores": np.full((1, 2), np.inf)}, "not finite"),
    "a class of nan": ({**ANSWER, "detection_classes": np.full((1, 2), np.nan)}, "not finite"),
    "scores in percent": (
        {**ANSWER, "detection_scores": np.array([[94.0, 2.0]])}, "holds 2 to 94; scores",
    ),
    "negative scores": ({**ANSWER, "detection_scores": np.array([[0.5, -3.0]])}, "scores lie in"),
    "a class beyond int32": (
        {**ANSWER, "detection_classes": np.array([[1e30, 1]])}, "holds 1e.30, which is no class",
    ),
    "boxes beyond float32": (
        {**ANSWER, "detection_boxes": np.full((1, 2, 4), 1e300)}, "times the image's size",
    ),
    "strings": (
        {**ANSWER, "detection_classes": np.array([["open", "closed"]])}, "holds object, not",
    ),
    "truths": ({**ANSWER, "detection_scores": np.ones((1, 2), bool)}, "holds bool, not numbers"),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_answer_says_what_is_broken(what: str) -> None:
    outputs, message = BROKEN[what]
    with pytest.raises(NotADetection, match=message):
        detect(outputs)


@pytest.mark.parametrize(
    ("info", "message"),
    [
        (np.zeros((1, 4, 2)), r"says that the image has \[0.0, 0.0\] pixels"),
        (np.full((1, 4, 2), np.nan), "says that the image has"),
        (np.zeros((1, 3, 2)), r"image_info has the shape \(1, 3, 2\), not \(N, 4, 2\)"),
        (np.zeros((0, 4, 2)), "image_info has the shape"),
    ],
)
def test_a_broken_scale_says_what_is_broken(info: Any, message: str) -> None:
    with pytest.raises(NotADetection, match=message):
        detect({**GARDEN, "image_info": info}, declared=GARDEN_OUTPUTS)


def test_pixel_boxes_of_an_unknown_image_are_refused() -> None:
    with pytest.raises(NotADetection, match="does not say of how large an image"):
        detect(GARDEN, image=("STRING", [-1]), sent_size_wh=None)


def test_a_tensor_that_contradicts_itself_is_no_detection() -> None:
    response = PredictResponse()
    for name, output in ANSWER.items():
        response.outputs[name].CopyFrom(encode_tensor(output))
    response.outputs["detection_scores"].tensor_content = b"\0"
    found = DetectorSignature.find({"s": signature("x", ("UINT8", [-1, -1, -1, 3]), TF2_OUTPUTS)})
    with pytest.raises(NotADetection, match="detection_scores: a float32 tensor of shape"):
        decode_detections(response, found, ImageBatch(PredictRequest(), (0,), (640, 480)))


numbers = st.floats() | st.floats(0, 1) | st.floats(0, 500)


@given(
    st.lists(numbers, min_size=8, max_size=8),
    st.lists(numbers, min_size=2, max_size=2),
    st.lists(numbers, min_size=2, max_size=2),
    numbers,
)
def test_whatever_numbers_come_are_detections_or_none(
    boxes: list[float], scores: list[float], classes: list[float], count: float
) -> None:
    try:
        [found] = detect(
            {
                "detection_boxes": np.array(boxes).reshape(1, 2, 4),
                "detection_scores": np.array([scores]),
                "detection_classes": np.array([classes]),
                "num_detections": np.array([count]),
            }
        )
    except NotADetection:
        return
    assert ((found.scores >= 0) & (found.scores <= 1)).all()
    assert (found.boxes_yxyx[:, :2] <= found.boxes_yxyx[:, 2:]).all()

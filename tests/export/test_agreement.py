"""When two answers are the same."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detection.agreement import disagreements, sure_count
from detection.detections import Detections
from detection.kinds.keypoints.kind import KEYPOINTS
from detection.tolerance import HALF_WEIGHTS, SAME_FILE, SAME_PIXELS
from model_repository.canary.known_image import BadCanary, KnownImage, read_known_image


def answer(boxes: Any, scores: Sequence[float], class_ids: Sequence[int]) -> Detections:
    return Detections(
        np.array(boxes, np.float32), np.array(scores, np.float32), np.array(class_ids, np.int64)
    )


TWO = answer([[0.1, 0.2, 0.5, 0.8], [0.0, 0.5, 0.4, 0.9]], [0.9, 0.6], [1, 2])


def moved(detections: Detections, by: float) -> Detections:
    return Detections(detections.boxes_yxyx + by, detections.scores, detections.class_ids)


def test_the_same_is_the_same() -> None:
    assert disagreements(TWO, TWO, SAME_PIXELS) == []
    assert disagreements(TWO[:0], TWO[:0], SAME_PIXELS) == []


def test_a_box_that_has_moved_a_little_is_the_same_file_but_not_the_same_pixels() -> None:
    assert disagreements(TWO, moved(TWO, 0.01), SAME_FILE) == []
    assert len(disagreements(TWO, moved(TWO, 0.01), SAME_PIXELS)) == 4


@pytest.mark.parametrize(
    "other",
    [
        TWO[:1],
        moved(TWO, 0.3),
        answer(TWO.boxes_yxyx, [0.9, 0.5], [1, 2]),
        answer(TWO.boxes_yxyx, [0.9, 0.6], [1, 1]),
    ],
)
def test_what_is_missing_elsewhere_less_sure_or_of_another_class_is_told(
    other: Detections,
) -> None:
    assert disagreements(TWO, other, SAME_FILE)
    assert disagreements(other, TWO, SAME_FILE)


def test_what_neither_is_sure_of_does_not_count() -> None:
    unsure = answer([*TWO.boxes_yxyx, [0, 0, 0.1, 0.1]], [0.9, 0.6, 0.1], [1, 2, 2])
    assert disagreements(TWO, unsure, SAME_PIXELS) == []


def test_an_empty_box_is_the_same_as_itself() -> None:
    empty = answer([[0.2, 0.2, 0.2, 0.4]], [0.9], [1])
    assert disagreements(empty, empty, SAME_PIXELS) == []


def test_of_half_weights_a_point_may_be_in_another_place_and_not_a_tenth_of_them() -> None:
    points = np.stack([np.linspace(0.2, 0.8, 21)] * 2 + [np.full(21, 0.9)], axis=1)[None]
    around = answer([[0.2, 0.2, 0.8, 0.8]], [0.9], [1])
    hand = around.with_extra(KEYPOINTS, points.astype(np.float32))
    for strays, same in ((1, True), (2, True), (3, False)):
        elsewhere = points.copy()
        elsewhere[0, :strays, 0] += 0.3
        # The box around them moves too, and does not count.
        box = around.boxes_yxyx + np.array([0.1, 0, 0, 0], np.float32)
        other = replace(around, boxes_yxyx=box, extras={KEYPOINTS: elsewhere})
        assert (disagreements(hand, other, HALF_WEIGHTS) == []) is same
        assert disagreements(hand, other, SAME_PIXELS) != []


def test_of_half_weights_a_hand_may_be_boxed_by_the_box_that_scored_next() -> None:
    # Of a pyramid's boxes: 0.604 suppressed 0.603 before the weights were rounded, and after it
    # the other way round.
    before = answer([[0.102, 0.027, 1.0, 0.95]], [0.604], [4])
    after = answer([[0.142, 0.043, 0.976, 0.953]], [0.603], [4])
    assert disagreements(before, after, HALF_WEIGHTS) == []
    assert disagreements(before, after, SAME_PIXELS) != []
    surer = answer([[0.142, 0.043, 0.976, 0.953]], [0.609], [4])
    assert disagreements(before, surer, HALF_WEIGHTS) != []
    another_hand = answer([[0.25, 0.15, 1.0, 1.0]], [0.603], [4])
    assert disagreements(before, another_hand, HALF_WEIGHTS) != []


def test_a_known_image_is_read_as_it_was_written(tmp_path: Path) -> None:
    KnownImage(b"\x89PNG...", TWO).write(tmp_path)
    known = read_known_image(tmp_path)
    assert known is not None
    assert known.file == b"\x89PNG..."
    assert known.differences(TWO) == []
    assert known.differences(TWO[:1]) == ["class 2 with 0.600 at [0.0, 0.5, 0.4, 0.9] is missing"]


def test_half_a_canary_is_named(tmp_path: Path) -> None:
    assert read_known_image(tmp_path) is None
    (tmp_path / "canary").mkdir()
    with pytest.raises(BadCanary, match=r"holds no image and detections\.json"):
        read_known_image(tmp_path)


def test_what_counts_is_what_either_is_sure_of() -> None:
    unsure = answer([*TWO.boxes_yxyx, [0, 0, 0.1, 0.1]], [0.9, 0.6, 0.1], [1, 2, 2])
    assert sure_count(TWO, unsure) == 4
    assert sure_count(TWO[:0], TWO[:0]) == 0

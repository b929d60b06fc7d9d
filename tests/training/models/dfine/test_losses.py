"""One image, one object, one query: each part of the loss against plain NumPy."""

import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf

from tests.support.batches import a_batch
from training.models.dfine.losses import detection_losses
from training.models.dfine.options import DfineOptions

Floats = npt.NDArray[np.float64]
LAYERS, BINS, TEMPERATURE = 2, 33, 5.0
# By center: what is to be found, which begins at the image's edge.
OBJECT_XYWH = np.array([0.85, 0.5, 0.3, 0.4])
ALL_ONE = DfineOptions(
    box_weight=1.0, iou_weight=1.0, distribution_weight=1.0, distillation_weight=1.0
)


@pytest.fixture
def said() -> dict[str, Floats]:
    """What a network might say: each set a box of its own, some of them beyond the image."""
    rng = np.random.default_rng(7)
    boxes = OBJECT_XYWH + rng.uniform(-0.05, 0.15, (1, LAYERS + 1, 1, 4))
    corners = rng.normal(0, 1, (1, LAYERS, 1, 4 * BINS))
    start = np.tile(boxes[:, :1], (1, LAYERS + 1, 1, 1))
    return {
        "intermediate_logits": rng.normal(0, 1, (1, LAYERS + 1, 1, 2)),
        "intermediate_reference_points": boxes,
        # As KerasHub has it: the first layer's twice.
        "intermediate_predicted_corners": corners[:, [0, 0, 1]],
        "initial_reference_points": start,
        "enc_topk_logits": rng.normal(0, 1, (1, 1, 2)),
        "enc_topk_bboxes": OBJECT_XYWH + np.zeros((1, 1, 4)),
    }


def losses(said: dict[str, Floats]) -> dict[str, float]:
    x, y, width, height = OBJECT_XYWH
    box = (y - height / 2, x - width / 2, y + height / 2, x + width / 2)
    outputs = {name: tf.constant(value, tf.float32) for name, value in said.items()}
    found = detection_losses(outputs, a_batch([[(1, box, False)]], (64, 64)), ALL_ONE)
    return {name: float(value) for name, value in found.items()}


def corners_of(xywh: Floats) -> Floats:
    return np.concatenate([xywh[:2] - xywh[2:] / 2, xywh[:2] + xywh[2:] / 2])


def iou_with_object(xywh: Floats) -> float:
    here, there = corners_of(xywh), corners_of(OBJECT_XYWH)
    sides = np.minimum(here[2:], there[2:]) - np.maximum(here[:2], there[:2])
    both = float(np.maximum(sides, 0).prod())
    return both / float(xywh[2:].prod() + OBJECT_XYWH[2:].prod() - both)


def log_softmax(values: Floats) -> Floats:
    return np.asarray(values - np.log(np.exp(values).sum(-1, keepdims=True)))


def weighting() -> Floats:
    """The paper's W(n), for a = 0.5 and c = 4."""
    steps = [3 ** (2 / 30 * n) - 1 for n in range(1, 16)]
    return np.array([-4.0, *(-each for each in reversed(steps)), 0.0, *steps, 4.0])


def test_a_box_beyond_the_image_is_drawn_back_from_where_it_is(said: dict[str, Floats]) -> None:
    said["intermediate_reference_points"][0, :, 0] = [1.2, 0.5, 0.5, 0.4]
    wanted = (LAYERS + 1) * np.abs(np.array([1.2, 0.5, 0.5, 0.4]) - OBJECT_XYWH).sum()
    assert losses(said)["localization"] == pytest.approx(wanted, rel=1e-5)


def test_each_layer_s_distributions_count_once(said: dict[str, Floats]) -> None:
    values, wanted = weighting(), 0.0
    for layer in (1, 2):
        start = said["initial_reference_points"][0, layer, 0]
        outward = (corners_of(OBJECT_XYWH) - np.tile(start[:2], 2)) * [-1, -1, 1, 1]
        distance = outward / np.tile(start[2:] / 4, 2) - 2
        weight = iou_with_object(said["intermediate_reference_points"][0, layer, 0])
        surprise = -log_softmax(
            said["intermediate_predicted_corners"][0, layer, 0].reshape(4, BINS)
        )
        for side in range(4):
            below = int(np.flatnonzero(values <= distance[side])[-1])
            share = (distance[side] - values[below]) / (values[below + 1] - values[below])
            wanted += weight * (
                (1 - share) * surprise[side, below] + share * surprise[side, below + 1]
            )
    assert losses(said)["distribution"] == pytest.approx(wanted, rel=1e-4)


def test_each_earlier_layer_learns_from_the_last_once(said: dict[str, Floats]) -> None:
    student, teacher = (
        log_softmax(each.reshape(4, BINS) / TEMPERATURE)
        for each in said["intermediate_predicted_corners"][0, 1:, 0]
    )
    divergence = (np.exp(teacher) * (teacher - student)).sum(-1).mean() * TEMPERATURE**2
    weight = iou_with_object(said["intermediate_reference_points"][0, 1, 0])
    assert losses(said)["distillation"] == pytest.approx(divergence * weight, rel=1e-4)

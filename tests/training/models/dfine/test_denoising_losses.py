"""The losses of denoising queries against plain NumPy."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tests.training.models.dfine.denoising_batches import CLASSES, MOST, corners_of, three_images
from training.models.dfine.denoising import DenoisingQueries
from training.models.dfine.losses import denoising_loss
from training.models.dfine.objects import Objects, objects_of
from training.models.dfine.options import DfineOptions

# Of an image, that find objects.
QUERIES = 30


def outputs_of(boxes: Any, logits: Any, corner_logits: Any, reference: Any) -> Any:
    """As the decoder of two layers has them."""
    given = {
        "intermediate_logits": logits,
        "intermediate_reference_points": boxes,
        "intermediate_predicted_corners": corner_logits,
        "initial_reference_points": reference,
    }
    return {name: tf.constant(each, tf.float32) for name, each in given.items()}


def test_a_reconstructed_object_has_no_loss_and_others_have_more() -> None:
    batch, noisy = three_images()
    objects = objects_of(batch)
    queries = DenoisingQueries(*map(tf.constant, noisy))

    def loss(boxes: Any, classes: Any, box_weight: float = 5.0) -> float:
        options = DfineOptions(
            box_weight=box_weight, distribution_weight=0.0, distillation_weight=0.0
        )
        logits = np.where(np.eye(CLASSES)[classes] * noisy.positive[..., None] > 0, 20.0, -20.0)
        outputs = outputs_of(
            np.stack([boxes] * 3, 1), np.stack([logits] * 3, 1),
            np.zeros((3, 3, 2 * MOST, 4 * 33)), np.stack([boxes] * 3, 1),
        )  # fmt: skip
        return float(denoising_loss(outputs, queries, objects, options, QUERIES))

    rows = np.arange(3)[:, None]
    boxes = objects.boxes_xywh.numpy()[rows, noisy.origin]
    classes = objects.classes.numpy()[rows, noisy.origin]
    assert loss(boxes, classes) == pytest.approx(0, abs=1e-4)
    # The boxes of each of three layers are off by 0.01, whose L1 counts 5 for each object.
    shifted = boxes + np.array([0.01, 0, 0, 0])
    distance = loss(shifted, classes) - loss(shifted, classes, box_weight=0.0)
    assert distance == pytest.approx(3 * 5 * 0.01, rel=1e-3)
    assert loss(boxes, (classes + 1) % CLASSES) > 10
    # What is predicted for padding does not count.
    noise = np.where(noisy.real[..., None], boxes, 0.3)
    assert loss(noise, classes) == pytest.approx(loss(boxes, classes), abs=1e-6)


@pytest.fixture(scope="module")
def predicted() -> tuple[Objects, DenoisingQueries, dict[str, Any]]:
    """What a decoder might say of denoising queries: three sets, of which the last two layers."""
    batch, noisy = three_images()
    rng = np.random.default_rng(7)
    start = np.tile(noisy.boxes_xywh[:, None], (1, 3, 1, 1))
    boxes = start + rng.uniform(-0.03, 0.03, start.shape)
    boxes[..., 2:] = np.abs(boxes[..., 2:]) + 0.05
    return objects_of(batch), noisy, {
        "boxes": boxes,
        "logits": rng.normal(0, 1, (3, 3, 2 * MOST, CLASSES)),
        "corner_logits": rng.normal(0, 1, (3, 3, 2 * MOST, 4 * 33)),
        "reference": start,
    }  # fmt: skip


def part_of_loss(predicted: Any, queries: int, **weights: float) -> float:
    """What one part weighs 1 of."""
    objects, noisy, given = predicted
    without: dict[str, Any] = {"box_weight": 0.0, "iou_weight": 0.0, "distribution_weight": 0.0,
               "distillation_weight": 0.0}  # fmt: skip
    tensors = DenoisingQueries(*map(tf.constant, noisy))
    bare, more = (
        float(denoising_loss(outputs_of(**given), tensors, objects, DfineOptions(**each), queries))
        for each in (without, {**without, **weights})
    )
    return more - bare


def test_its_distillation_is_balanced_by_the_queries_that_find_objects(predicted: Any) -> None:
    objects, noisy, given = predicted
    # Four objects among the queries of three images, whatever the number of denoising queries.
    share = 2 / (2 + np.sqrt(3 * QUERIES - 4))
    teacher, student = (
        log_softmax(given["corner_logits"][:, layer].reshape(3, -1, 4, 33) / 5) for layer in (2, 1)
    )
    divergence = 25 * (np.exp(teacher) * (teacher - student)).sum(-1).mean(-1)  # (3, N)
    truth = objects.boxes_xywh.numpy()[np.arange(3)[:, None], noisy.origin]
    overlap = iou_of(given["boxes"][:, 1], truth)
    score = (1 / (1 + np.exp(-given["logits"][:, 2]))).max(-1)
    negative = noisy.real & ~noisy.positive
    wanted = share * (divergence * overlap)[noisy.positive].mean()
    wanted += (1 - share) * (divergence * score)[negative].mean()
    found = part_of_loss(predicted, QUERIES, distillation_weight=1.0)
    assert found == pytest.approx(wanted, rel=1e-4)
    # Of more such queries the positive ones weigh less.
    assert part_of_loss(predicted, 300, distillation_weight=1.0) != pytest.approx(wanted, rel=1e-3)


def test_its_distributions_are_held_to_the_distances_of_positive_queries(predicted: Any) -> None:
    objects, noisy, given = predicted
    steps = [3 ** (2 / 30 * number) - 1 for number in range(1, 16)]
    values = np.array([-4.0, *(-each for each in reversed(steps)), 0.0, *steps, 4.0])
    truth = objects.boxes_xywh.numpy()[np.arange(3)[:, None], noisy.origin]
    start = given["reference"][:, 1]
    outward = (corners_of(truth) - np.tile(start[..., :2], 2)) * [-1, -1, 1, 1]
    distance = np.clip(outward / np.tile(start[..., 2:] / 4, 2) - 2, -4, 4)
    below = np.clip(np.searchsorted(values, distance, side="right") - 1, 0, 31)
    share = (distance - values[below]) / (values[below + 1] - values[below])
    wanted = 0.0
    for layer in (1, 2):
        entropy = -log_softmax(given["corner_logits"][:, layer].reshape(3, -1, 4, 33))
        lower, upper = (np.take_along_axis(entropy, each[..., None], -1)[..., 0]
                        for each in (below, below + 1))  # fmt: skip
        per_query = ((1 - share) * lower + share * upper).sum(-1)
        overlap = iou_of(given["boxes"][:, layer], truth)
        wanted += (per_query * overlap)[noisy.positive].sum() / noisy.positive.sum()
    found = part_of_loss(predicted, QUERIES, distribution_weight=1.0)
    assert found == pytest.approx(wanted, rel=1e-4)


def log_softmax(values: Any) -> Any:
    return values - np.log(np.exp(values).sum(-1, keepdims=True))


def iou_of(xywh: Any, others: Any) -> Any:
    here, there = corners_of(xywh), corners_of(others)
    low, high = np.maximum(here[..., :2], there[..., :2]), np.minimum(here[..., 2:], there[..., 2:])
    both = np.maximum(high - low, 0).prod(-1)
    return both / (xywh[..., 2:].prod(-1) + others[..., 2:].prod(-1) - both)

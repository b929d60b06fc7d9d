import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf

from tests.support.batches import a_batch
from training.models.rcnn.options import RcnnOptions
from training.models.rcnn.proposals import LevelAnchors, propose
from training.models.rcnn.region_targets import region_targets
from training.models.ssd.anchors import pyramid_anchors

Floats = npt.NDArray[np.float32]
SEED = tf.constant([1, 2])


def anchors_of(size_hw: tuple[int, int], levels: range) -> LevelAnchors:
    by_level = [pyramid_anchors(size_hw, [each], 4.0, scales_per_octave=1) for each in levels]
    return LevelAnchors(np.concatenate(by_level), tuple(map(len, by_level)))


def greedily(boxes: Floats, scores: Floats, before: int, iou: float) -> list[int]:
    """Of one level: the best `before`, and of those what covers less of a better one."""
    kept: list[int] = []
    for place in np.argsort(-scores, kind="stable")[:before]:
        low = np.maximum(boxes[kept, :2], boxes[place, :2])
        both = np.maximum(np.minimum(boxes[kept, 2:], boxes[place, 2:]) - low, 0).prod(-1)
        areas = (boxes[[*kept, place], 2:] - boxes[[*kept, place], :2]).prod(-1)
        if (both <= iou * (areas[:-1] + areas[-1] - both)).all():
            kept.append(int(place))
    return kept


@pytest.mark.parametrize(("training", "sure"), [(False, 0), (True, 0), (False, 30), (True, -30)])
def test_each_level_proposes_and_is_suppressed_by_itself(training: bool, sure: float) -> None:
    options = RcnnOptions(proposals_before_nms=30, training_proposals=60, proposals=25)
    anchors = anchors_of((64, 96), range(3, 6))
    rng = np.random.default_rng(3)
    logits = rng.normal(0, 1, (2, len(anchors.boxes_yxyx))).astype(np.float32)
    # The finest is surest everywhere, and would take all places of the others.
    logits[:, : anchors.counts[0]] += 4
    logits += sure
    found = propose(
        tf.constant(logits), tf.zeros((*logits.shape, 4)), anchors, options, training=training
    )
    clipped = np.clip(anchors.boxes_yxyx, 0, 1)
    ends = np.cumsum(anchors.counts)
    for row in range(2):
        wanted = [
            start + place
            for start, count in zip(ends - anchors.counts, anchors.counts, strict=True)
            for place in greedily(
                clipped[start : start + count], logits[row, start : start + count], 30, 0.7
            )
        ]
        wanted.sort(key=lambda place: -logits[row, place])
        wanted = wanted[: 60 if training else 25]
        assert int(found.counts[row]) == len(wanted)
        boxes = found.boxes_yxyx.numpy()[row, : len(wanted)]
        np.testing.assert_allclose(boxes, clipped[wanted], atol=1e-6)


def test_as_many_proposals_are_learned_from_as_the_paper_samples() -> None:
    # As at first: all is as likely, and no anchor is moved far.
    size_hw = (512, 512)
    anchors = anchors_of(size_hw, range(2, 7))
    rng = np.random.default_rng(4)
    shape = (2, len(anchors.boxes_yxyx))
    found = propose(
        tf.constant(rng.normal(0, 0.1, shape), tf.float32),
        tf.constant(rng.normal(0, 0.1, (*shape, 4)), tf.float32),
        anchors,
        RcnnOptions(),
        training=True,
    )
    assert found.counts.numpy().tolist() == [1000, 1000]
    batch = a_batch([[(0, (0.1, 0.1, 0.6, 0.5), False)], []], size_hw)
    targets = region_targets(found, batch, RcnnOptions(), SEED)
    assert targets.are_sampled.numpy().sum(axis=1).tolist() == [512, 512]


def test_anchors_that_are_of_no_level_are_refused() -> None:
    with pytest.raises(ValueError, match=r"12 anchors in levels of \(3, 4\)"):
        LevelAnchors(np.zeros((12, 4), np.float32), (3, 4))

"""Confidence intervals by the bootstrap: how much a figure would change with other images.

Groups of images that belong together (a burst, a video, near-duplicates) are drawn with
replacement, as many as there are, and the figures are computed anew; the middle 95 % of what comes
is the interval. Matches of detections with objects are of one image alone, so they are taken from
pycocotools once, and only the counting is done again, with each image as often as it was drawn.

Source: Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), percentile intervals.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.evaluation.coco_metrics import ClassMatches, CocoMetrics

Values = npt.NDArray[np.float64]
SAMPLES = 1000
SHARE = 0.95
# Fewer groups say little of how groups differ.
FEW_GROUPS = 20
FIGURES = ("ap", "ap50", "recall")
# COCO's 101 limits of recall at which precision is read.
_RECALLS = np.linspace(0, 1, 101)
# Of IoU.
LIMITS = 10
# So many samples at once: numbers of all detections for each of them.
_MOST_NUMBERS = 4_000_000


@dataclass(frozen=True)
class Interval:
    """Where 95 % of the samples lie; both are of the figure's unit."""

    low: float
    high: float

    @classmethod
    def of(cls, samples: Values) -> "Interval | None":
        """Of (B,) samples, where most of them measured something."""
        measured = samples[~np.isnan(samples)]
        if len(measured) < max(2, len(samples) / 2):
            return None
        low, high = np.quantile(measured, [(1 - SHARE) / 2, (1 + SHARE) / 2])
        return cls(float(low), float(high))


def draw_counts(groups: Sequence[int], samples: int = SAMPLES, seed: int = 0) -> Values:
    """How often each image is in each sample.

    Args:
        groups: of each image.
        samples: B.
        seed: of the draw.

    Returns:
        (B, N) float64, whole numbers.
    """
    _, group_of = np.unique(np.asarray(groups), return_inverse=True)
    count = int(group_of.max()) + 1 if len(group_of) else 0
    if not count:
        return np.zeros((samples, 0))
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), samples)
    counts: Values = drawn[:, group_of].astype(np.float64)
    return counts


def sampled_figures(
    metrics: CocoMetrics,
    counts: Values,
    score_threshold: float,
    advance: Callable[[int], None] = lambda _count: None,
) -> dict[str, Values]:
    """AP, AP50, and recall at a threshold, of each sample.

    Args:
        metrics: of all images.
        counts: (B, N) how often each of the N images is in each sample.
        score_threshold: for the recall, at IoU 0.5, of all classes together.
        advance: called with how many samples are done.

    Returns:
        (B,) by the names of `FIGURES`, each 0..1, or NaN where nothing was there to measure.
    """
    detections = max((len(each.matches.scores) for each in metrics.classes), default=0)
    step = max(1, _MOST_NUMBERS // max(detections, 1))
    parts: dict[str, list[Values]] = {name: [] for name in FIGURES}
    for start in range(0, len(counts), step):
        some = counts[start : start + step]
        by_class = [_class_precisions(each.matches, some) for each in metrics.classes]
        matches = [each.matches for each in metrics.classes]
        precisions = np.array(by_class).reshape(len(by_class), len(some), LIMITS)  # (K, b, T)
        parts["ap"].append(_mean(precisions.mean(axis=2)))
        parts["ap50"].append(_mean(precisions[:, :, 0]))
        parts["recall"].append(_recall(matches, some, score_threshold))
        advance(len(some))
    return {name: np.concatenate(values) for name, values in parts.items()}


def sampled_class_ap50(metrics: CocoMetrics, counts: Values) -> Values:
    """(K, B) AP50 of each class in each sample; NaN where a sample has no object of it."""
    by_class = [_class_precisions(each.matches, counts, limits=1) for each in metrics.classes]
    return np.array(by_class).reshape(len(by_class), len(counts))


def _class_precisions(matches: ClassMatches, counts: Values, limits: int = LIMITS) -> Values:
    """(b, T) average precision of a class; NaN where a sample has no object of it."""
    objects = counts @ matches.objects_of  # (b,)
    precisions = np.full((len(counts), limits), np.nan)
    for limit in range(limits):
        found, counted = matches.found[limit], matches.counted[limit]
        # What comes after the last right one changes nothing.
        last = int(np.flatnonzero(found)[-1]) + 1 if found.any() else 0
        kept = np.flatnonzero(counted[:last])
        often = counts[:, matches.image_of[kept]]  # (b, n)
        all_found = often.cumsum(axis=1)
        right = (often * found[kept]).cumsum(axis=1)
        precision = right / np.maximum(all_found, 1)
        envelope = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
        for row, total in enumerate(objects):
            if total:
                precisions[row, limit] = _average(right[row] / total, envelope[row])
    return precisions


def _average(recall: Values, envelope: Values) -> float:
    """The mean of the precision at COCO's limits of recall; 0 beyond what is reached."""
    places = np.searchsorted(recall, _RECALLS, side="left")
    return float(np.append(envelope, 0.0)[places].mean())


def _recall(matches: Sequence[ClassMatches], counts: Values, score_threshold: float) -> Values:
    right, objects = np.zeros(len(counts)), np.zeros(len(counts))
    for each in matches:
        shown = (each.scores >= score_threshold) & each.found[0]
        right += counts[:, each.image_of[shown]].sum(axis=1)
        objects += counts @ each.objects_of
    recall: Values = np.divide(right, objects, out=np.full(len(counts), np.nan), where=objects > 0)
    return recall


def _mean(by_class: Values) -> Values:
    """(b,) of (K, b), over the classes that a sample has."""
    measured = ~np.isnan(by_class)
    count = measured.sum(axis=0)
    total = np.where(measured, by_class, 0).sum(axis=0)
    mean: Values = np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)
    return mean

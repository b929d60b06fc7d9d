"""Confidence intervals of AP and recall, and both without images that have a companion in train."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from training.datasets.notes import counted
from training.evaluation.bootstrap import (
    FEW_GROUPS,
    FIGURES,
    SHARE,
    Interval,
    draw_counts,
    sampled_figures,
)
from training.evaluation.coco_metrics import NOT_MEASURED, CocoMetrics


@dataclass(frozen=True)
class FigureRow:
    """A figure for people.

    Args:
        title: what it is.
        value: of all images; -1 where there was nothing to measure.
        interval: None for none.
        without: of the images without a near copy in train; -1 where that was not measured.
    """

    title: str
    value: float
    interval: Interval | None
    without: float


@dataclass(frozen=True)
class FigureIntervals:
    """The figures, by the names of `FIGURES`, with their confidence intervals.

    Args:
        figures: AP, AP50, recall at the threshold in use, of all images.
        intervals: of each; None where there is none.
        without: the same figures of the images that have no companion in train; None where all
            or none have one.
        without_count: how many images these are.
        samples: how many were drawn for the intervals; 0 for none.
        group_count: of images that stay together.
        score_threshold: of the recall.
    """

    figures: Mapping[str, float]
    intervals: Mapping[str, Interval | None]
    without: Mapping[str, float] | None
    without_count: int
    samples: int
    group_count: int
    score_threshold: float

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader has to know of the intervals, a sentence each."""
        if not self.samples:
            return ()
        if not self.intervals:
            return ("All images belong together, so that there is no interval.",)
        intervals = (
            f"The intervals hold {SHARE:.0%} of {self.samples} samples of "
            f"{counted(self.group_count, 'group')} of images that belong together"
        )
        few = f": with fewer than {FEW_GROUPS} they are too narrow."
        return (intervals + (few if self.group_count < FEW_GROUPS else "."),)

    @property
    def rows(self) -> tuple[FigureRow, ...]:
        """For people; empty where there is neither an interval nor a figure without near copies."""
        if not self.intervals and self.without is None:
            return ()
        titles = {"ap": "AP", "ap50": "AP50", "recall": f"recall at {self.score_threshold:.3g}"}
        without = self.without or {}
        return tuple(
            FigureRow(titles[name], self.figures[name], self.intervals.get(name),
                      without.get(name, NOT_MEASURED))
            for name in FIGURES
        )  # fmt: skip

    def as_json(self) -> dict[str, Any]:
        """For `json.dumps`."""
        return {
            "score_threshold": self.score_threshold,
            "samples": self.samples,
            "groups": self.group_count,
            "figures": {
                name: {"value": self.figures[name], **_as_json(self.intervals.get(name))}
                for name in FIGURES
            },
            "without_companions": None if self.without is None else
            {"images": self.without_count, **self.without},
        }  # fmt: skip


def measure_intervals(
    metrics: CocoMetrics,
    groups: Sequence[int],
    score_threshold: float,
    *,
    samples: int,
    overlapping: Collection[int] = (),
    advance: Callable[[int], None] = lambda _count: None,
) -> FigureIntervals:
    """Draw the samples, and measure them.

    Args:
        metrics: of all images.
        groups: of each image.
        score_threshold: in use.
        samples: how many; 0 for no intervals.
        overlapping: the places of images that have a near copy in train.
        advance: called with how many samples are done.
    """
    everything = np.ones((1, metrics.image_count))
    kept = everything.copy()
    kept[0, list(overlapping)] = 0
    some = 0 < kept.sum() < metrics.image_count
    group_count = len(set(groups))
    intervals: dict[str, Interval | None] = {}
    if samples and group_count > 1:
        counts = draw_counts(groups, samples)
        drawn = sampled_figures(metrics, counts, score_threshold, advance)
        intervals = {name: Interval.of(values) for name, values in drawn.items()}
    return FigureIntervals(
        figures=_once(metrics, everything, score_threshold),
        intervals=intervals,
        without=_once(metrics, kept, score_threshold) if some else None,
        without_count=int(kept.sum()),
        samples=samples,
        group_count=group_count,
        score_threshold=score_threshold,
    )


def _once(metrics: CocoMetrics, counts: Any, score_threshold: float) -> dict[str, float]:
    return {
        name: NOT_MEASURED if np.isnan(values[0]) else float(values[0])
        for name, values in sampled_figures(metrics, counts, score_threshold).items()
    }


def _as_json(interval: Interval | None) -> dict[str, float]:
    return {} if interval is None else {"low": interval.low, "high": interval.high}

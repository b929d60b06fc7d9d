"""Compare two detectors on the same images: differences with intervals, and where they differ.

The intervals are paired: both are measured on the same samples of the images (`bootstrap`), so that
hard and easy images, which both have, do not widen them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from detection.detections import Detections
from training.evaluation.bootstrap import (
    FIGURES,
    Interval,
    draw_counts,
    sampled_class_ap50,
    sampled_figures,
)
from training.evaluation.coco_metrics import CocoMetrics, coco_metrics
from training.evaluation.evaluation import Evaluation
from training.evaluation.matching import match_image
from training.evaluation.precision_recall import overall_curve
from training.evaluation.worst_images import WrongImage, worst_images

MOST_CHANGED = 24


@dataclass(frozen=True)
class Difference:
    """One figure of both.

    Args:
        title: what it is.
        own: of the detector that is evaluated; 0..1, NaN where there is nothing to measure.
        other: of the one that it is compared with.
        interval: of own - other; None for none.
        objects: how many it was measured on, of a class; None of all.
    """

    title: str
    own: float
    other: float
    interval: Interval | None
    objects: int | None = None

    @property
    def difference(self) -> float:
        """Own - other: more is better."""
        return self.own - self.other

    @property
    def is_sure(self) -> bool:
        """Whether the interval leaves out no difference at all."""
        return self.interval is not None and not self.interval.low <= 0 <= self.interval.high

    @property
    def own_text(self) -> str:
        """For a table, as the next ones; a dash where nothing was measured."""
        return _three(self.own)

    @property
    def other_text(self) -> str:
        """Of the other."""
        return _three(self.other)

    @property
    def difference_text(self) -> str:
        """With its sign."""
        return "-" if np.isnan(self.difference) else f"{self.difference:+.3f}"

    @property
    def interval_text(self) -> str:
        """From low to high."""
        between = self.interval
        return "-" if between is None else f"{between.low:+.3f} to {between.high:+.3f}"

    def as_json(self) -> dict[str, Any]:
        """For `json.dumps`."""
        values = {"own": self.own, "other": self.other, "difference": self.difference}
        written = {name: None if np.isnan(value) else value for name, value in values.items()}
        between = {} if self.interval is None else vars(self.interval)
        counted = {} if self.objects is None else {"objects": self.objects}
        return {"figure": self.title, **counted, **written, **between, "is_sure": self.is_sure}


@dataclass(frozen=True)
class ChangedImage:
    """An image in which one detector is wrong where the other is not.

    Args:
        name: its name in the data set, with the split.
        change: by how much more is wrong with the other: above 0 is better now.
        own: what is wrong now, in a line.
        other: what is wrong with the other.
    """

    name: str
    change: float
    own: str
    other: str

    def as_json(self) -> dict[str, Any]:
        """For `json.dumps`."""
        return {"image": self.name, "change": self.change, "own": self.own, "other": self.other}


@dataclass(frozen=True)
class Comparison:
    """What differs.

    Args:
        other: the detector that it was compared with.
        figures: AP, AP50, recall, each at the threshold in use of its detector.
        classes: AP50 by class.
        changed: the images in which most has changed, the most first.
        group_count: of images that stay together, which were drawn.
        samples: how many were drawn.
    """

    other: str
    figures: tuple[Difference, ...]
    classes: tuple[Difference, ...]
    changed: tuple[ChangedImage, ...]
    group_count: int
    samples: int

    @property
    def rows(self) -> tuple[Difference, ...]:
        """Of all classes, then AP50 of each."""
        return (
            *self.figures,
            *(replace(each, title=f"AP50, {each.title}") for each in self.classes),
        )

    def as_json(self) -> dict[str, Any]:
        """For `json.dumps`."""
        return {
            "other": self.other,
            "samples": self.samples,
            "groups": self.group_count,
            "figures": [each.as_json() for each in self.figures],
            "classes_ap50": [each.as_json() for each in self.classes],
            "changed": [each.as_json() for each in self.changed],
        }


def _three(value: float) -> str:
    return "-" if np.isnan(value) else f"{value:.3f}"


def compare(
    evaluation: Evaluation,
    found: Sequence[Detections],
    other: str,
    groups: Sequence[int],
    *,
    other_threshold: float | None,
    samples: int,
    advance: Callable[[int], None] = lambda _count: None,
) -> Comparison:
    """Compare what was evaluated with another detector.

    Args:
        evaluation: of the one.
        found: what the other found in the same images, with the data's numbers of classes.
        other: what the other is.
        groups: of each image.
        other_threshold: in use with the other; None for where its F1 is highest here.
        samples: for the intervals; 0 for none.
        advance: called with how many samples are done.
    """
    metrics = coco_metrics(evaluation.truth, found)
    if other_threshold is None:
        best = overall_curve(metrics, 0.5).best
        other_threshold = best.threshold if best is not None else evaluation.score_threshold
    both = ((evaluation.metrics, evaluation.score_threshold), (metrics, other_threshold))
    titles = ("AP", "AP50",
              f"recall at {evaluation.score_threshold:.3g} and {other_threshold:.3g}")  # fmt: skip
    once = np.ones((1, metrics.image_count))
    own, others = (sampled_figures(each, once, threshold) for each, threshold in both)
    drawn: list[dict[str, Any]] = []
    counts = np.zeros((0, metrics.image_count))
    if samples and len(set(groups)) > 1:
        counts = draw_counts(groups, samples)
        drawn = [sampled_figures(each, counts, threshold, advance) for each, threshold in both]
    figures = tuple(
        Difference(
            title, float(own[name][0]), float(others[name][0]),
            Interval.of(drawn[0][name] - drawn[1][name]) if drawn else None,
        )
        for name, title in zip(FIGURES, titles, strict=True)
    )  # fmt: skip
    return Comparison(
        other,
        figures,
        _classes(evaluation.metrics, metrics, counts),
        _changed(evaluation, found, other_threshold),
        len(set(groups)),
        samples,
    )


def _classes(own: CocoMetrics, other: CocoMetrics, counts: Any) -> tuple[Difference, ...]:
    both = [sampled_class_ap50(each, counts) for each in (own, other)] if len(counts) else []
    return tuple(
        Difference(
            one.name,
            one.ap50 if one.object_count else np.nan,
            another.ap50 if one.object_count else np.nan,
            Interval.of(both[0][row] - both[1][row]) if both else None,
            one.object_count,
        )
        for row, (one, another) in enumerate(zip(own.classes, other.classes, strict=True))
    )


def _changed(
    evaluation: Evaluation, found: Sequence[Detections], other_threshold: float
) -> tuple[ChangedImage, ...]:
    truth = evaluation.truth
    shown = [each.select(score_threshold=other_threshold, max_detections=100) for each in found]

    def wrong(shown: Sequence[Detections]) -> dict[int, WrongImage]:
        matches = [
            match_image(image, each, truth.class_ids)
            for image, each in zip(truth.images, shown, strict=True)
        ]
        everything = worst_images(truth, shown, matches, len(truth.images))
        return {each.index: each for each in everything}

    own, other = wrong(evaluation.shown), wrong(shown)
    changed = []
    for index in own.keys() | other.keys():
        now, before = own.get(index), other.get(index)
        change = (before.wrongness if before else 0.0) - (now.wrongness if now else 0.0)
        changed.append(
            ChangedImage(
                truth.images[index].full_name,
                change,
                now.reasons if now else "nothing wrong",
                before.reasons if before else "nothing wrong",
            )
        )
    changed = [each for each in changed if abs(each.change) > 1e-9]
    changed.sort(key=lambda each: (-abs(each.change), each.name))
    return tuple(changed[:MOST_CHANGED])

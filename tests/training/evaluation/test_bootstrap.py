"""Intervals against a plain bootstrap: images copied as often as they are drawn, pycocotools."""

from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO

import numpy as np
import pytest

from tests.training.evaluation.coco_files import coco_of
from tests.training.evaluation.perturbed import NOTHING, noisy, scene
from training.evaluation.bootstrap import Interval, draw_counts, sampled_figures
from training.evaluation.coco_metrics import coco_metrics
from training.evaluation.figure_intervals import measure_intervals
from training.evaluation.precision_recall import overall_curve

THRESHOLD = 0.4


def test_each_sample_measures_what_pycocotools_measures_of_its_images() -> None:
    truth = scene(25, crowds=True)
    found = noisy(truth)
    groups = [number // 3 for number in range(25)]
    counts = draw_counts(groups, 12, seed=3)
    fast = sampled_figures(coco_metrics(truth, found), counts, THRESHOLD)
    for row, count in enumerate(counts.astype(int)):
        drawn = np.repeat(np.arange(25), count)
        copies = replace(truth, images=tuple(truth.images[place] for place in drawn))
        evaluation = coco_of(copies, [found[place] for place in drawn])
        with redirect_stdout(StringIO()):
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
        assert fast["ap"][row] == pytest.approx(evaluation.stats[0], abs=1e-9)
        assert fast["ap50"][row] == pytest.approx(evaluation.stats[1], abs=1e-9)
        matched = [
            (each["dtMatches"][0] > 0)
            & (each["dtIgnore"][0] == 0)
            & (np.array(each["dtScores"]) >= THRESHOLD)
            for each in evaluation.evalImgs
            if each is not None and each["aRng"] == evaluation.params.areaRng[0]
        ]
        objects = sum(not one.crowd for each in copies.images for one in each.objects)
        assert fast["recall"][row] == pytest.approx(sum(each.sum() for each in matched) / objects)


def test_the_images_as_they_are_give_the_figures_as_they_are() -> None:
    truth = scene(25, crowds=True)
    metrics = coco_metrics(truth, noisy(truth))
    intervals = measure_intervals(metrics, range(25), THRESHOLD, samples=50, overlapping=[1, 6])
    assert intervals.figures["ap"] == pytest.approx(metrics.ap, abs=1e-12)
    assert intervals.figures["ap50"] == pytest.approx(metrics.ap50, abs=1e-12)
    point = overall_curve(metrics, 0.5).at(THRESHOLD)
    assert point is not None
    assert intervals.figures["recall"] == pytest.approx(point.recall)
    for name, interval in intervals.intervals.items():
        assert interval is not None
        assert interval.low < intervals.figures[name] < interval.high
    kept = [place for place in range(25) if place not in (1, 6)]
    fewer = replace(truth, images=tuple(truth.images[place] for place in kept))
    alone = coco_metrics(fewer, [noisy(truth)[place] for place in kept])
    assert intervals.without is not None
    assert intervals.without["ap"] == pytest.approx(alone.ap, abs=1e-12)


def test_groups_are_drawn_whole_and_widen_the_interval() -> None:
    groups = [7, 7, 7, 2, 2, 9]
    counts = draw_counts(groups, 200, seed=1)
    assert (counts[:, 0] == counts[:, 1]).all()
    assert (counts[:, 3] == counts[:, 4]).all()
    assert set((counts[:, 0] + counts[:, 3] + counts[:, 5]).tolist()) == {3}
    # Six copies of each image are no more images than one.
    truth = scene(20)
    found = noisy(truth)
    copies = replace(truth, images=truth.images * 6)
    metrics = coco_metrics(copies, found * 6)
    together = measure_intervals(metrics, [*range(20)] * 6, THRESHOLD, samples=300)
    apart = measure_intervals(metrics, range(120), THRESHOLD, samples=300)
    assert _width(together.intervals["ap50"]) > 1.8 * _width(apart.intervals["ap50"])


def _width(interval: Interval | None) -> float:
    assert interval is not None
    return interval.high - interval.low


def test_without_objects_or_with_one_group_there_is_no_interval() -> None:
    truth = scene(6)
    bare = replace(truth, images=tuple(replace(each, objects=()) for each in truth.images))
    nothing = measure_intervals(coco_metrics(bare, [NOTHING] * 6), range(6), 0.5, samples=20)
    assert nothing.figures == {"ap": -1, "ap50": -1, "recall": -1}
    assert set(nothing.intervals.values()) == {None}
    one = measure_intervals(coco_metrics(truth, noisy(truth)), [0] * 6, 0.5, samples=20)
    assert one.intervals == {}
    assert one.notes == ("All images belong together, so that there is no interval.",)

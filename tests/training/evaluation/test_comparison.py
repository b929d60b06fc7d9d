"""Two detectors on the same images."""

from contextlib import redirect_stdout
from io import StringIO

import numpy as np
import pytest

from tests.training.evaluation.coco_files import coco_of
from tests.training.evaluation.perturbed import noisy, perfect, scene
from training.evaluation.bootstrap import draw_counts, sampled_figures
from training.evaluation.coco_metrics import coco_metrics
from training.evaluation.comparison import compare
from training.evaluation.evaluation import evaluate


def test_the_same_detections_differ_in_nothing() -> None:
    truth = scene(20)
    evaluation = evaluate(truth, noisy(truth))
    same = compare(evaluation, noisy(truth), "the same", range(20), other_threshold=None,
                   samples=30)  # fmt: skip
    for each in (*same.figures, *same.classes[:2]):
        assert each.difference == 0
        assert each.interval is not None
        assert (each.interval.low, each.interval.high) == (0, 0)
        assert not each.is_sure
    assert same.changed == ()
    # A class that the data has no object of.
    assert np.isnan(same.classes[2].own)
    assert same.classes[2].as_json()["difference"] is None


def test_differences_are_pycocotools_and_their_interval_is_paired() -> None:
    truth = scene(40)
    better, worse = noisy(truth, seed=2), noisy(truth, seed=2)
    # The other misses every detection of every third image.
    worse = [each.select(max_detections=0) if place % 3 == 0 else each
             for place, each in enumerate(worse)]  # fmt: skip
    told = compare(evaluate(truth, better), worse, "fewer", range(40), other_threshold=0.3,
                   samples=200)  # fmt: skip
    ap, ap50 = told.figures[:2]
    for found, place in ((better, "own"), (worse, "other")):
        evaluation = coco_of(truth, found)
        with redirect_stdout(StringIO()):
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
        assert getattr(ap, place) == pytest.approx(evaluation.stats[0], abs=1e-9)
        assert getattr(ap50, place) == pytest.approx(evaluation.stats[1], abs=1e-9)
    assert ap50.is_sure
    assert ap50.interval is not None
    assert 0 < ap50.interval.low < ap50.difference < ap50.interval.high
    counts = draw_counts(range(40), 200)
    apart = [sampled_figures(coco_metrics(truth, each), counts, 0.3)["ap50"]
             for each in (better, worse)]  # fmt: skip
    unpaired = np.sqrt(sum(each.std() ** 2 for each in apart))
    assert ap50.interval.high - ap50.interval.low < 2 * 1.96 * unpaired
    assert told.changed
    assert all(int(each.name.removesuffix(".jpg")) % 3 == 0 for each in told.changed)


def test_the_image_that_changed_most_comes_first_with_its_sign() -> None:
    truth = scene(14)
    right = perfect(truth)
    missed = [each.select(max_detections=0) if place == 13 else each
              for place, each in enumerate(right)]  # fmt: skip
    told = compare(evaluate(truth, right), missed, "missed", [0] * 14, other_threshold=0.5,
                   samples=10)  # fmt: skip
    assert [(each.name, each.change) for each in told.changed] == [("13.jpg", 6.0)]
    assert told.changed[0].own == "nothing wrong"
    assert told.changed[0].other.startswith("missed ")
    assert told.figures[0].interval is None

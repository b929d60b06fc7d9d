"""Curves by hand."""

from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from pycocotools.cocoeval import COCOeval

from tests.training.evaluation.coco_files import coco_of
from tests.training.evaluation.perturbed import NOTHING, detections, noisy, scene
from training.evaluation.coco_metrics import coco_metrics
from training.evaluation.precision_recall import MOST_POINTS, class_curves, overall_curve


def test_a_curve_counts_right_ones_by_falling_threshold() -> None:
    truth = scene(3)  # 0, 1 and 2 objects
    first, second = truth.images[1:]
    class_id = truth.class_ids[first.objects[0].label]
    nowhere = (0.9, 0.9, 1.0, 1.0)
    found = [
        detections([nowhere], [0.8], [class_id]),
        detections([first.objects[0].box_yxyx], [0.9], [class_id]),
        detections(
            [each.box_yxyx for each in second.objects],
            [0.8, 0.3],
            [truth.class_ids[each.label] for each in second.objects],
        ),
    ]
    curve = overall_curve(coco_metrics(truth, found), 0.5)
    assert curve.thresholds == pytest.approx([0.9, 0.8, 0.3], abs=1e-6)
    # Those that score the same are taken together.
    assert curve.precision == pytest.approx([1, 2 / 3, 3 / 4])
    assert curve.recall == pytest.approx([1 / 3, 2 / 3, 1])
    assert curve.best is not None
    assert curve.best.threshold == pytest.approx(0.3)
    assert curve.best.f1 == pytest.approx(2 * 0.75 / 1.75)


def test_a_stricter_iou_finds_less() -> None:
    truth = scene(40)
    metrics = coco_metrics(truth, noisy(truth))
    loose, strict = overall_curve(metrics, 0.5), overall_curve(metrics, 0.75)
    assert strict.recall[-1] < loose.recall[-1]
    assert [each.name for each in class_curves(metrics, 0.5)] == list(truth.class_names)
    assert sum(each.object_count for each in class_curves(metrics, 0.5)) == truth.object_count


def test_the_best_threshold_gives_what_it_says() -> None:
    truth = scene(40)
    found = noisy(truth)
    best = overall_curve(coco_metrics(truth, found), 0.5).best
    assert best is not None
    kept = [each.select(score_threshold=best.threshold) for each in found]
    curve = overall_curve(coco_metrics(truth, kept), 0.5)
    assert curve.precision[-1] == pytest.approx(best.precision)
    assert curve.recall[-1] == pytest.approx(best.recall)


def test_no_threshold_is_better_by_pycocotools_own_matches() -> None:
    truth = scene(40)
    found = noisy(truth)
    metrics = coco_metrics(truth, found)
    own = _matches_of_pycocotools(coco_of(truth, found))
    curves = {None: overall_curve(metrics, 0.5)} | {
        truth.class_ids[each.name]: each for each in class_curves(metrics, 0.5)
    }
    steps = np.linspace(0, 1, 1001)  # scores have two digits: five steps between any two
    for class_id, curve in curves.items():
        counted = [_counts(own, threshold, class_id) for threshold in steps]
        f1 = [2 * right / max(right + wrong + total, 1) for right, wrong, total in counted]
        if not max(f1):
            assert curve.best is None
            continue
        best = [step for step, value in zip(steps, f1, strict=True) if value == max(f1)]
        # The lowest range in which it is highest, and the middle of it.
        gaps = np.flatnonzero(np.diff(best) > 0.0015)
        lowest = best[: gaps[0] + 1] if len(gaps) else best
        assert curve.best is not None
        assert curve.best.threshold == pytest.approx(np.mean(lowest), abs=0.006)
        right, wrong, total = _counts(own, curve.best.threshold, class_id)
        assert curve.best.f1 == max(f1)
        assert curve.best.recall == right / total
        assert curve.best.precision == right / (right + wrong)
        assert curve.best.false_per_image == wrong / 40


def _matches_of_pycocotools(evaluation: COCOeval) -> list[tuple[int, float, bool, bool, int]]:
    """Class, score, whether right and whether counted of each detection; class and objects."""
    with redirect_stdout(StringIO()):
        evaluation.evaluate()
    rows = []
    for each in evaluation.evalImgs:
        if each is None or each["aRng"] != evaluation.params.areaRng[0]:
            continue
        category, objects = each["category_id"], int((each["gtIgnore"] == 0).sum())
        rows.append((category, -1.0, False, False, objects))
        rows += [
            (category, score, bool(match), not ignored, 0)
            for score, match, ignored in zip(
                each["dtScores"], each["dtMatches"][0], each["dtIgnore"][0], strict=True
            )
        ]
    return rows


def _counts(
    rows: list[tuple[int, float, bool, bool, int]], threshold: float, class_id: int | None
) -> tuple[int, int, int]:
    of_class = [each for each in rows if class_id in (None, each[0])]
    shown = [each for each in of_class if each[1] >= threshold and each[3]]
    right = sum(each[2] for each in shown)
    return right, len(shown) - right, sum(each[4] for each in of_class)


def test_without_detections_or_objects_no_threshold_is_best() -> None:
    truth = scene(3)
    bare = replace(truth, images=tuple(replace(each, objects=()) for each in truth.images))
    for data, found in ((truth, [NOTHING] * 3), (bare, noisy(truth)), (bare, [NOTHING] * 3)):
        curve = overall_curve(coco_metrics(data, found), 0.5)
        assert curve.best is None
        assert curve.as_json()["best_f1"] is None


def test_few_points_are_written_down_the_first_and_the_last_among_them() -> None:
    truth = scene(5)
    draw = np.random.default_rng(3)
    corners = draw.uniform(0, 0.8, (100, 2))
    boxes = np.hstack([corners, corners + 0.1])
    many = [detections(boxes, draw.random(100), np.ones(100)) for _ in truth.images]
    curve = class_curves(coco_metrics(truth, many), 0.5)[0]
    written = curve.as_json()
    assert len(curve.thresholds) > MOST_POINTS >= len(written["recall"])
    assert written["thresholds"][0] == curve.thresholds[0]
    assert written["recall"][-1] == curve.recall[-1]

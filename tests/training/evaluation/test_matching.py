"""Which detection is of which object, what is confused, and which images are the worst."""

from dataclasses import replace

import numpy as np
import pytest

from detection.detections import Detections
from tests.training.evaluation.perturbed import detections, no_source, noisy, perfect, scene
from training.datasets.annotated import AnnotatedImage, AnnotatedObject
from training.datasets.dataset import Dataset, label_map_of
from training.evaluation.confusion import ConfusionMatrix, confusion_matrix
from training.evaluation.evaluation import DEFAULT_THRESHOLD, evaluate
from training.evaluation.matching import ImageMatch, match_image

LEFT, RIGHT = (0.1, 0.0, 0.5, 0.2), (0.1, 0.6, 0.5, 0.9)
CLASSES = {"cat": 1, "dog": 2}


def match(
    objects: tuple[AnnotatedObject, ...], found: Detections, **more: tuple[object, ...]
) -> ImageMatch:
    image = AnnotatedImage("a.jpg", no_source(), 300, 200, objects, **more)  # type: ignore[arg-type]  # boxes
    return match_image(image, found, CLASSES)


def test_one_of_its_class_comes_before_a_better_fit_of_another() -> None:
    nearly = (0.12, 0.0, 0.5, 0.2)
    found = detections([LEFT, nearly], [0.9, 0.6], [2, 1])
    assert match((AnnotatedObject("cat", LEFT),), found) == ImageMatch(((0, 1),), (), (), (0,))


def test_another_class_in_its_place_is_a_confusion() -> None:
    found = detections([LEFT, RIGHT], [0.9, 0.6], [2, 2])
    objects = (AnnotatedObject("cat", LEFT), AnnotatedObject("dog", RIGHT))
    assert match(objects, found) == ImageMatch(((1, 1),), ((0, 0),), (), ())


def test_the_second_on_an_object_and_one_on_nothing_are_false() -> None:
    found = detections([LEFT, LEFT, RIGHT], [0.9, 0.6, 0.5], [1, 1, 1])
    assert match((AnnotatedObject("cat", LEFT),), found) == ImageMatch(((0, 0),), (), (), (1, 2))


def test_what_is_ignored_is_neither_missed_nor_false() -> None:
    inside = (0.2, 0.7, 0.3, 0.8)
    difficult = AnnotatedObject("cat", RIGHT, difficult=True)
    crowd = AnnotatedObject("cat", RIGHT, crowd=True)
    nothing = ImageMatch((), (), (), ())
    assert match((difficult,), detections([RIGHT, RIGHT], [0.9, 0.8], [1, 1])) == nothing
    assert match((difficult,), detections([inside], [0.9], [1])).false == (0,)
    assert match((crowd,), detections([inside], [0.9], [1])) == nothing
    assert match((crowd,), detections([inside], [0.9], [2])).false == (0,)
    assert match((), detections([inside], [0.9], [2]), ignored_yxyx=(RIGHT,)) == nothing
    assert match((difficult, crowd), detections([], [], [])) == nothing


def test_without_anything_nothing_is_matched() -> None:
    assert match((), detections([], [], [])) == ImageMatch((), (), (), ())
    assert match((AnnotatedObject("dog", LEFT),), detections([], [], [])).missed == (0,)


def matrix_of(truth: Dataset, found: list[Detections]) -> ConfusionMatrix:
    matches = [
        match_image(image, each, truth.class_ids)
        for image, each in zip(truth.images, found, strict=True)
    ]
    return confusion_matrix(truth, found, matches)


def test_what_is_right_stands_on_the_diagonal() -> None:
    truth = scene(20)
    matrix = matrix_of(truth, perfect(truth))
    assert matrix.labels == ("cell", "platelet", "never there", "background")
    assert matrix.counts.sum() == truth.object_count == np.trace(matrix.counts)


def test_a_class_taken_for_another_is_seen_in_its_row() -> None:
    truth = scene(20)
    mixed = [
        replace(each, class_ids=np.where(each.class_ids == 1, 2, each.class_ids))
        for each in perfect(truth)
    ]
    cells, platelets = (
        sum(each.label == name for image in truth.images for each in image.objects)
        for name in ("cell", "platelet")
    )
    counts = matrix_of(truth, mixed).counts
    # Where two overlap, the other's detection may be of it.
    assert counts[0, 0] == 0
    assert counts[0].sum() == cells
    assert counts[1].sum() == platelets
    assert counts[0, 1] > 0.8 * cells


def test_rows_and_columns_count_every_object_and_detection() -> None:
    truth = scene(40)
    found = noisy(truth)
    counts = matrix_of(truth, found).counts
    assert counts[:-1].sum() == truth.object_count
    assert counts[:, :-1].sum() == sum(map(len, found))


def test_the_worst_images_come_first_and_the_faultless_not_at_all() -> None:
    objects = (AnnotatedObject("cat", LEFT), AnnotatedObject("dog", RIGHT))
    images = tuple(
        AnnotatedImage(f"{name}.jpg", no_source(), 300, 200, objects, split="val")
        for name in ("right", "missed", "confused", "false")
    )
    truth = Dataset(label_map_of(["cat", "dog"]), images)
    found = [
        detections([LEFT, RIGHT], [0.9, 0.9], [1, 2]),
        detections([LEFT], [0.9], [1]),
        detections([LEFT, RIGHT], [0.9, 0.8], [1, 1]),
        detections([LEFT, RIGHT, (0.7, 0.1, 0.9, 0.3)], [0.9, 0.9, 0.7], [1, 2, 1]),
    ]
    worst = evaluate(truth, found, score_threshold=0.5).worst
    assert [each.name for each in worst] == ["val/confused.jpg", "val/missed.jpg", "val/false.jpg"]
    assert [each.wrongness for each in worst] == pytest.approx([1.8, 1, 0.7], abs=1e-6)
    assert [each.reasons for each in worst] == [
        "dog taken for cat 80%", "missed dog", "no cat 70%"
    ]  # fmt: skip
    assert len(evaluate(truth, found, worst_count=1).worst) == 1


def test_the_threshold_is_the_best_one_unless_it_is_given() -> None:
    truth = scene(40)
    found = noisy(truth)
    own, given = evaluate(truth, found), evaluate(truth, found, score_threshold=0.9)
    assert own.overall.best is not None
    assert own.score_threshold == own.overall.best.threshold
    assert own.threshold_is_best
    assert not given.threshold_is_best
    assert given.confusion.counts[:, :-1].sum() < own.confusion.counts[:, :-1].sum()
    assert given.metrics.ap == own.metrics.ap
    empty = evaluate(truth, [each[:0] for each in found])
    assert empty.score_threshold == DEFAULT_THRESHOLD
    assert empty.confusion.counts[:, -1].sum() == truth.object_count

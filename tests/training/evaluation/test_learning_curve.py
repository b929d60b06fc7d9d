"""Curves of detectors that find a known share of all objects: AP is about that share."""

import io
from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image

from detection.detections import Detections
from tests.training.evaluation.perturbed import NOTHING, perfect, scene
from training.evaluation.coco_metrics import coco_metrics
from training.evaluation.learning_curve import (
    FLAT,
    NO_LAW,
    RISES,
    UNSURE,
    LearningCurve,
    Trained,
    learning_curve,
)
from training.evaluation.learning_curve import (
    NOTHING as NOTHING_LEARNED,
)
from training.evaluation.learning_curve_plot import plot_learning_curve

IMAGES = (30, 60, 120)


def curve_of(shares: Sequence[float], image_count: int = 150) -> LearningCurve:
    """Of three detectors; what one finds, a better one finds too."""
    truth = scene(image_count)
    trained = [
        Trained(images, 10, f"run-{images}", coco_metrics(truth, _found(image_count, share)))
        for images, share in zip(IMAGES, shares, strict=True)
    ]
    return learning_curve(trained, range(image_count), samples=200)


def _found(image_count: int, share: float) -> list[Detections]:
    draw = np.random.default_rng(2)
    found = []
    for each in perfect(scene(image_count)):
        kept = np.flatnonzero(draw.random(len(each)) < share)
        found.append(
            Detections(each.boxes_yxyx[kept], each.scores[kept], each.class_ids[kept])
            if len(kept)
            else NOTHING
        )
    return found


def test_a_curve_that_rises_gives_what_the_law_says_of_more_images() -> None:
    # Errors of 0.5, 0.35 and 0.245: each 0.7 of the one before.
    curve = curve_of((0.5, 0.65, 0.755))
    assert curve.verdict == RISES, curve.sentence
    assert [each.images for each in curve.predictions] == [170, 240]
    measured = [each.figures["ap"].value for each in curve.points]
    assert measured == pytest.approx([0.5, 0.65, 0.755], abs=0.06)
    for more in curve.predictions:
        gain, value = more.gains["ap"], more.values["ap"]
        assert gain.interval is not None
        assert gain.interval.low <= gain.value <= gain.interval.high
        assert gain.value > 0
        assert value.value == pytest.approx(measured[-1] + gain.value, abs=0.02)
    fifty, twice = (each.gains["ap"].value for each in curve.predictions)
    assert fifty < twice < measured[-1] - measured[-2]
    assert curve.sentence.startswith("AP still rises: twice as many images, 240, would give AP +0")
    written = curve.as_json()
    law = written["laws"]["ap"]
    assert 1 - law["a"] - law["b"] * 240 ** -law["c"] == pytest.approx(
        written["predictions"][1]["ap"]["value"]
    )


@pytest.mark.parametrize(
    ("shares", "image_count", "verdict", "said"),
    [
        ((0.6, 0.6, 0.6), 150, FLAT, "Flat: more images of this kind would not help"),
        ((0.75, 0.65, 0.55), 150, NO_LAW, "AP is lower with more of them: are they labeled alike?"),
        ((0.6, 0.63, 0.66), 30, UNSURE, "The fit says nothing sure: twice as many"),
        ((0.2, 0.25, 0.7), 150, NO_LAW, "AP rose most in the end, and more images help."),
        ((0.0, 0.0, 0.0), 150, NOTHING_LEARNED, "Too little is found for a curve"),
    ],
)
def test_where_the_law_says_nothing_the_sentence_says_so(
    shares: tuple[float, ...], image_count: int, verdict: str, said: str
) -> None:
    curve = curve_of(shares, image_count)
    assert curve.verdict == verdict, curve.sentence
    assert said in curve.sentence


def test_what_was_not_measured_is_no_number() -> None:
    # The first image of a scene is empty.
    metrics = coco_metrics(scene(1), [NOTHING])
    trained = [Trained(images, 10, f"run-{images}", metrics) for images in IMAGES]
    curve = learning_curve(trained, range(1), samples=20)
    assert [each.figures["ap"].text() for each in curve.points] == ["-"] * 3
    assert curve.verdict == NOTHING_LEARNED
    assert "(AP - of 30 images, - of 120)" in curve.sentence
    assert curve.as_json()["points"][0]["ap"]["value"] == -1


def test_images_that_all_belong_together_give_no_interval() -> None:
    truth = scene(30)
    trained = [Trained(images, 1, "", coco_metrics(truth, perfect(truth))) for images in IMAGES]
    curve = learning_curve(trained, [0] * 30, samples=50)
    assert curve.points[0].figures["ap"].interval is None
    assert "belong together" in curve.sentence


def test_the_plot_is_an_image_with_and_without_a_law() -> None:
    for shares in ((0.5, 0.65, 0.755), (0.0, 0.0, 0.0)):
        with Image.open(io.BytesIO(plot_learning_curve(curve_of(shares, 30)))) as image:
            assert image.size == (880, 550)

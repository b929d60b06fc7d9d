from copy import copy
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.support.keras_hub_files import TINY_DFINE
from tests.training.models.batches import (
    batch_of_ignored,
    batch_of_rectangles,
    batch_without_objects,
)
from tests.training.models.overlaps import most_overlap
from tests.training.models.training_steps import gradients, totals
from training.input_pipeline.batch import Batch
from training.models.detector import ModelError
from training.models.dfine import sizes
from training.models.dfine.detector import DfineDetector, build_detector
from training.models.registry import build_model
from training.pretrained.start import init_from

SIZE_HW = (64, 96)
# KerasHub's own counts of its COCO presets' weights, in its `d_fine_presets.py`.
PRESET_WEIGHTS = {
    sizes.NANO: 3_788_625,
    sizes.SMALL: 10_329_321,
    sizes.MEDIUM: 19_621_160,
}


def tiny_dfine(class_count: int = 2, **options: object) -> DfineDetector:
    return build_detector(TINY_DFINE, class_count, SIZE_HW, options)


@pytest.fixture(scope="module")
def detector() -> DfineDetector:
    return tiny_dfine()


@pytest.mark.parametrize("size", PRESET_WEIGHTS, ids=["nano", "small", "medium"])
def test_a_size_has_the_weights_of_its_preset(size: sizes.Size) -> None:
    built = size.build(class_count=80, input_size_hw=SIZE_HW, queries=20)
    assert built.count_params() == PRESET_WEIGHTS[size]


def class_biases(detector: DfineDetector) -> list[keras.Variable]:
    heads = ("enc_score_head", "class_embed_0", "class_embed_1")
    found = {each.path.split("/")[-2]: each for each in detector.network.weights
             if each.name == "bias"}  # fmt: skip
    return [found[head] for head in heads]


@pytest.mark.parametrize("class_count", [1, 2])
def test_before_it_has_learned_every_query_is_background(class_count: int) -> None:
    for bias in class_biases(tiny_dfine(class_count)):
        np.testing.assert_allclose(tf.sigmoid(bias.value), 0.01, rtol=1e-5)


def test_from_random_weights_its_loss_falls() -> None:
    keras.utils.set_random_seed(1)
    detector = tiny_dfine()
    for bias in class_biases(detector):
        # Undecided what is background, which three steps are enough to learn.
        bias.assign(tf.fill(bias.shape, -0.7))
    batch = batch_of_rectangles(SIZE_HW)
    optimizer = keras.optimizers.SGD(0.01, momentum=0.9, clipnorm=10.0)
    found = totals(detector, batch, optimizer, steps=3)
    assert found == sorted(found, reverse=True)
    assert found[-1] < found[0] / 1.3


def test_every_weight_has_a_finite_gradient(detector: DfineDetector) -> None:
    losses, slopes = gradients(detector, batch_of_rectangles(SIZE_HW))
    assert set(losses) == {
        "classification",
        "localization",
        "overlap",
        "distribution",
        "distillation",
        "denoising",
    }
    for variable, slope in zip(detector.network.trainable_variables, slopes, strict=True):
        assert slope is not None, variable.path
        assert np.isfinite(slope).all(), variable.path


def test_a_batch_without_objects_has_no_boxes_to_get_wrong(detector: DfineDetector) -> None:
    losses, slopes = gradients(detector, batch_without_objects(SIZE_HW))
    for name in ("localization", "overlap", "distribution"):
        assert float(losses[name]) == 0
    assert float(losses["classification"]) > 0
    assert all(slope is None or np.isfinite(slope).all() for slope in slopes)


def test_padding_changes_nothing(detector: DfineDetector) -> None:
    batch = batch_of_rectangles(SIZE_HW)
    padded = batch.copy()
    padded["boxes_yxyx"] = tf.pad(batch["boxes_yxyx"], [[0, 0], [0, 3], [0, 0]])
    padded["classes"] = tf.pad(batch["classes"], [[0, 0], [0, 3]], constant_values=-1)
    padded["ignored"] = tf.pad(batch["ignored"], [[0, 0], [0, 3]])
    bare, more = _losses_in_inference(detector, batch), _losses_in_inference(detector, padded)
    for name, value in bare.items():
        assert more[name] == pytest.approx(value, rel=1e-4), name


def test_the_second_image_s_objects_are_its_own(detector: DfineDetector) -> None:
    batch = batch_of_rectangles(SIZE_HW)
    swapped = batch.copy()
    for name in ("images", "boxes_yxyx", "classes", "ignored"):
        swapped[name] = tf.reverse(batch[name], [0])
    same = copy(detector)
    # Noise is drawn by the place in the batch.
    same.options = replace(detector.options, label_noise_ratio=0.0, box_noise_scale=0.0)
    bare, more = _losses_in_inference(same, batch), _losses_in_inference(same, swapped)
    for name, value in bare.items():
        assert more[name] == pytest.approx(value, rel=1e-4), name


def test_what_is_ignored_is_neither_found_nor_background(detector: DfineDetector) -> None:
    batch = batch_without_objects(SIZE_HW)
    seen = _losses_in_inference(detector, batch)["classification"]
    batch = batch_of_ignored(SIZE_HW)
    found = _losses_in_inference(detector, batch)
    assert found["localization"] == 0
    assert found["classification"] < seen / 2


def test_detections_come_best_first_and_inside_the_image(detector: DfineDetector) -> None:
    found = detector.detect(batch_of_rectangles(SIZE_HW)["images"])
    scores = found.scores.numpy()
    assert (np.diff(scores) <= 0).all()
    assert found.boxes_yxyx.shape[-1] == 4
    assert np.min(found.boxes_yxyx) >= 0
    assert np.max(found.boxes_yxyx) <= 1
    assert set(np.unique(found.classes)) <= {0, 1}


def test_what_is_less_sure_than_the_threshold_is_padding() -> None:
    found = tiny_dfine(score_threshold=1.0).detect(batch_of_rectangles(SIZE_HW)["images"])
    assert not found.counts.numpy().any()
    assert not found.boxes_yxyx.numpy().any()


def test_every_weight_is_in_one_part(detector: DfineDetector) -> None:
    in_parts = [
        weight.path
        for layers in detector.parts.values()
        for each in layers
        for weight in each.weights
    ]
    assert sorted(in_parts) == sorted(weight.path for weight in detector.network.weights)


def test_a_preset_s_folder_fills_all_but_the_classes(
    detector: DfineDetector, tmp_path: Path
) -> None:
    detector._inner.save_to_preset(str(tmp_path / "preset"))
    other = tiny_dfine(class_count=3)
    report = init_from(other, str(tmp_path / "preset"))
    assert report.counts("backbone")[0] == report.counts("backbone")[1] > 0
    assert report.counts("neck")[0] == report.counts("neck")[1] > 0
    assert all("class" in each.name or "score" in each.name for each in report.left)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": 1.0}, "there is no option 'width'; there are queries"),
        ({"queries": 0}, r"queries: a number in 1\.\.1000 was expected, but got 0"),
        ({"class_weights": [1.0]}, "a number for each of the 2 classes"),
        ({"box_weight": "much"}, "box_weight: 0 or more was expected, but got 'much'"),
    ],
)
def test_options_that_cannot_be_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        build_model("dfine_nano", class_count=2, input_size_hw=SIZE_HW, options=options)


def test_sizes_that_the_encoder_cannot_halve_are_refused() -> None:
    with pytest.raises(ModelError, match="needs sides of a multiple of 32 pixels, not 64 x 100"):
        build_model("dfine_nano", class_count=2, input_size_hw=(64, 100))


def _losses_in_inference(detector: DfineDetector, batch: Batch) -> dict[str, float]:
    """Without batch norms that look at the whole batch, and change; the same noise each time."""
    assert detector._built.denoising is not None
    detector._built.denoising.labels.seeds.state.assign([1, 0])
    detector.network.trainable = False
    try:
        return {name: float(value) for name, value in detector.losses(batch).items()}
    finally:
        detector.network.trainable = True


def test_where_classes_exclude_each_other_no_two_detections_overlap(
    detector: DfineDetector,
) -> None:
    images = batch_of_rectangles(SIZE_HW)["images"]
    exclusive = copy(detector)
    exclusive.options = replace(detector.options, class_agnostic_nms=True, nms_iou=0.4)
    found = exclusive.detect(images)
    assert found.counts.numpy().min() > 1
    assert most_overlap(found) <= 0.4
    # Each of its queries is there as both classes, else.
    assert most_overlap(detector.detect(images)) == 1.0

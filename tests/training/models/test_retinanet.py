from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.training.models.batches import (
    batch_of_ignored,
    batch_of_rectangles,
    batch_without_objects,
)
from tests.training.models.training_steps import gradients, totals
from training.models.detector import ModelError
from training.models.registry import build_model
from training.models.retinanet.detector import DEFAULTS, RetinaNetDetector, build_detector
from training.models.retinanet.network import RESNET_18
from training.models.ssd.losses import detection_losses
from training.models.ssd.matching import AnchorTargets
from training.pretrained.start import init_from

SIZE_HW = (64, 96)
# KerasHub's own count of its COCO preset's weights, in its `retinanet_presets.py`.
PRESET_WEIGHTS = 34_121_239


def small_retinanet(class_count: int = 2, **options: object) -> RetinaNetDetector:
    return build_detector(RESNET_18, class_count, SIZE_HW, options)


@pytest.fixture(scope="module")
def detector() -> RetinaNetDetector:
    return small_retinanet()


def test_it_has_the_weights_of_its_preset() -> None:
    network = build_model("retinanet_resnet50_fpn", class_count=91, input_size_hw=SIZE_HW).network
    assert network.count_params() == PRESET_WEIGHTS


def test_from_random_weights_its_loss_falls() -> None:
    keras.utils.set_random_seed(1)
    detector = small_retinanet()
    batch = batch_of_rectangles(SIZE_HW)
    found = totals(detector, batch, keras.optimizers.AdamW(1e-4, clipnorm=1.0), steps=6)
    assert found == sorted(found, reverse=True)
    assert found[-1] < found[0] / 1.2


def test_every_weight_has_a_finite_gradient(detector: RetinaNetDetector) -> None:
    losses, slopes = gradients(detector, batch_of_rectangles(SIZE_HW))
    # The paper's start: with 0.01 for each class the classification costs little.
    assert float(losses["classification"]) < 5
    for variable, slope in zip(detector.network.trainable_variables, slopes, strict=True):
        assert slope is not None, variable.path
        assert np.isfinite(slope).all(), variable.path


def test_a_batch_without_objects_costs_what_was_seen_in_it(detector: RetinaNetDetector) -> None:
    losses, slopes = gradients(detector, batch_without_objects(SIZE_HW))
    assert float(losses["localization"]) == 0
    assert float(losses["classification"]) > 0
    assert all(slope is None or np.isfinite(slope).all() for slope in slopes)


def test_what_is_ignored_is_no_background(detector: RetinaNetDetector) -> None:
    batch = batch_without_objects(SIZE_HW)
    seen = float(detector.losses(batch)["classification"])
    batch = batch_of_ignored(SIZE_HW)
    assert float(detector.losses(batch)["classification"]) < seen / 2


def test_the_numbers_of_a_box_lead_to_the_anchor_s_own_place(detector: RetinaNetDetector) -> None:
    anchors = detector.anchors_yxyx.numpy()
    # P3's first place is the image's corner; its second a stride of 8 to the right.
    center = (anchors[:, :2] + anchors[:, 2:]) / 2 * SIZE_HW
    np.testing.assert_allclose(center[[0, 9, 12 * 9]], [[0, 0], [0, 8], [8, 0]], atol=1)
    assert len(anchors) == 9 * (8 * 12 + 4 * 6 + 2 * 3 + 1 * 2 + 1)


def test_detections_are_padded_and_inside_the_image(detector: RetinaNetDetector) -> None:
    found = detector.detect(batch_of_rectangles(SIZE_HW)["images"])
    assert found.boxes_yxyx.shape == (2, 100, 4)
    assert found.classes.dtype == tf.int32
    assert np.min(found.boxes_yxyx) >= 0
    assert np.max(found.boxes_yxyx) <= 1


def test_every_weight_is_in_one_part(detector: RetinaNetDetector) -> None:
    in_parts = [
        weight.path
        for layers in detector.parts.values()
        for each in layers
        for weight in each.weights
    ]
    assert sorted(in_parts) == sorted(weight.path for weight in detector.network.weights)


def test_a_preset_s_folder_fills_all_but_the_classes(
    detector: RetinaNetDetector, tmp_path: Path
) -> None:
    detector._inner.save_to_preset(str(tmp_path / "preset"))
    other = small_retinanet(class_count=3)
    report = init_from(other, str(tmp_path / "preset"))
    assert report.kind == "a KerasHub preset of RetinaNetObjectDetector"
    assert {each.name for each in report.left} == {
        "classification_head/logits_layer/kernel",
        "classification_head/logits_layer/bias",
    }
    images = batch_of_rectangles(SIZE_HW)["images"]
    np.testing.assert_allclose(
        other.network(images)["box_encodings"], detector.network(images)["box_encodings"], atol=1e-4
    )


def test_sizes_that_the_pyramid_cannot_halve_are_refused() -> None:
    with pytest.raises(ModelError, match="needs sides of a multiple of 32 pixels, not 80 x 96"):
        build_model("retinanet_resnet50_fpn", class_count=2, input_size_hw=(80, 96))


def test_a_width_is_refused() -> None:
    with pytest.raises(ModelError, match="one width"):
        small_retinanet(width=0.5)


def test_its_boxes_weigh_what_its_authors_say() -> None:
    anchors = np.array([[0.1, 0.1, 0.5, 0.4], [0.5, 0.5, 0.9, 0.9], [0.0, 0.6, 0.4, 0.9]])
    # In sides of the anchor, within Detectron2's bend of 0.1 and beyond.
    offsets = np.array([[[0.05, -0.3], [0.2, 0.01], [0.6, 0.6]]])
    encodings = np.concatenate([offsets * 10, np.zeros_like(offsets)], axis=-1)
    given = tf.constant(anchors[None], tf.float32)
    targets = AnchorTargets(given, tf.constant([[0, 0, -1]]), tf.ones((1, 3)))
    found = detection_losses(
        tf.constant(encodings, tf.float32), tf.zeros((1, 3, 1)), given[0], targets, DEFAULTS
    )
    size = np.abs(offsets[0, :2])
    smooth_l1 = np.where(size < 0.1, 0.5 * size**2 / 0.1, size - 0.05).sum()
    # By the anchors that have an object, of which there are two.
    assert float(found["localization"]) == pytest.approx(smooth_l1 / 2, rel=1e-4)

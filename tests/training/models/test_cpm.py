from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.training.models.cpm.hands import batch_of, points
from tests.training.models.training_steps import gradients, totals
from training.models.cpm.detector import CpmDetector
from training.models.detector import ModelError
from training.models.registry import MODELS, build_model

SIZE = (64, 96)
SMALL: dict[str, dict[str, Any]] = {
    "cpm_vgg19": {"stages": 2, "channels": 8, "feature_channels": 8},
    "cpm_mobilenet_v3_small": {"stages": 3, "channels": 16, "feature_channels": 16, "width": 0.5},
}


@pytest.fixture(scope="module", params=sorted(SMALL))
def detector(request: pytest.FixtureRequest) -> CpmDetector:
    keras.utils.set_random_seed(1)
    found = build_model(
        request.param, class_count=1, input_size_hw=SIZE, options=SMALL[request.param]
    )
    assert isinstance(found, CpmDetector)
    return found


def test_all_of_them_are_there() -> None:
    assert sorted(SMALL) == [name for name in sorted(MODELS) if MODELS[name].kind == "keypoints"]


def test_every_image_has_one_hand_of_21_points(detector: CpmDetector) -> None:
    assert detector.input_size_hw == SIZE
    assert detector.class_count == 1
    found = detector.detect(tf.random.uniform((3, *SIZE, 3), maxval=255, seed=1))
    assert found.keypoints is not None
    assert found.keypoints.shape == (3, 1, 21, 3)
    assert found.counts.numpy().tolist() == [1, 1, 1]
    assert found.classes.numpy().tolist() == [[0], [0], [0]]
    places = found.keypoints.numpy()[:, 0, :, :2]
    boxes = found.boxes_yxyx.numpy()[:, 0]
    np.testing.assert_allclose(boxes[:, :2], places.min(axis=1), atol=1e-6)
    np.testing.assert_allclose(boxes[:, 2:], places.max(axis=1), atol=1e-6)
    scores = found.keypoints.numpy()[:, 0, :, 2]
    np.testing.assert_allclose(found.scores.numpy()[:, 0], scores.mean(axis=1), atol=1e-6)


def test_belief_maps_are_an_eighth_of_the_image(detector: CpmDetector) -> None:
    maps = detector.detect(tf.zeros((2, *SIZE, 3))).belief_maps
    assert maps is not None
    assert maps.shape == (2, 8, 12, 22)
    assert maps.dtype == tf.float32


def test_every_weight_learns(detector: CpmDetector) -> None:
    losses, slopes = gradients(detector, batch_of(points(np.random.default_rng(1), 2), SIZE))
    assert losses.keys() == {"earlier_stages", "last_stage"}
    weights = detector.network.trainable_variables
    silent = [w.path for w, each in zip(weights, slopes, strict=True) if each is None]
    assert silent == []
    assert all(np.isfinite(each.numpy()).all() for each in slopes)


def test_every_layer_is_in_one_part(detector: CpmDetector) -> None:
    listed = [layer.name for layers in detector.parts.values() for layer in layers]
    assert sorted(listed) == sorted(layer.name for layer in detector.network.layers)
    for part in ("backbone", "neck", "heads"):
        assert sum(layer.count_params() for layer in detector.parts[part]) > 100


def test_hands_without_labels_have_a_loss(detector: CpmDetector) -> None:
    batch = batch_of(np.zeros((2, 21, 3), np.float32), SIZE)
    batch["keypoints"] = batch["keypoints"][:, :0]
    assert float(detector.losses(batch)["last_stage"]) == 0


def test_a_few_hands_are_learned_by_heart() -> None:
    keras.utils.set_random_seed(2)
    light = "cpm_mobilenet_v3_small"
    detector = build_model(light, class_count=1, input_size_hw=SIZE, options=SMALL[light])
    hands = points(np.random.default_rng(3), 2)
    batch = batch_of(hands, SIZE)
    for layer in detector.parts["backbone"][0].layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.5
    losses = totals(detector, batch, keras.optimizers.Adam(5e-3), 60)
    assert losses[-1] < losses[0] / 5


def test_the_published_network_has_openposes_layers_and_shapes() -> None:
    detector = build_model("cpm_vgg19", class_count=1)
    assert detector.input_size_hw == (368, 368)
    assert detector.network.output["stages"][0].shape == (None, 46, 46, 22)
    assert len(detector.network.output["stages"]) == 6
    kernels = {
        layer.name: tuple(layer.kernel.shape)
        for layers in (detector.parts["neck"], detector.parts["heads"])
        for layer in layers
        if isinstance(layer, keras.layers.Conv2D)
    }
    assert kernels["conv5_3_CPM"] == (3, 3, 512, 128)
    assert kernels["conv6_1_CPM"] == (1, 1, 128, 512)
    assert kernels["conv6_2_CPM"] == (1, 1, 512, 22)
    assert kernels["Mconv1_stage2"] == (7, 7, 150, 128)
    assert kernels["Mconv7_stage6"] == (1, 1, 128, 22)


@pytest.mark.parametrize(
    ("size_hw", "classes", "options", "message"),
    [
        ((100, 96), 1, {}, "multiples of 32 pixels were expected, but got 100x96"),
        (SIZE, 2, {}, "one class, the hand, but the data has 2"),
        (SIZE, 1, {"stages": 0}, "stages: a whole number in 1..12 was expected, but got 0"),
        (SIZE, 1, {"sigma": "wide"}, "sigma: a number above 0, 10 at most was expected"),
        (SIZE, 1, {"hidden_weight": 2}, "hidden_weight: in 0..1 was expected, but got 2"),
        (SIZE, 1, {"depth": 2}, "there is no option 'depth'; there are stages, channels"),
    ],
)
def test_what_cannot_be_built_is_named(
    size_hw: tuple[int, int], classes: int, options: dict[str, object], message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        build_model(
            "cpm_mobilenet_v3_small", class_count=classes, input_size_hw=size_hw, options=options
        )

from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf

from tests.support.batches import a_batch
from training.models.detector import Detector, ModelError
from training.models.registry import MODELS, build_model

LIGHT = [name for name in MODELS if name.startswith("ssd")]
SIZE = (64, 96)
Built = Callable[[str], Detector]
OBJECTS = [
    [(0, (0.1, 0.2, 0.8, 0.5), False), (1, (0.0, 0.5, 0.4, 1.0), True)],
    [(1, (0.3, 0.1, 0.9, 0.9), False)],
]


@pytest.fixture(scope="module")
def built() -> Built:
    models: dict[str, Detector] = {}

    def build(name: str) -> Detector:
        if name not in models:
            width = {"width": 0.25 if name in ("ssd_mobilenet_v1", "ssd_inception_v2") else 0.35}
            models[name] = build_model(name, class_count=2, input_size_hw=SIZE, options=width)
        return models[name]

    return build


@pytest.mark.parametrize("name", LIGHT)
def test_a_light_model_answers_for_images_that_are_not_square(name: str, built: Built) -> None:
    detector = built(name)
    assert detector.input_size_hw == SIZE
    found = detector.detect(a_batch([[], []], SIZE)["images"])
    assert found.boxes_yxyx.shape == (2, 100, 4)
    assert found.classes.dtype == tf.int32
    assert (found.counts.numpy() <= 100).all()
    boxes = found.boxes_yxyx.numpy()
    assert ((boxes >= 0) & (boxes <= 1)).all()


@pytest.mark.parametrize("name", ["ssdlite_mobilenet_v3_small", "ssd_mobilenet_v2_fpnlite"])
def test_every_weight_of_a_light_model_learns(name: str, built: Built) -> None:
    detector = built(name)
    batch = a_batch(OBJECTS, SIZE)
    with tf.GradientTape() as tape:
        total = tf.add_n(list(detector.losses(batch).values()))
    weights = detector.network.trainable_variables
    gradients = tape.gradient(total, weights)
    silent = [w.path for w, each in zip(weights, gradients, strict=True) if each is None]
    assert silent == []
    assert all(np.isfinite(each.numpy()).all() for each in gradients)


@pytest.mark.parametrize("name", LIGHT)
def test_every_layer_of_a_light_model_is_in_one_part(name: str, built: Built) -> None:
    detector = built(name)
    listed = [layer.name for layers in detector.parts.values() for layer in layers]
    assert sorted(listed) == sorted(layer.name for layer in detector.network.layers)
    counted = {
        part: sum(layer.count_params() for layer in layers)
        for part, layers in detector.parts.items()
    }
    assert counted["backbone"] > 100_000
    assert counted["heads"] > 1_000


def test_a_batch_without_objects_has_a_loss(built: Built) -> None:
    losses = built("ssdlite_mobilenet_v3_small").losses(a_batch([[], []], SIZE))
    assert float(losses["localization"]) == 0
    assert float(losses["classification"]) > 0


def test_an_unknown_model_is_told_what_there_is() -> None:
    with pytest.raises(ModelError, match="there is no model 'yolo'; there are ssdlite_mobilenet"):
        build_model("yolo", class_count=1)


@pytest.mark.parametrize("count", [0, -1])
def test_a_detector_has_a_class(count: int) -> None:
    with pytest.raises(ModelError, match=f"a detector needs at least one class, but got {count}"):
        build_model("ssdlite_mobilenet_v3_small", class_count=count)


def test_an_image_too_small_for_the_backbone_is_refused() -> None:
    with pytest.raises(ModelError, match="sides of 32 pixels or more were expected, but got 16x64"):
        build_model("ssdlite_mobilenet_v3_small", class_count=1, input_size_hw=(16, 64))

"""What changes the weights: schedules, optimizers, averages, freezing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.training.loop.experiments import experiment
from training.configuration.sections import OptimizationSection
from training.datasets.dataset import label_map_of
from training.input_pipeline.batch import Batch
from training.loop.averaging import WeightAverages
from training.loop.building import build_detector, prepare_for_training
from training.loop.errors import TrainingError
from training.loop.optimizers import Updates
from training.loop.schedules import (
    learning_rate_schedule,
    set_batch_norm_momentum,
    warmup_steps,
)
from training.loop.training_step import GRADIENT_NORM, TOTAL, TrainingStep
from training.models.detector import Detector, ModelError

STRATEGY = tf.distribute.get_strategy()
LABEL_MAP = label_map_of(["red", "blue"])
NORMS = ("/gamma", "/beta", "/moving_mean", "/moving_variance")
# Of MobileNetV3-Small, what makes maps of half and a quarter of the image's size.
FIRST_STAGES = (
    "conv/", "conv_bn/", "expanded_conv_depthwise", "expanded_conv_squeeze",
    "expanded_conv_project", "expanded_conv_1_expand",
)  # fmt: skip


def section(**fields: Any) -> OptimizationSection:
    return OptimizationSection(**{"steps": 100, **fields})


def a_batch(objects: int = 1) -> Batch:
    """Two images, of which the second shows nothing."""
    rng = np.random.default_rng(3)
    boxes = tf.constant([[[0.1, 0.2, 0.5, 0.4]], [[0.0, 0.0, 0.0, 0.0]]], tf.float32)
    return Batch(
        images=tf.constant(rng.uniform(0, 255, (2, 64, 96, 3)), tf.float32),
        boxes_yxyx=tf.repeat(boxes, objects, axis=1),
        classes=tf.repeat(tf.constant([[1], [-1]], tf.int32), objects, axis=1),
        ignored=tf.zeros((2, objects), tf.bool),
        image_ids=tf.constant([0, 1], tf.int32),
    )


def a_detector(tmp_path: Path, data: Path, **sections: Any) -> tuple[Detector, Any]:
    keras.utils.set_random_seed(1)
    settings = experiment(tmp_path, data, **sections)
    detector = build_detector(settings, LABEL_MAP)
    prepare_for_training(detector, settings, 100)
    return detector, settings


def test_the_learning_rate_rises_and_falls_along_a_cosine() -> None:
    rate = learning_rate_schedule(
        section(learning_rate=0.1, warmup_steps=10, final_share=0.2), 110, share=0.5
    )
    rates = [float(rate(step)) for step in (0, 5, 10, 60, 110)]
    np.testing.assert_allclose(rates, [0, 0.025, 0.05, 0.03, 0.01], atol=1e-6)


def test_a_constant_learning_rate_stays() -> None:
    rate = learning_rate_schedule(section(learning_rate=0.1, schedule="constant"), 100)
    np.testing.assert_allclose([float(rate(step)) for step in (5, 50, 100)], 0.1)


def test_a_warm_up_is_a_twentieth_and_shorter_than_the_training() -> None:
    assert warmup_steps(section(), 100) == 5
    assert warmup_steps(section(), 100_000) == 1000
    with pytest.raises(TrainingError, match=r"warmup_steps is 100, but .* has 100 steps"):
        learning_rate_schedule(section(warmup_steps=100), 100)


def test_every_batch_norm_gets_the_momentum_also_within_layers() -> None:
    inner = keras.Sequential([keras.layers.BatchNormalization(name="inner")])
    network = keras.Sequential([keras.Input((3,)), inner, keras.layers.BatchNormalization()])

    assert set_batch_norm_momentum(network, 0.9) == 2
    assert inner.get_layer("inner").momentum == 0.9


def test_averages_follow_with_a_decay_that_rises() -> None:
    network = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    network.layers[0].kernel.assign([[1.0]])
    averages = WeightAverages(network, 0.9, STRATEGY)
    expected = 1.0
    for step, value in enumerate((2.0, 3.0, 5.0)):
        network.layers[0].kernel.assign([[value]])
        averages.update(step)
        decay = min(0.9, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * value

    with averages.in_place():
        assert float(network.layers[0].kernel[0, 0]) == pytest.approx(expected)
    assert float(network.layers[0].kernel[0, 0]) == 5.0


def test_moving_statistics_are_not_averaged_again() -> None:
    network = keras.Sequential([keras.Input((1,)), keras.layers.BatchNormalization()])
    averages = WeightAverages(network, 0.999, STRATEGY)
    network.layers[0].moving_mean.assign([7.0])
    averages.update(1000)

    network.layers[0].moving_mean.assign([8.0])
    with averages.in_place():
        assert network.layers[0].moving_mean.numpy() == [7.0]


def test_weight_decay_leaves_biases_and_norms_alone(tmp_path: Path, colored_boxes: Path) -> None:
    detector, _ = a_detector(tmp_path, colored_boxes)
    for weight in detector.network.trainable_weights:
        weight.assign(tf.ones(weight.shape))
    how = section(optimizer="sgd", learning_rate=0.5, weight_decay=0.5, warmup_steps=0)
    updates = Updates(detector, how, 100, scale_loss=False)
    updates.apply([tf.zeros(each.shape) for each in updates.trainable])

    for weight in detector.network.trainable_weights:
        left = 1.0 if weight.name in ("bias", "beta", "gamma") else 0.75
        np.testing.assert_allclose(weight.numpy(), left, err_msg=weight.path)


def test_the_backbone_has_its_share_of_the_learning_rate_and_all_are_clipped_together(
    tmp_path: Path, colored_boxes: Path
) -> None:
    detector, _ = a_detector(tmp_path, colored_boxes)
    before = {weight.path: weight.numpy() for weight in detector.network.trainable_weights}
    how = section(
        optimizer="sgd", learning_rate=1.0, weight_decay=0, warmup_steps=0, gradient_clip_norm=1.0,
        backbone_learning_rate_share=0.1,
    )  # fmt: skip
    updates = Updates(detector, how, 100, scale_loss=False)
    count = sum(int(tf.size(each.value)) for each in updates.trainable)

    norm = updates.apply([tf.ones(each.shape) for each in updates.trainable])

    assert float(norm) == pytest.approx(count**0.5)
    for weight in detector.network.trainable_weights:
        share = 0.1 if weight.path.startswith("backbone") else 1.0
        # Nesterov's first step is 1 + momentum times the gradient.
        moved = share * 1.9 / count**0.5
        np.testing.assert_allclose(before[weight.path] - weight.numpy(), moved, atol=2e-6)


def test_a_frozen_backbone_is_the_same_after_training_its_norms_too(
    tmp_path: Path, colored_boxes: Path
) -> None:
    detector, settings = a_detector(tmp_path, colored_boxes, model={"freeze": "backbone"})
    backbone = detector.parts["backbone"][0]
    others = [each for each in detector.network.weights if not each.path.startswith("backbone")]
    before = [weight.numpy() for weight in backbone.weights]
    others_before = [weight.numpy() for weight in others]
    updates = Updates(detector, settings.optimization, 100, scale_loss=False)
    step = TrainingStep(detector, updates, None, STRATEGY)

    scalars = [step(a_batch(), number).read() for number in range(3)]

    for weight, value in zip(backbone.weights, before, strict=True):
        np.testing.assert_array_equal(weight.numpy(), value, err_msg=weight.path)
    assert any(
        (weight.numpy() != value).any() for weight, value in zip(others, others_before, strict=True)
    )
    assert scalars[-1][TOTAL] == pytest.approx(
        scalars[-1]["classification"] + scalars[-1]["localization"]
    )
    assert scalars[-1][GRADIENT_NORM] > 0


@pytest.mark.parametrize(
    ("frozen", "is_left"),
    [
        ({"freeze_stages": 2}, lambda path, _: path.startswith(FIRST_STAGES)),
        ({"freeze_batch_norms": "backbone"}, lambda path, inside: inside and path.endswith(NORMS)),
        ({"freeze_batch_norms": "all"}, lambda path, _: path.endswith(NORMS)),
    ],
    ids=["first stages", "norms of the backbone", "all norms"],
)
def test_what_is_frozen_alone_stays_and_nothing_else(
    tmp_path: Path,
    colored_boxes: Path,
    frozen: dict[str, Any],
    is_left: Callable[[str, bool], bool],
) -> None:
    small = {"name": "ssdlite_mobilenet_v3_small", "input_size": [64, 96]}
    model = {**small, "options": {"width": 0.35}, **frozen}
    detector, _ = a_detector(tmp_path, colored_boxes, model=model)
    inside = {id(weight) for weight in detector.parts["backbone"][0].weights}
    left = {
        weight.path
        for weight in detector.network.weights
        if is_left(weight.path, id(weight) in inside)
    }
    assert left
    trained = {weight.path for weight in detector.network.trainable_weights}
    learned = {weight.path for weight in detector.network.weights if not is_statistic(weight.path)}
    assert trained == learned - left
    statistics = [each for each in detector.network.weights if is_statistic(each.path)]
    before = [weight.numpy() for weight in statistics]
    detector.network(a_batch()["images"], training=True)
    for weight, value in zip(statistics, before, strict=True):
        assert np.array_equal(weight.numpy(), value) is (weight.path in left), weight.path


def is_statistic(path: str) -> bool:
    return path.endswith(("/moving_mean", "/moving_variance"))


def test_one_graph_takes_batches_of_any_number_of_objects(
    tmp_path: Path, colored_boxes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    detector, settings = a_detector(tmp_path, colored_boxes)
    updates = Updates(detector, settings.optimization, 100, scale_loss=False)
    step = TrainingStep(detector, updates, None, STRATEGY)
    batches = tf.data.Dataset.from_tensors(a_batch(3)).concatenate(
        tf.data.Dataset.from_tensors(a_batch(5))
    )
    losses, traced = detector.losses, []

    def traced_losses(batch: Batch) -> dict[str, tf.Tensor]:
        traced.append(batch["boxes_yxyx"].shape)
        return losses(batch)

    monkeypatch.setattr(detector, "losses", traced_losses)
    step.trace(batches.element_spec)
    for number, batch in enumerate(batches):
        step(batch, number)

    assert [shape.as_list() for shape in traced] == [[2, None, 4]]


def test_steps_in_float16_keep_their_scale_and_pass_over_what_overflows(
    tmp_path: Path, colored_boxes: Path
) -> None:
    detector, settings = a_detector(
        tmp_path, colored_boxes, optimization={"mixed_precision": "float16"}
    )
    assert detector.parts["backbone"][0].layers[1].compute_dtype == "float16"
    updates = Updates(detector, settings.optimization, 100, scale_loss=True)
    before = [weight.numpy() for weight in updates.trainable]

    norm = updates.apply([tf.fill(each.shape, np.inf) for each in updates.trainable])

    assert not np.isfinite(float(norm))
    for weight, value in zip(updates.trainable, before, strict=True):
        np.testing.assert_array_equal(weight.numpy(), value)
    scales = [value for name, value in updates.state().items() if "dynamic_scale" in name]
    assert scales == [2.0**14]


def test_class_weights_are_by_name(tmp_path: Path, colored_boxes: Path) -> None:
    named = experiment(tmp_path, colored_boxes, optimization={"class_weights": {"blue": 3}})
    options: Any = build_detector(named, LABEL_MAP)
    assert options.options.class_weights == (1.0, 3.0)

    strange = experiment(tmp_path, colored_boxes, optimization={"class_weights": {"green": 3}})
    with pytest.raises(
        ModelError, match="class_weights has 'green', but the classes are red, blue"
    ):
        build_detector(strange, LABEL_MAP)

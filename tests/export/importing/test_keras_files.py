"""KerasHub's files become detectors of ours that find what KerasHub itself finds."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.optimize import linear_sum_assignment

from export.importing.errors import NoDetector, NotImportable
from export.importing.keras_files import read_keras_detector
from tests.support.exported_detector import images as drawn_images
from tests.support.keras_hub_files import CLASS_COUNT, QUERIES, SIZE_HW, dfine, retinanet, saved
from training.models.retinanet.detector import RetinaNetDetector
from training.models.ssd.box_coder import decode_boxes


@pytest.fixture(scope="module")
def model() -> Any:
    return retinanet()


@pytest.fixture(scope="module")
def file(model: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(model, tmp_path_factory.mktemp("retinanet"))


def images() -> np.ndarray:
    return drawn_images(2, SIZE_HW).astype(np.float32)


def test_a_retinanet_finds_what_keras_hub_finds(model: Any, file: Path) -> None:
    read = read_keras_detector(file)
    assert (read.detector.input_size_hw, read.detector.class_count) == (SIZE_HW, CLASS_COUNT)
    detector = read.detector
    assert isinstance(detector, RetinaNetDetector)
    predicted = detector.network(images())
    boxes = decode_boxes(detector.anchors_yxyx, predicted["box_encodings"]).numpy()  # (B, A, 4)
    scores = tf.sigmoid(predicted["class_logits"]).numpy()  # (B, A, C)
    for row, image in enumerate(images()):
        # Its own preprocessor goes first.
        own = model.predict(image[None], verbose=0)
        count = int(own["num_detections"][0])
        assert count > 3
        for box, score, label in zip(
            own["boxes"][0, :count], own["confidence"][0], own["labels"][0], strict=False
        ):
            near = np.abs(boxes[row] - box[[1, 0, 3, 2]] / (*SIZE_HW, *SIZE_HW)).max(axis=1) < 1e-3
            assert np.abs(scores[row, near, label] - score).min(initial=1) < 1e-4
    found = detector.detect(tf.constant(images()))
    assert (found.counts.numpy() > 3).all()


def test_what_is_done_otherwise_than_by_keras_hub_is_noted(file: Path, tmp_path: Path) -> None:
    [suppression] = read_keras_detector(file).notes
    assert "kept down to a score of 0.001" in suppression
    assert "stops at 0.5" in suppression
    bare = saved(retinanet(preprocessed=False), tmp_path)
    with pytest.raises(NotImportable, match="does not tell its input size: give --size HEIGHT WI"):
        read_keras_detector(bare)
    _, pixels = read_keras_detector(bare, (32, 64)).notes
    assert "brings no preprocessor, so the network takes pixels as 0..255" in pixels


def test_another_size_may_be_wanted_if_the_network_can_take_it(file: Path) -> None:
    assert read_keras_detector(file, (96, 64)).detector.input_size_hw == (96, 64)
    with pytest.raises(NotImportable, match="needs sides of a multiple of 32 pixels, not 100 x 96"):
        read_keras_detector(file, (100, 96))


def test_a_dfine_answers_what_keras_hub_answers(tmp_path: Path) -> None:
    model = dfine()
    file = saved(model, tmp_path)
    read = read_keras_detector(file)
    wanted = model(images() / 255)
    assert_same_queries(read.detector.network(images()), wanted)
    found = read.detector.detect(tf.constant(images()))
    best = tf.sigmoid(tf.reduce_max(wanted["logits"], axis=(1, 2)))
    np.testing.assert_allclose(found.scores[:, 0], best, atol=1e-4)
    assert "cuts images to the shape of its input" in read.notes[1]
    said = "--size 64 64 does not fit .*: its anchors are for images of 64 x 96"
    with pytest.raises(NotImportable, match=said):
        read_keras_detector(file, (64, 64))


def test_a_model_of_another_kind_is_named(tmp_path: Path) -> None:
    file = saved(keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)]), tmp_path)
    with pytest.raises(NoDetector, match="holds a Sequential, not KerasHub's RetinaNetObject"):
        read_keras_detector(file)


def test_a_file_that_is_none_of_keras_or_cut_short_is_named(file: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.keras"
    for content in (b"no archive", file.read_bytes()[:5000]):
        broken.write_bytes(content)
        with pytest.raises(NotImportable, match=r"broken\.keras cannot be read as a Keras model"):
            read_keras_detector(broken)


def assert_same_queries(ours: Any, theirs: Any) -> None:
    """Each query of each image is one of theirs, in every layer; each of theirs is taken once.

    Queries that score nearly the same are chosen in an order that processors differ in.
    """
    names = ("intermediate_logits", "intermediate_reference_points")
    for image in range(len(images())):
        rows, others = (
            np.concatenate([np.asarray(each[name])[image] for name in names], axis=-1)
            .transpose(1, 0, 2)
            .reshape(QUERIES, -1)
            for each in (ours, theirs)
        )
        distance = np.abs(rows[:, np.newaxis] - others).max(axis=-1)  # (Q, Q)
        chosen = linear_sum_assignment(distance)
        assert distance[chosen].max() < 1e-4

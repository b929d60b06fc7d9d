"""Both engines find the hands that TensorFlow finds in-process, where it is half sure or more."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from detection.boxes import iou
from server.embedded.engines.choice import engine_named
from server.embedded.engines.engine import Array, LoadedModel
from tests.support.shared import shared

MIN_SCORE = 0.5
MIN_IOU = 0.95
MAX_SCORE_DIFFERENCE = 0.02
OUTPUTS = ["detection_boxes", "detection_scores", "detection_classes", "num_detections"]


@dataclass(frozen=True)
class Hand:
    """One detection; its box is ymin, xmin, ymax, xmax in 0..1."""

    box_yxyx: Array
    score: float
    class_id: int


def hands_in(outputs: dict[str, Array], min_score: float) -> list[Hand]:
    return [
        Hand(box, float(score), round(float(class_id)))
        for box, score, class_id in zip(
            outputs["detection_boxes"][0],
            outputs["detection_scores"][0],
            outputs["detection_classes"][0],
            strict=True,
        )
        if score > min_score
    ]


def is_among(hand: Hand, others: list[Hand]) -> bool:
    return any(
        other.class_id == hand.class_id
        and iou(other.box_yxyx[None], hand.box_yxyx[None]) > MIN_IOU
        and abs(other.score - hand.score) < MAX_SCORE_DIFFERENCE
        for other in others
    )


@pytest.fixture(scope="module", params=[1, 2])
def version_dir(request: pytest.FixtureRequest) -> Path:
    return shared(f"models/hands/{request.param}")


@pytest.fixture(scope="module")
def images() -> list[Array]:
    photos = sorted(shared("images/hands").glob("*.jpg"))
    assert len(photos) == 12
    return [np.asarray(Image.open(photo).convert("RGB"))[np.newaxis] for photo in photos]


@pytest.fixture(scope="module")
def expected(version_dir: Path, images: list[Array]) -> list[dict[str, Array]]:
    import tensorflow as tf

    function: Any = tf.saved_model.load(str(version_dir)).signatures["serving_default"]
    return [
        {name: tensor.numpy() for name, tensor in function(input_tensor=image).items()}
        for image in map(tf.constant, images)
    ]


@pytest.fixture(scope="module", params=["openvino", "tensorflow"])
def model(request: pytest.FixtureRequest, version_dir: Path) -> Iterator[LoadedModel]:
    loaded = engine_named(request.param).load(version_dir)
    yield loaded
    loaded.close()


def test_every_hand_is_found_where_tensorflow_finds_it(
    model: LoadedModel, images: list[Array], expected: list[dict[str, Array]]
) -> None:
    total = 0
    for image, wanted in zip(images, expected, strict=True):
        found = model.run("serving_default", {"input_tensor": image}, OUTPUTS)
        for name in OUTPUTS:
            assert found[name].dtype == wanted[name].dtype
            assert found[name].shape == wanted[name].shape
        likely = hands_in(wanted, MIN_SCORE)
        total += len(likely)
        near = hands_in(found, MIN_SCORE - MAX_SCORE_DIFFERENCE)
        assert all(is_among(hand, near) for hand in likely)
        surely = hands_in(found, MIN_SCORE + MAX_SCORE_DIFFERENCE)
        assert all(is_among(hand, likely) for hand in surely)
    assert total > 20

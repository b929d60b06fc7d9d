"""A detector with weights that were drawn by chance, small, and with different things to say."""

from pathlib import Path

import keras
import numpy as np

from export.graphs.freezing import freeze
from export.graphs.images_in_graphs import FORMATS
from export.graphs.saved_model import (
    ENCODED_INPUT,
    ENCODED_SIGNATURE,
    PIXELS_INPUT,
    PIXELS_SIGNATURE,
    write_saved_model,
)
from model_repository.card import MODEL_CARD_NAME, ModelCard, Preprocessing
from serving_protocol.detector_signature import RESIZED_INPUT, RESIZED_SIGNATURE
from training.models.detector import Detector
from training.models.registry import build_model

SIZE_HW = (64, 96)
# Ids with a gap: the third class is not number 3.
CLASS_IDS = (1, 2, 5)


def chance_detector(name: str = "ssdlite_mobilenet_v3_small", width: float = 0.35) -> Detector:
    """Batch norms as after a training on `images`, and scores from near 0 to near 1."""
    keras.utils.set_random_seed(5)
    detector = build_model(
        name, class_count=len(CLASS_IDS), input_size_hw=SIZE_HW, options={"width": width}
    )
    rng = np.random.default_rng(3)
    for weight in detector.network.weights:
        kind = weight.path.rpartition("/")[2]
        if kind in ("beta", "gamma"):
            weight.assign(rng.normal(float(kind == "gamma"), 0.2, weight.shape))
        elif "class_head" in weight.path and kind == "kernel" and weight.shape[0] == 1:
            weight.assign(rng.normal(0, 2.5 / weight.shape[2] ** 0.5, weight.shape))
    for layer in detector.network._flatten_layers():  # the backbone's too
        if isinstance(layer, keras.layers.BatchNormalization):
            # Its statistics become those of the next batch.
            layer.momentum = 0.0
    detector.network(images(8, SIZE_HW).astype(np.float32), training=True)
    return detector


def images(count: int = 3, size_hw: tuple[int, int] = (90, 150)) -> np.ndarray:
    """(count, height, width, 3) uint8: rectangles of colors on noise, each image another."""
    rng = np.random.default_rng(11)
    found = rng.integers(0, 256, (count, *size_hw, 3)).astype(np.uint8) // 4
    for image in found:
        for _ in range(4):
            y, x = rng.integers(0, (size_hw[0] - 20, size_hw[1] - 20))
            image[y : y + 40, x : x + 50] = rng.integers(0, 256, 3)
    return found


def write_version(version_dir: Path, detector: Detector | None = None) -> Path:
    """A version with a card that says how images are decoded."""
    version_dir.mkdir(parents=True)
    detector = detector or chance_detector()
    class_ids = CLASS_IDS[: detector.class_count]
    size_hw = detector.input_size_hw
    write_saved_model(freeze(detector, class_ids), size_hw, version_dir)
    preprocessing = Preprocessing(
        ENCODED_SIGNATURE, ENCODED_INPUT, PIXELS_SIGNATURE, PIXELS_INPUT, size_hw,
        RESIZED_SIGNATURE, RESIZED_INPUT, formats=FORMATS,
    )  # fmt: skip
    card = ModelCard("by chance", "2026-01-01T00:00:00+00:00", {}, (), {}, preprocessing)
    (version_dir / MODEL_CARD_NAME).write_text(card.as_json())
    return version_dir

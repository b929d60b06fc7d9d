"""Small detectors with weights that are told apart."""

import numpy as np

from training.models.detector import Detector
from training.models.registry import build_model

SIZE_HW = (64, 96)


def new_detector(class_count: int, seed: int) -> Detector:
    """An SSD FPN-Lite, every weight of which is drawn, its batch norms' statistics too."""
    detector = build_model(
        "ssd_mobilenet_v2_fpnlite", class_count=class_count, input_size_hw=SIZE_HW
    )
    generator = np.random.default_rng(seed)
    for weight in detector.network.weights:
        name = weight.path.rpartition("/")[2]
        if name in ("gamma", "moving_variance"):
            weight.assign(generator.uniform(0.7, 1.3, weight.shape))
        elif name in ("beta", "moving_mean", "bias"):
            weight.assign(generator.normal(0, 0.1, weight.shape))
    return detector


def outputs(detector: Detector, images: np.ndarray) -> dict[str, np.ndarray]:
    given = detector.network(images, training=False)
    return {name: np.asarray(value) for name, value in given.items()}

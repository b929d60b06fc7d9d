"""A small model of keypoints whose weights are drawn by chance, and which is sure of its points."""

import keras
import numpy as np

from training.models.cpm.detector import CpmDetector
from training.models.registry import build_model

SIZE_HW = (64, 96)


def chance_keypoint_detector(seed: int = 5) -> CpmDetector:
    """A light one; its maps differ from place to place and from image to image."""
    keras.utils.set_random_seed(seed)
    detector = build_model(
        "cpm_mobilenet_v3_small",
        class_count=1,
        input_size_hw=SIZE_HW,
        options={"stages": 2, "channels": 16, "feature_channels": 16, "width": 0.5},
    )
    assert isinstance(detector, CpmDetector)
    rng = np.random.default_rng(seed)
    for layer in detector.network.layers:
        if layer.name.endswith("_maps"):
            layer.kernel.assign(rng.normal(0, 0.6, layer.kernel.shape))
    for weight in detector.network.weights:
        if weight.path.endswith("moving_variance"):
            # Activations that are as wide as those of a network that was trained.
            weight.assign(rng.uniform(0.01, 0.1, weight.shape))
    return detector

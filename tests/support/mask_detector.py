"""A Mask R-CNN with weights that were drawn by chance, small, and with different things to say."""

import keras
import numpy as np

from tests.support.exported_detector import images
from training.models.rcnn.detector import RcnnDetector
from training.models.registry import build_model

SIZE_HW = (64, 96)
SMALL = {
    "pyramid_channels": 24, "box_head_width": 48, "mask_head_width": 12, "mask_head_depth": 1,
    "proposals": 24, "proposals_before_nms": 60, "detections": 8, "nms_iou": 0.3,
}  # fmt: skip


def chance_mask_detector(class_count: int = 2) -> RcnnDetector:
    """Batch norms as after a training, scores from near 0 to near 1, and masks of many shapes."""
    keras.utils.set_random_seed(5)
    detector = build_model(
        "mask_rcnn_mobilenet_v3_small_fpn",
        class_count=class_count,
        input_size_hw=SIZE_HW,
        options=SMALL,
    )
    assert isinstance(detector, RcnnDetector)
    rng = np.random.default_rng(3)
    for weight in detector.network.weights:
        kind = weight.path.rpartition("/")[2]
        if kind in ("beta", "gamma"):
            weight.assign(rng.normal(float(kind == "gamma"), 0.2, weight.shape))
        elif kind == "kernel" and weight.path.startswith(("box_head_classes", "mask_head_classes")):
            weight.assign(rng.normal(0, 3.0 / weight.shape[-2] ** 0.5, weight.shape))
        elif kind == "kernel" and weight.path.startswith("proposal_objectness"):
            weight.assign(rng.normal(0, 0.5, weight.shape))
    for layer in detector.network._flatten_layers():  # the backbone's too
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
    detector.network.trunk(images(8, SIZE_HW).astype(np.float32), training=True)
    return detector

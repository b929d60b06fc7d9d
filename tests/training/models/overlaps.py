"""How much detections overlap, by NumPy."""

import numpy as np

from training.models.detector import DetectionTensors


def most_overlap(found: DetectionTensors) -> float:
    """The highest IoU of two detections of one image."""
    most = 0.0
    for row, count in enumerate(found.counts.numpy()):
        boxes = found.boxes_yxyx.numpy()[row, :count]
        low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
        high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
        both = np.maximum(high - low, 0).prod(-1)
        area = (boxes[:, 2:] - boxes[:, :2]).prod(-1)
        iou = both / (area[:, None] + area - both)
        np.fill_diagonal(iou, 0.0)
        most = max(most, float(iou.max(initial=0.0)))
    return most

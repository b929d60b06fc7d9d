"""A detector's `PredictResponse` as `Detections`, one of each picture."""

from collections.abc import Mapping

import numpy as np

from detection.detections import Detections
from detection.label_map import MAX_ID
from serving_protocol.detector_request import PictureBatch
from serving_protocol.detector_signature import (
    BOXES,
    CLASSES,
    COUNT,
    IMAGE_INFO,
    KEYPOINTS,
    MASKS,
    SCORES,
    DetectorSignature,
)
from serving_protocol.messages import PredictResponse
from serving_protocol.tensors import Array, TensorDecodingError, UnsupportedDtype, decode_tensor

# Boxes in 0..1 may reach a little over the border of the picture; beyond this they are pixels.
HIGHEST_NORMALIZED = 2.0
# No detector means a box that lies so many pictures beside the one that was asked about.
FARTHEST_BOX = 1000.0
# Quantised models answer scores and class numbers that are a little off: 1.004, 4.0118.
SCORE_SLACK = 0.02


class NotADetection(ValueError):
    """The answer is no detector's; the message says what is wrong with it."""


def decode_detections(
    response: PredictResponse, signature: DetectorSignature, batch: PictureBatch
) -> list[Detections]:
    """What was found in each of `batch.pictures`, in their order.

    Args:
        response: the answer to `batch.request`.
        signature: the one that was asked.
        batch: what was sent.

    Raises:
        NotADetection: an output is missing, of another shape than a detection's, not finite, or
            a score lies outside 0..1.
    """
    outputs = _outputs(response, signature)
    if not signature.image_input.batched and outputs[SCORES].ndim == 1:
        outputs = {name: output[None] for name, output in outputs.items()}
    _check_shapes(outputs, len(batch.pictures))
    return [_detections(outputs, row, batch.sent_size_wh) for row in range(len(batch.pictures))]


def _outputs(response: PredictResponse, signature: DetectorSignature) -> dict[str, Array]:
    missing = set(signature.output_filter) - set(response.outputs)
    if missing:
        raise NotADetection(f"the answer lacks {', '.join(sorted(missing))}")
    outputs: dict[str, Array] = {}
    for name in signature.output_filter:
        try:
            output = decode_tensor(response.outputs[name])
        except (TensorDecodingError, UnsupportedDtype) as error:
            raise NotADetection(f"{name}: {error}") from error
        if output.dtype.kind not in "iuf":
            raise NotADetection(f"{name} holds {output.dtype}, not numbers")
        outputs[name] = output
    return outputs


def _check_shapes(outputs: Mapping[str, Array], picture_count: int) -> None:
    scores = outputs[SCORES]
    rows, count = scores.shape if scores.ndim == 2 else (-1, -1)
    wanted = {BOXES: (rows, count, 4), SCORES: (rows, count), CLASSES: (rows, count)}
    if rows < picture_count or any(outputs[name].shape != wanted[name] for name in wanted):
        raise NotADetection(
            f"expected boxes (N, M, 4), scores (N, M) and classes (N, M) for {picture_count} "
            f"pictures, but got {outputs[BOXES].shape}, {scores.shape}, {outputs[CLASSES].shape}"
        )
    if COUNT in outputs and outputs[COUNT].size < picture_count:
        raise NotADetection(
            f"{COUNT} has {outputs[COUNT].size} numbers for {picture_count} pictures"
        )
    for name, form in ((MASKS, "(N, M, h, w)"), (KEYPOINTS, "(N, M, K, 3)")):
        if name not in outputs:
            continue
        shape = outputs[name].shape
        fits = len(shape) == 4 and shape[:2] == (rows, count) and 0 not in shape[2:]
        if not fits or (name == KEYPOINTS and shape[3] != 3):
            raise NotADetection(f"expected {name} {form}, M = {count}, but got {shape}")


def _detections(
    outputs: Mapping[str, Array], row: int, sent_size_wh: tuple[int, int] | None
) -> Detections:
    count = _count(outputs, row)
    boxes = outputs[BOXES][row, :count].astype(np.float64)  # (count, 4)
    scores = outputs[SCORES][row, :count].astype(np.float64)  # (count,)
    classes = outputs[CLASSES][row, :count].astype(np.float64)  # (count,)
    for name, values in ((BOXES, boxes), (SCORES, scores), (CLASSES, classes)):
        if not np.isfinite(values).all():
            raise NotADetection(f"{name} holds numbers that are not finite")
    if count and (scores.min() < -SCORE_SLACK or scores.max() > 1 + SCORE_SLACK):
        raise NotADetection(
            f"{SCORES} holds {scores.min():g} to {scores.max():g}; scores lie in 0..1"
        )
    if count and np.abs(classes).max() > MAX_ID:
        raise NotADetection(f"{CLASSES} holds {np.abs(classes).max():g}, which is no class")
    if count and np.abs(boxes).max() > HIGHEST_NORMALIZED:
        boxes = boxes / _pixel_scale_yxyx(outputs, row, sent_size_wh)
    # Rounding errors can put the upper corner of an empty box below the lower one.
    corners = np.sort(boxes.reshape(-1, 2, 2), axis=1).reshape(-1, 4)
    if count and np.abs(corners).max() > FARTHEST_BOX:
        raise NotADetection(f"{BOXES} reaches {np.abs(corners).max():g} times the picture's size")
    return Detections(
        corners.astype(np.float32),
        np.clip(scores, 0.0, 1.0).astype(np.float32),
        np.rint(classes).astype(np.int64),
        _masks(outputs, row, count),
        _keypoints(outputs, row, count),
    )


def _masks(outputs: Mapping[str, Array], row: int, count: int) -> Array | None:
    if MASKS not in outputs:
        return None
    masks = outputs[MASKS][row, :count].astype(np.float32)  # (count, h, w)
    if not np.isfinite(masks).all():
        raise NotADetection(f"{MASKS} holds numbers that are not finite")
    return np.clip(masks, 0.0, 1.0)


def _keypoints(outputs: Mapping[str, Array], row: int, count: int) -> Array | None:
    if KEYPOINTS not in outputs:
        return None
    points = outputs[KEYPOINTS][row, :count].astype(np.float32)  # (count, K, 3)
    if not np.isfinite(points).all() or np.abs(points[..., :2]).max(initial=0) > FARTHEST_BOX:
        raise NotADetection(f"{KEYPOINTS} holds points that are in no picture")
    points[..., 2] = np.clip(points[..., 2], 0.0, 1.0)
    return points


def _count(outputs: Mapping[str, Array], row: int) -> int:
    available: int = outputs[SCORES].shape[1]
    if COUNT not in outputs:
        return available
    count = float(outputs[COUNT].reshape(-1)[row])
    if not np.isfinite(count):
        raise NotADetection(f"{COUNT} is {count}")
    return min(max(round(count), 0), available)


def _pixel_scale_yxyx(
    outputs: Mapping[str, Array], row: int, sent_size_wh: tuple[int, int] | None
) -> Array:
    """What pixel boxes are divided by to lie in 0..1.

    Model Garden's boxes are pixels of the picture as its graph scaled it. `image_info` (N, 4, 2)
    holds, each as [y, x]: the picture's size, the size of the canvas, the scale, the offset.
    """
    if IMAGE_INFO in outputs:
        info = outputs[IMAGE_INFO]
        if info.ndim != 3 or info.shape[0] <= row or info.shape[1:] != (4, 2):
            raise NotADetection(f"{IMAGE_INFO} has the shape {info.shape}, not (N, 4, 2)")
        size_yx = info[row, 0].astype(np.float64) * info[row, 2]
    elif sent_size_wh is not None:
        size_yx = np.array([sent_size_wh[1], sent_size_wh[0]], np.float64)
    else:
        raise NotADetection(
            f"{BOXES} holds pixels, but the answer does not say of how large a picture"
        )
    if not (np.isfinite(size_yx).all() and (size_yx > 0).all()):
        raise NotADetection(f"{IMAGE_INFO} says that the picture has {size_yx.tolist()} pixels")
    return np.tile(size_yx, 2)

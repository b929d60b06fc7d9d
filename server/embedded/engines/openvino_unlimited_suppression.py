"""`NonMaxSuppression` and `NonMaxSuppressionV2`, which take boxes of any score.

OpenVINO's converter gives them a score threshold of 0, and so drops boxes whose scores are logits.
"""

from functools import partial
from typing import Any

import numpy as np

from server.embedded.engines.openvino_runtime import import_openvino

# TensorFlow takes what scores more than this.
_LEAST = np.finfo(np.float32).min


def unlimited_suppression_extensions() -> list[Any]:
    """What makes an `openvino.Core` read graphs with these operations as TensorFlow does."""
    import_openvino()
    from openvino.frontend.tensorflow import ConversionExtension

    return [
        ConversionExtension("NonMaxSuppression", partial(_convert, iou_is_an_attribute=True)),
        ConversionExtension("NonMaxSuppressionV2", partial(_convert, iou_is_an_attribute=False)),
    ]


def _convert(node: Any, *, iou_is_an_attribute: bool) -> list[Any]:
    """The indices (K,) of the boxes that are kept."""
    import_openvino()
    from openvino import opset13 as ops

    boxes, scores, most = (node.get_input(place) for place in range(3))
    iou = (
        ops.constant(np.float32(node.get_attribute("iou_threshold", 0.5)))
        if iou_is_an_attribute
        else node.get_input(3)
    )
    kept = ops.non_max_suppression(
        ops.unsqueeze(boxes, ops.constant(np.array([0]))),
        ops.unsqueeze(scores, ops.constant(np.array([0, 1]))),
        most,
        iou,
        ops.constant(_LEAST),
        ops.constant(np.float32(0)),
        box_encoding="corner",
        sort_result_descending=False,
        output_type="i32",
    )
    box = ops.constant(np.int32(2))
    return [ops.gather(kept.output(0), box, ops.constant(np.int32(1))).output(0)]

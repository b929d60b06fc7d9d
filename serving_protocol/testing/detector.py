"""The detector that the fake model server has: the Object Detection API's signature and answers."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from serving_protocol.messages import (
    DataType,
    PredictRequest,
    PredictResponse,
    SignatureDef,
    TensorInfo,
    TensorShapeProto,
)
from serving_protocol.tensors import encode_tensor

INPUT = "input_tensor"
# In every image, as yxyx in 0..1: not square, so that swapped axes show.
BOXES_YXYX = ((0.1, 0.2, 0.5, 0.4), (0.25, 0.5, 0.9, 0.75), (0.0, 0.0, 0.2, 0.1))
SCORES = (0.94, 0.75, 0.3)
CLASSES = (1, 4, 2)

Arrays = dict[str, npt.NDArray[np.float32]]


def detector_signature() -> SignatureDef:
    """uint8 images (N, H, W, 3) in; boxes, scores, classes and their number out."""
    return SignatureDef(
        inputs={INPUT: tensor_info("DT_UINT8", -1, -1, -1, 3)},
        outputs={
            "detection_boxes": tensor_info("DT_FLOAT", -1, 3, 4),
            "detection_scores": tensor_info("DT_FLOAT", -1, 3),
            "detection_classes": tensor_info("DT_FLOAT", -1, 3),
            "num_detections": tensor_info("DT_FLOAT", -1),
        },
        method_name="tensorflow/serving/predict",
    )


def three_detections(
    images: int,
    boxes_yxyx: Sequence[Sequence[float]] = BOXES_YXYX,
    classes: Sequence[float] = CLASSES,
) -> Arrays:
    """The outputs for so many images, float32: boxes (N, 3, 4), the others (N, 3) and (N,).

    Args:
        images: N.
        boxes_yxyx: in each of them, in 0..1.
        classes: of these boxes.
    """
    return {
        "detection_boxes": np.array([boxes_yxyx] * images, np.float32),
        "detection_scores": np.array([SCORES] * images, np.float32),
        "detection_classes": np.array([classes] * images, np.float32),
        "num_detections": np.full(images, len(SCORES), np.float32),
    }


def image_count(request: PredictRequest) -> int:
    """How many images a request brings; 1 where that cannot be told."""
    sizes = [dim.size for dim in request.inputs[INPUT].tensor_shape.dim]
    return sizes[0] if sizes else 1


def detector_response(request: PredictRequest, version: int, outputs: Arrays) -> PredictResponse:
    """An answer of these outputs, without those that the request's filter leaves out."""
    wanted = set(request.output_filter) or set(outputs)
    response = PredictResponse(
        outputs={
            name: encode_tensor(array, as_typed_values=True)
            for name, array in outputs.items()
            if name in wanted
        }
    )
    response.model_spec.name = request.model_spec.name
    response.model_spec.version.value = version
    response.model_spec.signature_name = request.model_spec.signature_name or "serving_default"
    return response


def tensor_info(dtype: str, *sizes: int) -> TensorInfo:
    """A declaration, of a dtype by its name such as DT_FLOAT; -1 for a free size."""
    shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in sizes])
    return TensorInfo(name="x:0", dtype=DataType.Value(dtype), tensor_shape=shape)

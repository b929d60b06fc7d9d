"""Signatures as the exporters of TensorFlow's detectors write them."""

from collections.abc import Mapping, Sequence

from serving_protocol.messages import DataType, SignatureDef, TensorInfo, TensorShapeProto

Declared = tuple[str, Sequence[int] | None]
"""A data type without its DT_, and the sizes: -1 for a free one, None for a free rank."""

API_OUTPUTS: dict[str, Declared] = {
    "detection_boxes": ("FLOAT", [-1, 100, 4]),
    "detection_scores": ("FLOAT", [-1, 100]),
    "detection_classes": ("FLOAT", [-1, 100]),
    "num_detections": ("FLOAT", [-1]),
}
TF2_OUTPUTS: dict[str, Declared] = {
    "detection_anchor_indices": ("FLOAT", [1, 100]),
    "detection_boxes": ("FLOAT", [1, 100, 4]),
    "detection_classes": ("FLOAT", [1, 100]),
    "detection_multiclass_scores": ("FLOAT", [1, 100, 8]),
    "detection_scores": ("FLOAT", [1, 100]),
    "num_detections": ("FLOAT", [1]),
    "raw_detection_boxes": ("FLOAT", [1, 12804, 4]),
    "raw_detection_scores": ("FLOAT", [1, 12804, 8]),
}
GARDEN_OUTPUTS: dict[str, Declared] = {
    "detection_boxes": ("FLOAT", [-1, 100, 4]),
    "detection_classes": ("INT32", [-1, 100]),
    "detection_scores": ("FLOAT", [-1, 100]),
    "num_detections": ("INT32", [-1]),
    "image_info": ("FLOAT", [-1, 4, 2]),
}


def tensor_info(declared: Declared, tensor_name: str = "") -> TensorInfo:
    data_type, sizes = declared
    shape = TensorShapeProto(unknown_rank=True)
    if sizes is not None:
        shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in sizes])
    return TensorInfo(name=tensor_name, dtype=DataType.Value(f"DT_{data_type}"), tensor_shape=shape)


def signature(
    name: str,
    declared: Declared,
    outputs: Mapping[str, Declared] = API_OUTPUTS,
    tensor_name: str = "x:0",
) -> SignatureDef:
    """A signature with one input."""
    return SignatureDef(
        inputs={name: tensor_info(declared, tensor_name)},
        outputs={each: tensor_info(sizes, f"{each}:0") for each, sizes in outputs.items()},
        method_name="tensorflow/serving/predict",
    )

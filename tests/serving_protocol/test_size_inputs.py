"""Inputs of images' sizes are filled in where name, dtype and shape say what they mean."""

from typing import Any

import numpy as np
import pytest
from PIL import Image

from detection.images import DecodedImage
from serving_protocol.detector_request import image_batches
from serving_protocol.detector_signature import DetectorSignature
from serving_protocol.image_input import NotADetector
from serving_protocol.model_server import ModelChoice
from serving_protocol.tensors import decode_tensor
from tests.support.fake_model_server import detector_signature, tensor_info

SIZE_WH = (40, 30)
KNOWN = [
    ("true_image_shape", "DT_INT32", (1, 3), [[30, 40, 3]]),
    ("true_image_shape", "DT_INT64", (-1, 3), [[30, 40, 3]]),
    ("orig_target_sizes", "DT_INT64", (1, 2), [[40, 30]]),
    ("orig_target_sizes", "DT_INT64", (2,), [40, 30]),
    ("image_shape", "DT_FLOAT", (-1, 2), [[30, 40]]),
    ("im_shape", "DT_FLOAT", (1, 2), [[30, 40]]),
    ("scale_factor", "DT_FLOAT", (1, 2), [[1, 1]]),
    ("im_info", "DT_FLOAT", (1, 3), [[30, 40, 1]]),
]
UNKNOWN = [
    ("true_image_shape", "DT_FLOAT", (1, 3)),
    ("true_image_shape", "DT_INT32", (1, 2)),
    ("orig_target_sizes", "DT_INT64", (1, 4)),
    ("orig_target_sizes", "DT_INT64", (-1, -1)),
    ("image_size", "DT_INT64", (1, 2)),
    ("im_info", "DT_FLOAT", (1, 6)),
    ("scale_factor", "DT_FLOAT", ()),
    ("threshold", "DT_FLOAT", ()),
]


def found(
    name: str, dtype: str, shape: tuple[int, ...], image: tuple[str, tuple[int, ...]]
) -> DetectorSignature:
    declared = detector_signature(tensor_info(image[0], *image[1]), "images")
    declared.inputs[name].CopyFrom(tensor_info(dtype, *shape))
    return DetectorSignature.find({"serving_default": declared})


@pytest.mark.parametrize(("name", "dtype", "shape", "expected"), KNOWN)
@pytest.mark.parametrize(
    "image", [("DT_UINT8", (-1, -1, -1, 3)), ("DT_STRING", (-1,))], ids=["pixels", "files"]
)
def test_a_size_is_that_of_the_image_as_it_is_sent(
    name: str, dtype: str, shape: tuple[int, ...], expected: Any, image: Any
) -> None:
    signature = found(name, dtype, shape, image)
    image = DecodedImage(Image.new("RGB", SIZE_WH), b"", "PNG", plain_file=False)
    [batch] = image_batches(signature, [image], ModelChoice("m"))
    filled = decode_tensor(batch.request.inputs[name])
    assert filled.tolist() == expected
    assert batch.request.inputs[name].dtype == tensor_info(dtype).dtype
    assert signature.filled_inputs[name].endswith("of each image as it is sent")


def test_a_fixed_input_is_told_its_own_size_and_filled_up_batches_repeat_the_last() -> None:
    signature = found("orig_target_sizes", "DT_INT64", (-1, 2), ("DT_FLOAT", (4, 64, 96, 3)))
    image = DecodedImage(Image.new("RGB", SIZE_WH), b"", "PNG", plain_file=False)
    [batch] = image_batches(signature, [image] * 2, ModelChoice("m"))
    filled = decode_tensor(batch.request.inputs["orig_target_sizes"])
    assert np.array_equal(filled, [[96, 64]] * 4)


def test_sizes_of_one_image_make_requests_of_one() -> None:
    signature = found("true_image_shape", "DT_INT32", (1, 3), ("DT_UINT8", (-1, -1, -1, 3)))
    image = DecodedImage(Image.new("RGB", SIZE_WH), b"", "PNG", plain_file=False)
    assert len(list(image_batches(signature, [image] * 3, ModelChoice("m")))) == 3


@pytest.mark.parametrize(("name", "dtype", "shape"), UNKNOWN)
def test_what_may_mean_something_else_is_refused_by_name(
    name: str, dtype: str, shape: tuple[int, ...]
) -> None:
    with pytest.raises(NotADetector, match=f"{name}: "):
        found(name, dtype, shape, ("DT_UINT8", (-1, -1, -1, 3)))

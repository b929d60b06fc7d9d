from typing import Any

import numpy as np
import pytest

from serving_protocol.detector_signature import DetectorSignature
from serving_protocol.image_input import ImageForm, ImageInput, NotADetector, describe_tensor
from serving_protocol.messages import SavedModel, SignatureDef
from tests.serving_protocol.signatures import (
    API_OUTPUTS,
    GARDEN_OUTPUTS,
    TF2_OUTPUTS,
    Declared,
    signature,
    tensor_info,
)
from tests.support.shared import shared

UINT8, FLOAT = np.dtype(np.uint8), np.dtype(np.float32)
STRING = np.dtype(object)
PIXELS, ENCODED, EXAMPLE = ImageForm.PIXELS, ImageForm.ENCODED, ImageForm.EXAMPLE

# exporter and its --input_type -> (signature, how it takes images, classes)
KNOWN: dict[str, tuple[SignatureDef, ImageInput, int | None]] = {
    "TF2 image_tensor": (
        signature("input_tensor", ("UINT8", [1, -1, -1, 3]), TF2_OUTPUTS),
        ImageInput("input_tensor", PIXELS, UINT8, batch_size=1), 7,
    ),
    "TF2 float_image_tensor": (
        signature("input_tensor", ("FLOAT", [1, -1, -1, 3]), TF2_OUTPUTS),
        ImageInput("input_tensor", PIXELS, FLOAT, batch_size=1), 7,
    ),
    "TF2 encoded_image_string_tensor": (
        signature("input_tensor", ("STRING", [1]), TF2_OUTPUTS, "serving_default_input_tensor:0"),
        ImageInput("input_tensor", ENCODED, STRING, batch_size=1), 7,
    ),
    "TF2 tf_example": (
        signature("input_tensor", ("STRING", [1]), TF2_OUTPUTS, "serving_default_tf_example:0"),
        ImageInput("input_tensor", EXAMPLE, STRING, batch_size=1), 7,
    ),
    "TF1 image_tensor": (
        signature("inputs", ("UINT8", [-1, -1, -1, 3]), tensor_name="image_tensor:0"),
        ImageInput("inputs", PIXELS, UINT8), None,
    ),
    "TF1 image_tensor of a fixed size": (
        signature("inputs", ("UINT8", [-1, 300, 500, 3]), tensor_name="image_tensor:0"),
        ImageInput("inputs", PIXELS, UINT8, size_hw=(300, 500)), None,
    ),
    "TF1 encoded_image_string_tensor": (
        signature("inputs", ("STRING", [-1]), tensor_name="encoded_image_string_tensor:0"),
        ImageInput("inputs", ENCODED, STRING), None,
    ),
    "TF1 tf_example": (
        signature("inputs", ("STRING", [-1]), tensor_name="tf_example:0"),
        ImageInput("inputs", EXAMPLE, STRING), None,
    ),
    "Model Garden image_tensor": (
        signature("inputs", ("UINT8", [-1, -1, -1, 3]), GARDEN_OUTPUTS),
        ImageInput("inputs", PIXELS, UINT8), None,
    ),
    "Model Garden image_bytes": (
        signature("inputs", ("STRING", [-1]), GARDEN_OUTPUTS),
        ImageInput("inputs", ENCODED, STRING), None,
    ),
    "Model Garden tflite": (
        signature("inputs", ("FLOAT", [1, 320, 640, 3]), GARDEN_OUTPUTS),
        ImageInput("inputs", PIXELS, FLOAT, batch_size=1, size_hw=(320, 640)), None,
    ),
    "a batch of four": (
        signature("images", ("UINT8", [4, 320, 640, 3])),
        ImageInput("images", PIXELS, UINT8, batch_size=4, size_hw=(320, 640)), None,
    ),
    "one image, no batch": (
        signature("image", ("UINT8", [-1, -1, 3])),
        ImageInput("image", PIXELS, UINT8, batched=False, batch_size=1), None,
    ),
    "one file, no batch": (
        signature("image", ("STRING", [])),
        ImageInput("image", ENCODED, STRING, batched=False, batch_size=1), None,
    ),
    "pixels of a free rank": (
        signature("image", ("UINT8", None)), ImageInput("image", PIXELS, UINT8), None,
    ),
    "strings of a free rank": (
        signature("image", ("STRING", None)), ImageInput("image", ENCODED, STRING), None,
    ),
    "free channels and one free side": (
        signature("image", ("INT32", [-1, 320, -1, -1])),
        ImageInput("image", PIXELS, np.dtype(np.int32), size_hw=(320, None)), None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("exporter", KNOWN)
def test_a_detector_is_recognized(exporter: str) -> None:
    declared, image_input, class_count = KNOWN[exporter]
    found = DetectorSignature.find({"serving_default": declared})
    assert found.name == "serving_default"
    assert found.image_input == image_input
    assert found.class_count == class_count


def test_only_outputs_that_are_read_are_asked_for() -> None:
    for outputs in (API_OUTPUTS, TF2_OUTPUTS, GARDEN_OUTPUTS):
        found = DetectorSignature.find({"s": signature("x", ("UINT8", [1, -1, -1, 3]), outputs)})
        assert set(found.output_filter) == {
            each for each in outputs if each in API_OUTPUTS or each == "image_info"
        }
        assert not any(each.startswith("raw_") for each in found.output_filter)


def test_a_detector_need_not_count_its_detections() -> None:
    outputs = {name: API_OUTPUTS[name] for name in API_OUTPUTS if name != "num_detections"}
    found = DetectorSignature.find({"s": signature("x", ("UINT8", [1, -1, -1, 3]), outputs)})
    assert found.output_filter == ("detection_boxes", "detection_classes", "detection_scores")


GOOD = signature("x", ("UINT8", [1, -1, -1, 3]))
CLASSIFIER = signature("x", ("FLOAT", [-1, 224, 224, 3]), {"logits": ("FLOAT", [-1, 1000])})


@pytest.mark.parametrize(
    ("signatures", "name"),
    [
        ({"a": GOOD, "serving_default": GOOD}, "serving_default"),
        ({"zebra": GOOD, "serving_default": CLASSIFIER, "apple": GOOD}, "apple"),
        ({"detect": GOOD, "__saved_model_init_op": SignatureDef()}, "detect"),
    ],
)
def test_serving_default_goes_first_then_the_others_by_name(
    signatures: dict[str, SignatureDef], name: str
) -> None:
    assert DetectorSignature.find(signatures).name == name


def two_inputs() -> SignatureDef:
    both = signature("x", ("UINT8", [1, -1, -1, 3]))
    both.inputs["y"].CopyFrom(both.inputs["x"])
    return both


NO_DETECTORS: list[tuple[dict[str, SignatureDef], str]] = [
    ({}, "the model has no signature to ask"),
    ({"__saved_model_init_op": GOOD}, "the model has no signature to ask"),
    (
        {"serving_default": CLASSIFIER},
        "signature 'serving_default': a detector answers detection_boxes, detection_classes, "
        "detection_scores, but this answers logits",
    ),
    ({"s": SignatureDef()}, "but this answers nothing"),
    ({"s": two_inputs()}, "takes one input, images, but this takes x, y"),
    ({"s": signature("x", ("FLOAT", [-1, 10]))}, r"x: float\[\?, 10\] is no image of"),
    ({"s": signature("x", ("UINT8", [1, 3, 32, 48]))}, r"x: uint8\[1, 3, 32, 48\] is no image"),
    ({"s": signature("x", ("UINT8", [1, 32, 48, 1]))}, "is no image of"),
    ({"s": signature("x", ("STRING", [-1, 2]))}, r"x: string\[\?, 2\] is no list of images"),
    ({"s": signature("x", ("BOOL", [1, -1, -1, 3]))}, "holds no image"),
    ({"s": signature("x", ("INT8", [1, -1, -1, 3]))}, "holds no image"),
    ({"s": signature("x", ("COMPLEX64", [1, -1, -1, 3]))}, "holds no image"),
    ({"s": signature("x", ("BFLOAT16", [1, -1, -1, 3]))}, "no NumPy dtype for bfloat16"),
    (
        {"b": CLASSIFIER, "a": two_inputs()},
        "signature 'a': a detector takes one input.*; signature 'b': a detector answers",
    ),
]


@pytest.mark.parametrize(("signatures", "message"), NO_DETECTORS)
def test_what_is_no_detector_is_named_with_what_was_found(
    signatures: dict[str, SignatureDef], message: str
) -> None:
    with pytest.raises(NotADetector, match=message):
        DetectorSignature.find(signatures)


@pytest.mark.parametrize(
    ("last", "class_count"), [(8, 7), (91, 90), (3, 2), (2, 1), (1, None), (-1, None)]
)
def test_classes_are_counted_without_the_background(last: int, class_count: int | None) -> None:
    outputs = {**API_OUTPUTS, "detection_multiclass_scores": ("FLOAT", [1, 100, last])}
    found = DetectorSignature.find({"s": signature("x", ("UINT8", [1, -1, -1, 3]), outputs)})
    assert found.class_count == class_count


@pytest.mark.parametrize(
    ("declared", "text"),
    [
        (("UINT8", [1, -1, -1, 3]), "x: uint8[1, ?, ?, 3]"),
        (("STRING", []), "x: string[]"),
        (("FLOAT", None), "x: float[...]"),
    ],
)
def test_a_tensor_is_described_as_a_person_reads_it(declared: Declared, text: str) -> None:
    assert describe_tensor("x", tensor_info(declared)) == text


@pytest.mark.parametrize("version", [1, 2])
def test_the_hands_are_a_detector_of_seven_classes(version: int) -> None:
    data = shared(f"models/hands/{version}/saved_model.pb").read_bytes()
    signatures: Any = SavedModel.FromString(data).meta_graphs[0].signature_def
    found = DetectorSignature.find(dict(signatures))
    assert found.image_input.name == "input_tensor"
    assert (found.image_input.form, found.image_input.dtype) == (PIXELS, UINT8)
    assert (found.image_input.batched, found.image_input.batch_size) == (True, 1)
    assert found.class_count == 7
    assert set(found.output_filter) == set(API_OUTPUTS)


RESIZED = signature("resized_images", ("UINT8", [-1, 300, 500, 3]))


def test_images_of_the_networks_own_size_are_asked_about_before_files() -> None:
    files = signature("image_bytes", ("STRING", [-1]))
    found = DetectorSignature.find({"serving_default": files, "resized_images": RESIZED})
    assert found.name == "resized_images"
    assert found.image_input == ImageInput("resized_images", PIXELS, UINT8, size_hw=(300, 500))
    by_default = DetectorSignature.find_default(
        {"serving_default": files, "resized_images": RESIZED}
    )
    assert by_default.name == "serving_default"


@pytest.mark.parametrize(
    "resized",
    [
        signature("resized_images", ("UINT8", [-1, -1, 500, 3])),
        signature("resized_images", ("FLOAT", [-1, 300, 500, 3])),
        signature("resized_images", ("UINT8", [1, 300, 500, 3])),
        signature("resized_images", ("UINT8", [300, 500, 3])),
        signature("resized_images", ("STRING", [-1])),
        signature("resized_images", ("UINT8", [-1, 300, 500, 3]), {"features": ("FLOAT", [-1, 8])}),
        signature("resized_images", ("UINT8", [-1, 300, 500, 3]), GARDEN_OUTPUTS),
    ],
)
def test_what_is_only_called_like_it_is_asked_by_default(resized: SignatureDef) -> None:
    files = signature("image_bytes", ("STRING", [-1]))
    found = DetectorSignature.find({"serving_default": files, "resized_images": resized})
    assert found.name == "serving_default"


def test_another_name_keeps_the_default() -> None:
    files = signature("image_bytes", ("STRING", [-1]))
    assert DetectorSignature.find({"a": RESIZED, "serving_default": files}).name == (
        "serving_default"
    )

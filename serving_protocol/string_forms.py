"""Files, `tf.Example`s or base64: what tells that a model of strings takes another of them."""

import re

from serving_protocol.client_errors import PredictionRefused
from serving_protocol.image_input import ImageForm

_OTHER_FORM = {
    ImageForm.ENCODED: ImageForm.EXAMPLE,
    ImageForm.EXAMPLE: ImageForm.ENCODED,
    ImageForm.BASE64: ImageForm.ENCODED,
}
# What tf.io.decode_base64 says of a file (tensorflow/core/platform/base64.cc).
_NO_BASE64 = "base64"
# What TensorFlow's operations say of bytes that they cannot decode: decode_image and decode_jpeg of
# an Example, parse_example of a file (tensorflow/core/kernels/image/decode_image_op.cc,
# tensorflow/core/util/example_proto_fast_parsing.cc).
_CANNOT_DECODE = re.compile(
    r"INVALID_ARGUMENT.*("
    r"could not parse example|unable to parse example|error parsing example|parse_?\w*example"
    r"|unknown image file format|unknown format starting|expected image \(|image/encoded"
    r"|invalid (jpeg|png|gif|bmp)|decode_?(image|jpeg|png|bmp|gif)|not an? (image|jpeg|png)"
    r"|unable to decode|cannot decode|can't decode|base64)",
    re.IGNORECASE | re.DOTALL,
)


def cannot_decode(refusal: PredictionRefused) -> bool:
    """Whether a model refused its strings since it could not decode them.

    Example:
        >>> cannot_decode(PredictionRefused("INVALID_ARGUMENT: Could not parse example input"))
        True
    """
    return _CANNOT_DECODE.search(str(refusal)) is not None


def other_form(form: ImageForm, refusal: PredictionRefused) -> ImageForm:
    """The form to try where a model of strings could not decode `form`.

    Example:
        >>> refusal = PredictionRefused("INVALID_ARGUMENT: Invalid character found in base64.")
        >>> other_form(ImageForm.ENCODED, refusal)
        <ImageForm.BASE64: 'base64'>
    """
    if form is not ImageForm.BASE64 and _NO_BASE64 in str(refusal).lower():
        return ImageForm.BASE64
    return _OTHER_FORM[form]

"""A `.tflite` file: pixels of one image in, the Object Detection API's outputs out.

It has TensorFlow Lite's builtin operations only, so that the runtime on a phone or a board needs
nothing else. The caller resizes the image to the detector's input size.
"""

import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf

from export.errors import ExportError
from export.formats.single_image import answers_of_one
from export.graphs.freezing import FrozenGraph
from export.graphs.saved_model import PIXELS_INPUT, PIXELS_SIGNATURE
from export.graphs.weight_storage import WeightType
from export.parity import Ask
from serving_protocol.tensors import Array

TFLITE_NAME = "model.tflite"
MOST_SAID = 300


class TFLiteUnsupported(ExportError):
    """TensorFlow Lite lacks an operation of the model; the message names it."""


def write_tflite(
    frozen: FrozenGraph, size_hw: tuple[int, int], path: Path, weights: WeightType = "float32"
) -> None:
    """Write the detector for one image at a time.

    Args:
        frozen: takes images of `size_hw`.
        size_hw: height and width of the input, (1, height, width, 3) uint8.
        path: of the file.
        weights: type of the stored weights; computation is in float32.

    Raises:
        TFLiteUnsupported: it needs operations that TensorFlow Lite does not have.
        OSError: the file cannot be written.
    """
    # The converter's error for unknown operations; the class itself is not public.
    from tensorflow.lite.python.convert_phase import ConverterError

    module = tf.Module()

    @tf.function(  # type: ignore[untyped-decorator]  # the package has no types
        input_signature=[tf.TensorSpec((1, *size_hw, 3), tf.uint8, name=PIXELS_INPUT)]
    )
    def serve(image_tensor: tf.Tensor) -> dict[str, tf.Tensor]:
        return answers_of_one(frozen, tf.cast(image_tensor, tf.float32))

    module.serve = serve
    with tempfile.TemporaryDirectory() as scratch:
        tf.saved_model.save(module, scratch, {PIXELS_SIGNATURE: serve})
        converter = tf.lite.TFLiteConverter.from_saved_model(scratch, [PIXELS_SIGNATURE])
        if weights == "float16":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.target_spec.supported_types = [tf.float16]
        try:
            path.write_bytes(converter.convert())
        except (ConverterError, RuntimeError, ValueError, tf.errors.OpError) as error:
            raise TFLiteUnsupported(
                f"TensorFlow Lite cannot run this model: {_reason(error)}"
            ) from error


def ask_tflite(path: Path) -> Ask:
    """Call the file through TensorFlow Lite's interpreter, one image at a time."""
    with warnings.catch_warnings():
        # It announces its move to another package.
        warnings.simplefilter("ignore")
        interpreter = tf.lite.Interpreter(model_path=str(path))
    runner = interpreter.get_signature_runner(PIXELS_SIGNATURE)

    def ask(signature: str, taken: str, value: Array) -> Mapping[str, Array]:  # noqa: ARG001
        answers = [runner(**{taken: value[row : row + 1]}) for row in range(len(value))]
        return {name: np.concatenate([each[name] for each in answers]) for name in answers[0]}

    return ask


def _reason(error: Exception) -> str:
    """Lines of the converter's message that name missing operations."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    lacking = [line for line in lines if line.startswith(("Custom ops:", "Flex ops:"))]
    return "; ".join(lacking or lines[:1] or [type(error).__name__])[:MOST_SAID]

"""Images decoded for a graph whose runtime cannot, to what TensorFlow's decoder gives.

`tf.io.decode_image(channels=3)`, of a JPEG by the accurate cosine transform: EXIF's orientation is
passed over, transparency dropped, and of 16 bits the upper 8 are taken. Source:
tensorflow/core/kernels/image/decode_image_op.cc.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import grpc
import numpy as np
from PIL import Image

from detection.images import ImageError, open_image
from model_repository.card import Preprocessing
from server.embedded.engines.engine import Array
from server.embedded.errors import ServingError
from serving_protocol.messages import SignatureDef
from serving_protocol.tensors import DT_STRING

# An image of so many pixels takes 300 MB on its way; the gateway sends 2048 x 2048 at most.
MAX_PIXELS = 100_000_000
_UPPER_BYTE = 256

Run = Callable[[Mapping[str, Array], Sequence[str]], dict[str, Array]]


@dataclass(frozen=True)
class DecodedPixels:
    """What becomes of a signature's files, and who is asked about them.

    Args:
        encoded_input: takes the files.
        signature: takes their pixels, and answers the same outputs.
        input: its input.
        preprocessing: of the model's card.
    """

    encoded_input: str
    signature: str
    input: str
    preprocessing: Preprocessing


class DecodedInputs:
    """A signature that takes image files, by another of the model that takes their pixels.

    Args:
        pixels: which.
        run: computes it.
    """

    def __init__(self, pixels: DecodedPixels, run: Run) -> None:
        self._pixels = pixels
        self._run = run

    def run(self, inputs: Mapping[str, Array], outputs: Sequence[str]) -> dict[str, Array]:
        """The named outputs.

        Raises:
            ServingError: INVALID_ARGUMENT where one is no image, or they are no list.
        """
        files = inputs[self._pixels.encoded_input]
        if files.ndim != 1:
            raise ServingError(
                grpc.StatusCode.INVALID_ARGUMENT,
                f"a list of images was expected, but their shape is {list(files.shape)}",
            )
        preprocessing = self._pixels.preprocessing
        height, width = preprocessing.input_size_hw
        pixels = np.zeros((len(files), height, width, 3), np.uint8)
        for row, data in enumerate(files):
            image = decode_as_tensorflow(data, preprocessing.formats)
            pixels[row] = np.asarray(_resized(image, (width, height)))
        return self._run({self._pixels.input: pixels}, outputs)

    def close(self) -> None:
        """Nothing runs here beside the callers."""


def decoded_pixels(
    name: str, signatures: Mapping[str, SignatureDef], preprocessing: Preprocessing
) -> DecodedPixels | None:
    """How a model's card says that a signature is asked without decoding in the graph.

    By the signature that resizes nothing, where there is one; None where it does not say.
    """
    taken = signatures[name].inputs
    encoded = preprocessing.encoded_input
    if name != preprocessing.encoded_signature or set(taken) != {encoded}:
        return None
    if taken[encoded].dtype != DT_STRING:
        return None
    for asked, alias in (
        (preprocessing.resized_signature, preprocessing.resized_input),
        (preprocessing.pixels_signature, preprocessing.pixels_input),
    ):
        pixels = signatures.get(asked)
        if (
            pixels is not None
            and asked != name
            and set(pixels.inputs) == {alias}
            and set(signatures[name].outputs) <= set(pixels.outputs)
        ):
            return DecodedPixels(encoded, asked, alias, preprocessing)
    return None


def decode_as_tensorflow(data: bytes, formats: Sequence[str]) -> Image.Image:
    """The image in RGB, as `tf.io.decode_image` decodes it; of several frames the first.

    Raises:
        ServingError: INVALID_ARGUMENT, it is no image in one of `formats`, is broken, or has more
            than `MAX_PIXELS` pixels.
    """
    try:
        file = open_image(bytes(data), max_pixels=MAX_PIXELS)
        if file.format not in formats:
            raise ServingError(
                grpc.StatusCode.INVALID_ARGUMENT,
                f"the model takes images as {', '.join(formats)}, not {file.format}",
            )
        return _opaque_rgb(file.stored())
    except ImageError as error:
        raise ServingError(grpc.StatusCode.INVALID_ARGUMENT, str(error)) from error


def _opaque_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        upper = np.asarray(image).astype(np.uint32) // _UPPER_BYTE
        return Image.fromarray(upper.astype(np.uint8)).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        return Image.merge("RGB", image.convert("RGBA").split()[:3])
    return image.convert("RGB")


def _resized(image: Image.Image, size_wh: tuple[int, int]) -> Image.Image:
    return image.resize(size_wh, Image.Resampling.BILINEAR)

"""Post-training quantization, calibrated on training images.

Source: NNCF's post-training quantization (github.com/openvinotoolkit/nncf).
"""

import logging
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from typing import Any

import numpy as np
import numpy.typing as npt

from export.errors import ExportError
from export.quantization.availability import check_quantizable
from export.quantization.sensitive import float_operations
from export.quantization.slices import spell_out_ellipses
from training.datasets.annotated import AnnotatedImage
from training.input_pipeline.decoding import ImageStore
from training.input_pipeline.resizing import resized_image

# What NNCF asks for by default; more moves the limits little.
MOST_IMAGES = 300


class NothingToQuantize(ExportError):
    """There is no image to calibrate with, or no layer to quantize."""


def quantized(model: Any, images: Sequence[AnnotatedImage], size_hw: tuple[int, int]) -> Any:
    """Quantize the layers of a model to 8 bits, except sensitive ones.

    Args:
        model: an `openvino.Model` that takes (N, H, W, 3) uint8; may be changed.
        images: to calibrate with.
        size_hw: that the detector resizes images to.

    Raises:
        NncfMissing: NNCF is not installed.
        NothingToQuantize: there are no images, or no layers.
        DatasetError: an image cannot be read.
    """
    check_quantizable()
    if not images:
        raise NothingToQuantize("there is no training image to calibrate int8 with")
    # Of the two packages OpenVINO comes first: it is then without its telemetry, and so is NNCF.
    import nncf

    nncf.set_log_level(logging.ERROR)
    spell_out_ellipses(model)
    store = ImageStore(images, size_hw)

    def pixels(place: int) -> dict[int, npt.NDArray[np.uint8]]:
        return {0: np.asarray(resized_image(store.image(place), size_hw))[None]}

    with redirect_stdout(sys.stderr):
        made = nncf.quantize(
            model,
            nncf.Dataset(range(len(images)), pixels),
            subset_size=len(images),
            # Swish and its like answer negative numbers too.
            preset=nncf.QuantizationPreset.MIXED,
            ignored_scope=nncf.IgnoredScope(names=float_operations(model)),
        )
    if not any(each.get_type_name() == "FakeQuantize" for each in made.get_ops()):
        raise NothingToQuantize(
            "no layer of the model can be quantized: all are sensitive and stay in float32"
        )
    return made

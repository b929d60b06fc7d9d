"""Quantised after the training, by what the values are in pictures that it learned from.

Source: NNCF's post-training quantisation (github.com/openvinotoolkit/nncf).
"""

import logging
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from typing import Any

import numpy as np
import numpy.typing as npt

from export.errors import ExportError
from export.quantising.availability import check_quantisable
from export.quantising.sensitive import float_operations
from export.quantising.slices import spell_out_ellipses
from training.datasets.annotated import AnnotatedPicture
from training.input.decoding import PictureStore
from training.input.resizing import resized_picture

# What NNCF asks for by default; more moves the limits little.
MOST_PICTURES = 300


class NothingToQuantise(ExportError):
    """There is no picture to calibrate with, or no layer that could be quantised."""


def quantised(model: Any, pictures: Sequence[AnnotatedPicture], size_hw: tuple[int, int]) -> Any:
    """The same model with layers of eight bits, but for those that are sensitive.

    Args:
        model: an `openvino.Model` that takes (N, H, W, 3) uint8; may be changed.
        pictures: to calibrate with.
        size_hw: that the detector resizes pictures to.

    Raises:
        NncfMissing: NNCF is not installed.
        NothingToQuantise: there are no pictures, or no layers.
        UnreadablePicture: a picture cannot be read.
    """
    check_quantisable()
    if not pictures:
        raise NothingToQuantise("there is no training picture to calibrate int8 with")
    # Of the two packages OpenVINO comes first: it is then without its telemetry, and so is NNCF.
    import nncf

    nncf.set_log_level(logging.ERROR)
    spell_out_ellipses(model)
    store = PictureStore(pictures, size_hw)

    def pixels(place: int) -> dict[int, npt.NDArray[np.uint8]]:
        return {0: np.asarray(resized_picture(store.picture(place), size_hw))[None]}

    with redirect_stdout(sys.stderr):
        made = nncf.quantize(
            model,
            nncf.Dataset(range(len(pictures)), pixels),
            subset_size=len(pictures),
            # Swish and its like answer negative numbers too.
            preset=nncf.QuantizationPreset.MIXED,
            ignored_scope=nncf.IgnoredScope(names=float_operations(model)),
        )
    if not any(each.get_type_name() == "FakeQuantize" for each in made.get_ops()):
        raise NothingToQuantise("every layer of the model is one that stays in float32")
    return made

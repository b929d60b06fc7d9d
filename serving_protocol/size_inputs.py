"""Inputs beside the images that hold their size, as exporters of detectors have them.

Only those whose meaning is established by their name, dtype and shape together: an input called
`image_size` may mean either order, and is refused. All are about the image as it is sent, so
that boxes which a graph scales by them are pixels of that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from serving_protocol.messages import TensorInfo
from serving_protocol.tensors import Array, UnsupportedDtype, numpy_dtype

HEIGHT, WIDTH, CHANNELS, SCALE = "height", "width", "channels", "scale"
_HW, _HWC = (HEIGHT, WIDTH), (HEIGHT, WIDTH, CHANNELS)
_WHOLE, _FLOAT = "i", "f"
# Name -> (kind of dtype, numbers of each image) -> what they are.
ESTABLISHED: Mapping[str, Mapping[tuple[str, int], tuple[str, ...]]] = {
    # The Object Detection API: DetectionModel.preprocess gives them, predict and postprocess take
    # them.
    "true_image_shape": {(_WHOLE, 3): _HWC},
    "true_image_shapes": {(_WHOLE, 3): _HWC},
    # RT-DETR and D-FINE: their post-processing scales xyxy boxes by (w, h, w, h).
    "orig_target_sizes": {(_WHOLE, 2): (WIDTH, HEIGHT)},
    # YOLOv3's Keras exports and those made of them.
    "image_shape": {(_WHOLE, 2): _HW, (_FLOAT, 2): _HW, (_WHOLE, 3): _HWC},
    # PaddleDetection: the input's size, and by which factor the image was scaled to it.
    "im_shape": {(_FLOAT, 2): _HW},
    "scale_factor": {(_FLOAT, 2): (SCALE, SCALE)},
    # Faster R-CNN of Caffe, Detectron and OpenVINO: the input's size, and one factor.
    "im_info": {(_FLOAT, 3): (HEIGHT, WIDTH, SCALE)},
    "image_info": {(_FLOAT, 3): (HEIGHT, WIDTH, SCALE)},
}


@dataclass(frozen=True)
class SizeInput:
    """An input that holds the size of each image.

    Args:
        name: the input's key in the request.
        dtype: of its numbers.
        parts: what they are, in their order: HEIGHT and WIDTH in pixels as sent, CHANNELS, which
            are 3, and SCALE, which is 1, since what is sent is not scaled any more.
        batched: whether the first axis counts images; if not, there is one size in all.
        batch_size: how many it must count; None where that is free.
    """

    name: str
    dtype: np.dtype[Any]
    parts: tuple[str, ...]
    batched: bool = True
    batch_size: int | None = None

    @classmethod
    def from_tensor_info(cls, name: str, info: TensorInfo) -> Self | None:
        """Read an input's declaration; None where it is none whose meaning is established."""
        meanings = ESTABLISHED.get(name.lower())
        if meanings is None or info.tensor_shape.unknown_rank:
            return None
        sizes = [dim.size for dim in info.tensor_shape.dim]
        try:
            dtype = numpy_dtype(info.dtype)
        except UnsupportedDtype:
            return None
        if len(sizes) not in (1, 2):
            return None
        parts = meanings.get((dtype.kind, sizes[-1]))
        if parts is None:
            return None
        batch_size = sizes[0] if len(sizes) == 2 and sizes[0] > 0 else None
        return cls(name, dtype, parts, len(sizes) == 2, batch_size)

    @property
    def meaning(self) -> str:
        """What is filled in, as a person reads it.

        Example:
            >>> SizeInput("orig_target_sizes", np.dtype(np.int64), (WIDTH, HEIGHT)).meaning
            'width, height of each image as it is sent'
        """
        return f"{', '.join(self.parts)} of each image as it is sent"

    def of(self, sizes_wh: Sequence[tuple[int, int]]) -> Array:
        """The input's array, (N, parts) or (parts,), for images of these sizes."""
        rows = [
            [{HEIGHT: height, WIDTH: width, CHANNELS: 3, SCALE: 1}[part] for part in self.parts]
            for width, height in sizes_wh
        ]
        array = np.array(rows, self.dtype)
        return array if self.batched else array[0]

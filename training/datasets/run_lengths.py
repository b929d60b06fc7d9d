"""`RunLengths`: the pixels of one object, as COCO's compressed run-lengths."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from pycocotools import mask as coco_mask

Bitmap = npt.NDArray[np.bool_]
Points = npt.NDArray[np.float64]


@dataclass(frozen=True)
class RunLengths:
    """A mask over a whole image.

    Args:
        height: of the image, in pixels.
        width: of the image, in pixels.
        counts: COCO's compressed run-lengths, column by column.

    Raises:
        ValueError: the run-lengths do not fill the image.

    Example:
        >>> mask = RunLengths.of(np.eye(3, 4, dtype=bool))
        >>> mask.area, mask.bitmap().shape
        (3, (3, 4))
    """

    height: int
    width: int
    counts: bytes

    def __post_init__(self) -> None:
        lengths = _lengths(self.counts)
        if min(lengths, default=0) < 0 or sum(lengths) != self.height * self.width:
            raise ValueError(
                f"the run-lengths cover {sum(lengths)} pixels, "
                f"but the image has {self.width}x{self.height}"
            )

    @classmethod
    def of(cls, bitmap: npt.NDArray[Any]) -> "RunLengths":
        """The mask of the pixels that are not zero in `bitmap`, (H, W)."""
        encoded = coco_mask.encode(np.asfortranarray(np.asarray(bitmap) != 0, np.uint8))
        return cls(bitmap.shape[0], bitmap.shape[1], encoded["counts"])

    @classmethod
    def of_counts(cls, counts: list[int], *, width: int, height: int) -> "RunLengths":
        """From run-lengths as a list, the first of zeros, column by column."""
        if min(counts, default=0) < 0 or sum(counts) != width * height:
            raise ValueError(
                f"the run-lengths cover {sum(counts)} pixels, but the image has {width}x{height}"
            )
        encoded = coco_mask.frPyObjects({"size": [height, width], "counts": counts}, height, width)
        return cls(height, width, encoded["counts"])

    @classmethod
    def of_polygons(cls, polygons: tuple[Points, ...], *, width: int, height: int) -> "RunLengths":
        """The pixels that any of `polygons` covers, each (N, 2), [y, x] in 0..1."""
        # To a millionth of a pixel: which pixels are covered does not hang on the shares' rounding.
        flat = [np.round(polygon[:, ::-1] * (width, height), 6).ravel().tolist()
                for polygon in polygons]  # fmt: skip
        merged = coco_mask.merge(coco_mask.frPyObjects(flat, height, width))
        return cls(height, width, merged["counts"])

    @cached_property
    def area(self) -> int:
        """How many pixels are covered."""
        return sum(_lengths(self.counts)[1::2])

    def bitmap(self) -> Bitmap:
        """(H, W) bool."""
        # Not pycocotools' decode, at which NumPy 2 warns.
        lengths = _lengths(self.counts)
        covered = np.arange(len(lengths)) % 2 == 1
        flat: Bitmap = np.repeat(covered, lengths)
        return flat.reshape(self.width, self.height).T

    def box_yxyx(self) -> tuple[float, float, float, float]:
        """[y_min, x_min, y_max, x_max] in 0..1 around the covered pixels."""
        size = {"size": [self.height, self.width], "counts": self.counts}
        x, y, width, height = (float(value) for value in coco_mask.toBbox(size))
        return (
            y / self.height,
            x / self.width,
            (y + height) / self.height,
            (x + width) / self.width,
        )


def _lengths(counts: bytes) -> list[int]:
    """The run-lengths in COCO's compressed form.

    Source: rleFrString in cocoapi's maskApi.c: six bits a byte from 48 on, the lowest first, bit 5
    saying that more follow; from the third run on, the difference to the run two before.
    """
    lengths: list[int] = []
    position = 0
    while position < len(counts):
        value, shift, more = 0, 0, True
        while more:
            if position == len(counts):
                raise ValueError("the run-lengths are cut short")
            byte = counts[position] - 48
            if not 0 <= byte < 64:
                raise ValueError(f"{counts[position : position + 1]!r} is no part of run-lengths")
            value |= (byte & 0x1F) << shift
            shift += 5
            more = bool(byte & 0x20)
            position += 1
            if not more and byte & 0x10:
                value -= 1 << shift
        if len(lengths) > 2:
            value += lengths[-2]
        lengths.append(value)
    return lengths

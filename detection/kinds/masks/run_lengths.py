"""`RunLengths`: which pixels of a whole image are an object's, as COCO writes it down."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]

# Six bits a character from "0" on: five of the number, the lowest first, and whether more follow.
_BITS, _FIRST = 5, 48
_LOW, _SIGN, _MORE = 0x1F, 0x10, 0x20
_STRANGE = re.compile("[^0-o]")
# An image of 2^40 pixels is beyond anything that is read.
_MOST_CHARACTERS = 9


@dataclass(frozen=True)
class RunLengths:
    """A mask over a whole image.

    Args:
        height: of the image, in pixels.
        width: of the image, in pixels.
        counts: COCO's compressed run-lengths, column by column, the first of zeros.

    Example:
        >>> mask = RunLengths.of_toggles(np.array([4, 6]), height=4, width=3)
        >>> mask.lengths().tolist(), mask.as_coco()
        ([4, 2, 6], {'size': [4, 3], 'counts': '426'})
    """

    height: int
    width: int
    counts: str

    @classmethod
    def of_toggles(cls, places: npt.NDArray[Any], *, height: int, width: int) -> "RunLengths":
        """The mask that changes at `places`, (N,) in 0..height * width, rising.

        Pixels are counted down the first column, then down the second. Two changes at one place
        are none.
        """
        found, times = np.unique(np.asarray(places, np.int64), return_counts=True)
        changes = found[times % 2 == 1]
        ends = changes[changes < height * width]
        lengths = np.diff(ends, prepend=0, append=height * width)
        return cls(height, width, encode_counts(lengths))

    @classmethod
    def of(cls, bitmap: npt.NDArray[Any]) -> "RunLengths":
        """The mask of the pixels that are not zero in `bitmap`, (H, W).

        Example:
            >>> RunLengths.of(np.eye(3, 4)).area
            3
        """
        height, width = bitmap.shape
        covered = np.asarray(bitmap).T.ravel() != 0  # column by column
        return cls.of_toggles(
            np.flatnonzero(np.diff(covered, prepend=False)), height=height, width=width
        )

    @classmethod
    def of_counts(cls, counts: Sequence[int], *, width: int, height: int) -> "RunLengths":
        """From run-lengths as a list, the first of zeros, column by column.

        Raises:
            ValueError: they do not fill the image.
        """
        if min(counts, default=0) < 0 or sum(counts) != width * height:
            raise ValueError(
                f"the run-lengths cover {sum(counts)} pixels, but the image has {width}x{height}"
            )
        return cls(height, width, encode_counts(np.array(counts, np.int64)))

    @classmethod
    def of_coco(cls, document: Mapping[str, Any]) -> "RunLengths":
        """What `as_coco` gave, or pycocotools, whose counts are bytes.

        Raises:
            KeyError, TypeError, ValueError: it is something else, or does not fill the image.
        """
        height, width = document["size"]
        counts = document["counts"]
        text = counts.decode("latin-1") if isinstance(counts, bytes) else str(counts)
        mask = cls(int(height), int(width), text)
        mask.lengths()
        return mask

    def lengths(self) -> Integers:
        """The runs' lengths, of zeros and of ones in turns; (N,) int64.

        Raises:
            ValueError: they are no run-lengths, or do not fill the image.
        """
        lengths = decode_counts(self.counts)
        if (lengths < 0).any() or lengths.sum() != self.height * self.width:
            raise ValueError(
                f"the run-lengths cover {lengths.sum()} pixels, "
                f"but the image has {self.width}x{self.height}"
            )
        return lengths

    def sampled(self, *, height: int, width: int) -> npt.NDArray[np.bool_]:
        """(height, width): the mask of the image in that size.

        A pixel is covered where the one is that lies under its middle. Takes the memory of what is
        asked for, however large the image.

        Example:
            >>> RunLengths(4, 3, "426").sampled(height=4, width=3)[:, 1].tolist()
            [True, True, False, False]
        """
        rows = ((np.arange(height) + 0.5) * self.height / height).astype(np.int64)
        columns = ((np.arange(width) + 0.5) * self.width / width).astype(np.int64)
        places = columns[None, :] * self.height + rows[:, None]
        runs = np.searchsorted(np.cumsum(self.lengths()), places, side="right")
        covered: npt.NDArray[np.bool_] = runs % 2 == 1
        return covered

    @cached_property
    def area(self) -> int:
        """How many pixels are covered."""
        return int(self.lengths()[1::2].sum())

    def bitmap(self) -> npt.NDArray[np.bool_]:
        """(height, width), true where a pixel is covered."""
        lengths = self.lengths()
        covered: npt.NDArray[np.bool_] = np.repeat(np.arange(len(lengths)) % 2 == 1, lengths)
        return covered.reshape(self.width, self.height).T

    def box_yxyx(self) -> tuple[float, float, float, float]:
        """[y_min, x_min, y_max, x_max] in 0..1 around the covered pixels; zeros without any."""
        rows, columns = (np.flatnonzero(self.bitmap().any(axis)) for axis in (1, 0))
        if not len(rows):
            return 0.0, 0.0, 0.0, 0.0
        return (
            float(rows[0]) / self.height,
            float(columns[0]) / self.width,
            float(rows[-1] + 1) / self.height,
            float(columns[-1] + 1) / self.width,
        )

    def as_coco(self) -> dict[str, Any]:
        """As it stands in COCO's JSON."""
        return {"size": [self.height, self.width], "counts": self.counts}


def encode_counts(lengths: npt.NDArray[Any]) -> str:
    """Run-lengths as COCO's text.

    Source: `rleToString` in cocoapi's maskApi.c: from the fourth run on, the difference to the run
    two before.

    Args:
        lengths: (N,), 0 or more.
    """
    values = np.asarray(lengths, np.int64)
    values = np.concatenate([values[:3], values[3:] - values[1:-2]])
    characters = np.zeros((len(values), _MOST_CHARACTERS), np.uint8)
    written = np.zeros(characters.shape, bool)
    more = np.ones(len(values), bool)
    for place in range(_MOST_CHARACTERS):
        low = values & _LOW
        values = values >> _BITS
        written[:, place] = more
        # What is left is only the sign, which the highest bit that is written says already.
        ends = np.where(low & _SIGN, values == -1, values == 0)
        characters[:, place] = low + _FIRST + np.where(ends, 0, _MORE)
        more = more & ~ends
    return characters[written].tobytes().decode("ascii")


def decode_counts(counts: str) -> Integers:
    """What `encode_counts` has encoded; (N,) int64.

    Raises:
        ValueError: it is cut short, or holds other characters.
    """
    if (strange := _STRANGE.search(counts)) is not None:
        raise ValueError(
            f"{strange[0]!r} is no part of run-lengths, which are characters from 0 to o"
        )
    codes = np.frombuffer(counts.encode(), np.uint8).astype(np.int64) - _FIRST
    if not len(codes):
        return np.zeros(0, np.int64)
    last = codes & _MORE == 0
    if not last[-1]:
        raise ValueError("the run-lengths are cut short")
    starts = np.flatnonzero(np.concatenate([[True], last[:-1]]))
    sizes = np.diff(starts, append=len(codes))
    if sizes.max() > _MOST_CHARACTERS:
        raise ValueError("a run is longer than any image")
    places = np.arange(len(codes)) - np.repeat(starts, sizes)
    values: Integers = np.add.reduceat((codes & _LOW) << (_BITS * places), starts)
    negative = codes[starts + sizes - 1] & _SIGN > 0
    values = values - (negative.astype(np.int64) << (_BITS * sizes))
    # The differences add up separately, over the even runs and over the odd ones.
    values[1::2] = np.cumsum(values[1::2])
    values[2::2] = np.cumsum(values[2::2])
    return values

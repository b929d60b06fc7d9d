"""Samples of any type and range as 8 bits, where black is 0 and white 255."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[Any]

# What white is, by custom, in files that do not say it.
_WHITE_OF_FLOATS = (1.0, 255.0, 65535.0, 2.0**32 - 1)
_WHITE_OF_INTEGERS = (255.0, 65535.0, 2.0**32 - 1, 2.0**64 - 1)
# Values that lie on less of the scale than this would be seen as one shade; their own range is
# taken instead. 14 bits in 16, which a camera for industry sends, are just below it.
_LEAST_SPREAD = 0.25
# Above this share of values below 0 the range has two sides; a few are noise around black.
_FEW_NEGATIVE = 0.25
# Floats from here on are no measured values but stand for none, as the lowest float of a type does
# in maps.
_NO_VALUE = 1e38
_BLOCK_SAMPLES = 1 << 20
_ALL_16_BITS = 1 << 16


@dataclass(frozen=True)
class ValueRange:
    """Which values are black and white.

    Args:
        black: becomes 0; what is below, too.
        white: becomes 255; what is above, too. More than `black`.
    """

    black: float
    white: float


def value_range(
    samples: Samples,
    bits: int,
    declared: tuple[float, float] | None = None,
    no_data: float | None = None,
) -> ValueRange:
    """The range of an image's color samples.

    Up to 8 unsigned bits: all that they can hold. Else, in this order: what the file declares; the
    smallest usual scale (1 for floats, 8, 16 and 32 bits, or all of the file's bits) that holds the
    highest value; and where the values lie on less than a quarter of it, or more than a quarter of
    them are negative, from the lowest of them to the highest. A constant image stays on its scale.

    Args:
        samples: any shape, integers or floats. NaN, infinity and what is as large as a type's
            largest float count for nothing.
        bits: of a sample, as the file says; those of the type or fewer.
        declared: the lowest and highest value of the file's header.
        no_data: a value that stands for none.
    """
    floats = samples.dtype.kind == "f"
    if samples.dtype.kind == "u" and bits <= 8:
        return ValueRange(0.0, float(2**bits - 1))
    if declared is not None:
        return ValueRange(*declared)
    lowest, highest, negative = _extent(samples, no_data)
    scales = _WHITE_OF_FLOATS if floats else (*_WHITE_OF_INTEGERS, float(2**bits - 1))
    white = min((scale for scale in scales if highest <= scale), default=math.inf)
    on_scale = max(lowest, 0.0)
    if lowest == highest:
        return ValueRange(0.0, white if white < math.inf else highest)
    if white == math.inf or negative > _FEW_NEGATIVE or highest - on_scale < _LEAST_SPREAD * white:
        return ValueRange(lowest, highest)
    return ValueRange(0.0, white)


def as_8_bits(
    samples: Samples,
    values: ValueRange,
    *,
    inverted: bool = False,
    no_data: float | None = None,
) -> npt.NDArray[np.uint8]:
    """`samples` from black to white as 0 to 255; what is no number, or stands for none, is 0.

    Args:
        samples: (H, W, ...) integers or floats.
        values: what is black and white.
        inverted: make black of white.
        no_data: a value that stands for none.
    """
    whole = values == ValueRange(0.0, 255.0) and samples.dtype == np.uint8
    if whole and no_data is None:
        return np.bitwise_not(samples) if inverted else samples
    if samples.dtype.kind == "u" and samples.size > _ALL_16_BITS >= 256**samples.itemsize:
        each = np.arange(256**samples.itemsize, dtype=samples.dtype)
        table = as_8_bits(each, values, inverted=inverted, no_data=no_data)
        looked_up: npt.NDArray[np.uint8] = table[samples]
        return looked_up
    scaled = np.empty(samples.shape, np.uint8)
    for rows in _row_blocks(samples):
        block = samples[rows].astype(_working_type(samples), copy=True)
        none = _is_none(block)
        if no_data is not None:
            none |= block == no_data
        block[none] = values.black
        np.clip(block, values.black, values.white, out=block)
        block -= values.black
        block *= 255.0 / (values.white - values.black)
        if inverted:
            np.subtract(255.0, block, out=block)
        block[none] = 0.0
        scaled[rows] = np.rint(block)
    return scaled


def _working_type(samples: Samples) -> type[np.floating[Any]]:
    return np.float32 if samples.dtype.itemsize <= 2 else np.float64


def _is_none(values: Samples) -> npt.NDArray[np.bool_]:
    if values.dtype == np.float16:
        return ~np.isfinite(values)
    # NaN is not less than anything.
    return ~(np.abs(values) < _NO_VALUE)


def _extent(samples: Samples, no_data: float | None) -> tuple[float, float, float]:
    """Lowest and highest of what are numbers, and the share of them below 0; zeros for none."""
    lowest, highest, negative, count = np.inf, -np.inf, 0, 0
    for rows in _row_blocks(samples):
        block = samples[rows]
        if no_data is not None:
            block = block[block != no_data]
        if block.dtype.kind == "f":
            block = block[~_is_none(block)]
        if block.size:
            lowest = min(lowest, float(block.min()))
            highest = max(highest, float(block.max()))
            negative += int(np.count_nonzero(block < 0)) if lowest < 0 else 0
            count += block.size
    return (lowest, highest, negative / count) if count else (0.0, 0.0, 0.0)


def _row_blocks(samples: Samples) -> Iterator[slice]:
    """Slices of rows, each about `_BLOCK_SAMPLES` long, so that what is made of them is small."""
    rows = max(1, _BLOCK_SAMPLES * len(samples) // max(1, samples.size))
    for first in range(0, len(samples), rows):
        yield slice(first, first + rows)

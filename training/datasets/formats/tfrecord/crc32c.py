"""CRC-32C, at 100 MB/s in NumPy: TFRecord files have one for every record.

A byte at a time takes 0.1 s a megabyte in Python. Here a record is cut into lanes of equal length
that step through their bytes together. The checksum's state is linear over GF(2), so that lanes are
joined by moving the state of the left one over as many zeros as the right one is long; what a move
does to each of the 32 bits is found in 32 lanes of zeros of their own.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

# Castagnoli's polynomial, bits reversed.
POLYNOMIAL = 0x82F63B78
# Below this many bytes the lanes are too short to gain anything.
FEWEST_FOR_LANES = 2048
_BITS = np.arange(32, dtype=np.uint32)

Array = npt.NDArray[Any]


def _table() -> list[int]:
    """Remainders of each byte."""
    table = []
    for byte in range(256):
        remainder = byte
        for _ in range(8):
            remainder = (remainder >> 1) ^ (POLYNOMIAL if remainder & 1 else 0)
        table.append(remainder)
    return table


_TABLE = _table()
_TABLE_ARRAY = np.array(_TABLE, np.uint32)


def crc32c(data: bytes) -> int:
    """The checksum of `data`.

    Example:
        >>> hex(crc32c(b"123456789"))
        '0xe3069283'
    """
    state, start = 0xFFFFFFFF, 0
    if len(data) >= FEWEST_FOR_LANES:
        state, start = _in_lanes(data, state)
    for byte in data[start:]:
        state = _TABLE[(state ^ byte) & 0xFF] ^ (state >> 8)
    return state ^ 0xFFFFFFFF


def masked_crc32c(data: bytes) -> int:
    """As TFRecord files have it: rotated and shifted, since checksums of checksums are no good."""
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def _in_lanes(data: bytes, state: int) -> tuple[int, int]:
    """The state after most of `data`, and how many bytes of it that was."""
    lanes = 1 << (len(data).bit_length() // 2 + 1)
    length = len(data) // lanes
    rows = np.frombuffer(data, np.uint8, lanes * length).reshape(lanes, length)
    columns = np.zeros((length, lanes + 32), np.uint8)
    columns[:, :lanes] = rows.T
    states = np.zeros(lanes + 32, np.uint32)
    states[0] = state
    states[lanes:] = np.uint32(1) << _BITS
    for column in columns:
        states = _TABLE_ARRAY[(states ^ column) & 0xFF] ^ (states >> 8)
    joined, move = states[:lanes], states[lanes:]
    while len(joined) > 1:
        joined = _moved(joined[0::2], move) ^ joined[1::2]
        move = _moved(move, move)
    return int(joined[0]), lanes * length


def _moved(states: Array, move: Array) -> Array:
    """Each state after the move: the sum of what becomes of its bits."""
    bits = (states[:, None] >> _BITS) & np.uint32(1)  # (N, 32)
    moved: Array = np.bitwise_xor.reduce(bits * move, axis=1)
    return moved

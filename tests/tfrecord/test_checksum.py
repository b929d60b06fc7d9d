import random

import pytest

from tfrecord.checksum import masked_crc32c

# Castagnoli's polynomial, bits reversed.
POLYNOMIAL = 0x82F63B78


def crc32c_by_bits(data: bytes) -> int:
    state = 0xFFFFFFFF
    for byte in data:
        state ^= byte
        for _ in range(8):
            state = (state >> 1) ^ (POLYNOMIAL if state & 1 else 0)
    return state ^ 0xFFFFFFFF


@pytest.mark.parametrize("length", [0, 1, 9, 2047, 2048, 2049, 65_537, 200_003])
def test_the_checksum_is_the_one_of_single_bits_masked(length: int) -> None:
    data = random.Random(length).randbytes(length)
    crc = crc32c_by_bits(data)
    rotated = (crc >> 15 | crc << 17) & 0xFFFFFFFF
    assert masked_crc32c(data) == (rotated + 0xA282EAD8) % 2**32

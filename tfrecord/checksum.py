"""CRC-32C as TFRecord files have it."""

import google_crc32c


def masked_crc32c(data: bytes) -> int:
    """The checksum of `data`, rotated and shifted, since checksums of checksums are no good.

    Source: tensorflow/core/lib/hash/crc32c.h.

    Example:
        >>> hex(masked_crc32c(b"123456789"))
        '0xc78ab0e5'
    """
    crc: int = google_crc32c.value(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF

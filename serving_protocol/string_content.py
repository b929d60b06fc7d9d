"""Strings in a `TensorProto`'s `tensor_content`."""

import itertools

from serving_protocol.fill_budget import TensorDecodingError


def strings_of_content(content: bytes, size: int) -> list[bytes]:
    """Strings as `EncodeStringList` of tensorflow/core/lib/core/coding.cc lays them into bytes.

    Args:
        content: first the length of each as a varint, then all strings one after another.
        size: how many there are.

    Raises:
        TensorDecodingError: it does not hold so many.
    """
    ends, position, length, shift = [0], 0, 0, 0
    while len(ends) <= size and position < len(content) and shift < 35:
        byte = content[position]
        position += 1
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            ends.append(ends[-1] + length)
            length = shift = 0
    if len(ends) != size + 1 or ends[-1] != len(content) - position:
        raise TensorDecodingError(
            f"tensor_content of {len(content)} bytes does not hold {size} strings"
        )
    data = content[position:]
    return [data[start:end] for start, end in itertools.pairwise(ends)]

"""How far a request's tensors may grow beyond what was sent."""

# A few bytes on the wire can promise a tensor of any size, by leaving out equal elements.
MAX_FILLED_UP_BYTES = 128 * 1024 * 1024
# What a string takes beside its own bytes: as Python's object and as TensorFlow's.
STRING_BYTES = 64
# Strings may take so many times the bytes that they came in before they are counted.
FREE_GROWTH = 8
MAX_INT64 = 2**63
MAX_DOUBLE = 10**300


class TensorDecodingError(ValueError):
    """The message does not hold the tensor that its dtype and shape promise."""


class FillBudget:
    """How many bytes the tensors of a request may take beyond those that were sent.

    Args:
        max_bytes: in all.
    """

    def __init__(self, max_bytes: int = MAX_FILLED_UP_BYTES) -> None:
        self._max_bytes = max_bytes
        self._left = max_bytes

    def take(self, size: int, what: str) -> None:
        """Spend `size` bytes, before they are allocated.

        Raises:
            TensorDecodingError: there are not so many left; `what` stands for too much.
        """
        if size > self._left:
            raise TensorDecodingError(
                f"{what}: more than {self._max_bytes} bytes are not filled up; send all values"
            )
        self._left -= max(size, 0)


def brief(size: int) -> str:
    """A number of elements; of one with thousands of digits the first."""
    text = f"{size:.3e}" if size < MAX_DOUBLE else "too many"
    return str(size) if size < MAX_INT64 else text

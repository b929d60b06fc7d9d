"""What PyTorch pickles of tensors: read without calling anything that a file names.

A pickle is a program. Here it may make dictionaries, lists, numbers and texts, which it does by
itself, and say `torch._utils._rebuild_tensor_v2(storage, offset, size, stride)`, of which a record
is kept. All else that it asks for is refused by name.
"""

import collections
import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, Any

# (kind and bytes of a number; "b2" stands for bfloat16, which NumPy has not.)
STORAGE_DTYPES = {
    "FloatStorage": "f4", "DoubleStorage": "f8", "HalfStorage": "f2", "BFloat16Storage": "b2",
    "LongStorage": "i8", "IntStorage": "i4", "ShortStorage": "i2", "CharStorage": "i1",
    "ByteStorage": "u1", "BoolStorage": "u1",
}  # fmt: skip


@dataclass(frozen=True)
class Storage:
    """A row of numbers in the file.

    Args:
        key: what it is called there.
        dtype: a value of `STORAGE_DTYPES`.
        count: how many numbers it has.
    """

    key: str
    dtype: str
    count: int


@dataclass(frozen=True)
class TensorRecord:
    """A tensor as it lies in a storage; `offset` and `stride` count numbers."""

    storage: Storage
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]


class StateUnpickler(pickle.Unpickler):
    """Makes records of tensors and what Python has by itself; calls nothing else."""

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        """What a pickle may name.

        Raises:
            UnpicklingError: anything else; the message says what it was.
        """
        if module_name == "torch" and global_name in STORAGE_DTYPES:
            return STORAGE_DTYPES[global_name]
        if (module_name, global_name) in _KNOWN:
            return _KNOWN[module_name, global_name]
        raise pickle.UnpicklingError(
            f"it would call {module_name}.{global_name}, which is no part of a tensor; "
            "torch.save(model.state_dict(), path) writes a file of tensors alone"
        )

    def persistent_load(self, pid: Any, /) -> Storage:
        """The storage that a pickle says lies elsewhere in the file.

        Raises:
            UnpicklingError: it is described in another way.
        """
        if not isinstance(pid, tuple) or len(pid) < 5 or pid[0] not in ("storage", b"storage"):
            raise pickle.UnpicklingError("a storage was expected outside of the pickle")
        _, dtype, key, _, count = pid[:5]
        is_view = len(pid) > 5 and pid[5] is not None
        known = isinstance(dtype, str) and isinstance(count, int) and not is_view
        if not known or isinstance(count, bool) or count < 0:
            raise pickle.UnpicklingError(f"the storage {key!r} is described in a way not known")
        return Storage(str(key), dtype, count)


def load_state(file: IO[bytes]) -> Any:
    """What a pickle holds, its tensors as `TensorRecord`.

    Raises:
        UnpicklingError: it would call something, or is garbled.
    """
    return StateUnpickler(file, encoding="utf-8").load()


def _tensor(storage: Any, offset: Any, size: Any, stride: Any, *_: Any) -> TensorRecord:
    numbers = (offset, *_sequence(size), *_sequence(stride))
    whole = all(isinstance(each, int) and not isinstance(each, bool) for each in numbers)
    if not isinstance(storage, Storage) or not whole or min(numbers) < 0:
        raise pickle.UnpicklingError("a tensor is described in a way not known")
    return TensorRecord(storage, offset, tuple(size), tuple(stride))


def _sequence(value: Any) -> Sequence[Any]:
    if not isinstance(value, tuple | list):
        raise pickle.UnpicklingError("a tensor's size and stride are lists of numbers")
    return value


def _parameter(data: Any, *_: Any) -> TensorRecord:
    if not isinstance(data, TensorRecord):
        raise pickle.UnpicklingError("a parameter without a tensor")
    return data


_KNOWN: dict[tuple[str, str], Callable[..., Any]] = {
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("torch", "Size"): tuple,
    ("torch._utils", "_rebuild_tensor"): _tensor,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch._utils", "_rebuild_parameter"): _parameter,
}

"""PyTorch's two layouts of a file, written by hand: there is no PyTorch here."""

import io
import pickle
import struct
import sys
import types
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

_STORAGES = {"f4": "FloatStorage", "f2": "HalfStorage", "i8": "LongStorage", "f8": "DoubleStorage"}


class Tensor:
    """What is pickled as PyTorch pickles a tensor."""

    def __init__(
        self, values: np.ndarray, *, storage: str | None = None, size: tuple[int, ...] | None = None
    ) -> None:
        # As they lie in memory; a transposed array stays a transposed tensor.
        self.numbers = np.ascontiguousarray(values if values.flags.c_contiguous else values.T)
        self.size = size or values.shape
        self.stride = tuple(each // values.itemsize for each in values.strides)
        self.storage = storage or _STORAGES[values.dtype.str[1:]]

    def __reduce__(self) -> tuple[Any, ...]:
        rebuild = sys.modules["torch._utils"]._rebuild_tensor_v2
        return rebuild, (_Storage(self), 0, self.size, self.stride, False, {})


class _Storage:
    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO, *, legacy: bool) -> None:
        super().__init__(file, protocol=2)
        self.legacy = legacy
        self.storages: list[Tensor] = []

    def persistent_id(self, obj: Any) -> Any:
        if not isinstance(obj, _Storage):
            return None
        self.storages.append(obj.tensor)
        kind = getattr(sys.modules["torch"], obj.tensor.storage)
        number = str(len(self.storages) - 1)
        described = ("storage", kind, number, "cpu", obj.tensor.numbers.size)
        return (*described, None) if self.legacy else described


@contextmanager
def _named_as_pytorch() -> Iterator[None]:
    """Modules of PyTorch's names, for as long as it takes to pickle what is in them."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    for name in (*_STORAGES.values(), "BFloat16Storage"):
        setattr(torch, name, type(name, (), {"__module__": "torch"}))

    def rebuild(*_: Any) -> None:
        raise AssertionError("only pickled")

    rebuild.__module__, rebuild.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = rebuild  # type: ignore[attr-defined]
    sys.modules |= {"torch": torch, "torch._utils": utils}
    try:
        yield
    finally:
        del sys.modules["torch"], sys.modules["torch._utils"]


def write_state(path: Path, state: Any, *, legacy: bool = False) -> Path:
    """`torch.save(state, path)`, or with `_use_new_zipfile_serialization=False`."""
    content = io.BytesIO()
    with _named_as_pytorch():
        pickler = _Pickler(content, legacy=legacy)
        pickler.dump(state)
    numbers = [each.numbers for each in pickler.storages]
    if legacy:
        head = (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True})
        pickles = b"".join(pickle.dumps(each, 2) for each in head)
        keys = pickle.dumps([str(number) for number in range(len(numbers))], 2)
        rows = b"".join(struct.pack("<q", each.size) + each.tobytes() for each in numbers)
        path.write_bytes(pickles + content.getvalue() + keys + rows)
        return path
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hands/data.pkl", content.getvalue())
        archive.writestr("hands/byteorder", "little")
        for number, each in enumerate(numbers):
            archive.writestr(f"hands/data/{number}", each.tobytes())
    return path

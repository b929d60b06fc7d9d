"""Named tensors out of a PyTorch file, a zip archive or the one file of before version 1.6."""

import io
import pickle
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from training.pretrained.source_weights import Array, PretrainedWeightsError
from training.pretrained.torch_files.pickles import Storage, TensorRecord, load_state

# More than any detector's, and what its pickle, which has no numbers in it, can be.
MAX_BYTES = 2_000_000_000
MAX_PICKLE_BYTES = 64_000_000
MAX_TENSORS = 100_000
MAX_DEPTH = 8
_MAGIC_NUMBER, _PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
# What zip files, pickles and NumPy raise that are cut short or garbled.
_BROKEN = (OSError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, EOFError,
           MemoryError, RuntimeError, struct.error, zipfile.BadZipFile, zlib.error,
           pickle.UnpicklingError)  # fmt: skip
Read = Callable[[Storage], bytes]


def read_tensors(path: Path) -> dict[str, Array]:
    """Every tensor of a file by its name, in PyTorch's own order of axes.

    Args:
        path: what `torch.save` wrote of a `state_dict()`, or of a dictionary that has one in it.

    Raises:
        PretrainedWeightsError: it cannot be read, holds more than tensors, or is too large.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError(f"it has {path.stat().st_size} bytes, but {MAX_BYTES} are taken")
        if zipfile.is_zipfile(path):
            return dict(_of_archive(path))
        with path.open("rb") as file:
            if file.read(1) != b"\x80":
                if tarfile.is_tarfile(path):
                    raise ValueError("it was written by a PyTorch before 0.1.10; load and save it")
                raise ValueError("it is neither a zip archive nor a pickle")
            file.seek(0)
            return dict(_of_one_file(file, path.stat().st_size))
    except _BROKEN as error:
        why = str(error) or type(error).__name__
        raise PretrainedWeightsError(f"{path} is no PyTorch file of weights: {why}") from error


def _of_archive(path: Path) -> Iterator[tuple[str, Array]]:
    with zipfile.ZipFile(path) as archive:
        sizes = {each.filename: each.file_size for each in archive.infolist()}
        if sum(sizes.values()) > MAX_BYTES:
            raise ValueError(f"unpacked it has over {MAX_BYTES} bytes")
        pickles = [name for name in sizes if name.rpartition("/")[2] == "data.pkl"]
        if len(pickles) != 1:
            raise ValueError("it has no data.pkl")
        folder = pickles[0].removesuffix("data.pkl")
        if sizes[pickles[0]] > MAX_PICKLE_BYTES:
            raise ValueError(f"its data.pkl has over {MAX_PICKLE_BYTES} bytes")
        state = load_state(io.BytesIO(archive.read(pickles[0])))
        order = f"{folder}byteorder"
        is_big = order in sizes and archive.read(order).strip() == b"big"
        yield from _tensors(
            state,
            lambda storage: archive.read(f"{folder}data/{storage.key}"),
            ">" if is_big else "<",
        )


def _of_one_file(file: IO[bytes], size_bytes: int) -> Iterator[tuple[str, Array]]:
    """Five pickles, then each storage: how many numbers, then these."""
    if load_state(file) != _MAGIC_NUMBER or load_state(file) != _PROTOCOL:
        raise ValueError("it is a pickle, but not of PyTorch's")
    is_little = load_state(file).get("little_endian", True)
    state = load_state(file)
    keys = [str(key) for key in load_state(file)]
    records = {each.storage.key: each.storage for _, each in _records(state)}
    stored: dict[str, bytes] = {}
    for key in keys:
        [count] = struct.unpack("<q" if is_little else ">q", file.read(8))
        if key not in records:
            raise ValueError(f"nothing says what the storage {key} is of")
        needed = count * _bytes_of(records[key])
        if count != records[key].count or needed > size_bytes:
            raise ValueError(f"the storage {key} has {count} numbers")
        stored[key] = file.read(needed)
    yield from _tensors(state, lambda storage: stored[storage.key], "<" if is_little else ">")


def _tensors(state: Any, read: Read, order: str) -> Iterator[tuple[str, Array]]:
    storages: dict[str, Array] = {}
    for number, (name, record) in enumerate(_records(state)):
        if number >= MAX_TENSORS:
            raise ValueError(f"it has more than {MAX_TENSORS} tensors")
        key = record.storage.key
        if key not in storages:
            storages[key] = _numbers(read(record.storage), record.storage, order)
        yield name, _view(storages[key], record, name)


def _numbers(content: bytes, storage: Storage, order: str) -> Array:
    expected = storage.count * _bytes_of(storage)
    if len(content) < expected:
        raise ValueError(f"the storage {storage.key} ends after {len(content)} of {expected} bytes")
    if storage.dtype == "b2":
        upper = np.frombuffer(content, f"{order}u2", storage.count).astype(np.uint32)
        return (upper << 16).view(np.float32)
    return np.frombuffer(content, f"{order}{storage.dtype}", storage.count)


def _bytes_of(storage: Storage) -> int:
    return int(storage.dtype[1:])


def _view(numbers: Array, record: TensorRecord, name: str) -> Array:
    """The tensor in its storage. One that repeats numbers, or goes past the end, is refused."""
    if len(record.size) != len(record.stride) or len(record.size) > MAX_DEPTH:
        raise ValueError(f"{name} has {len(record.size)} sizes, {len(record.stride)} strides")
    count = int(np.prod([float(each) for each in record.size]))
    last = record.offset + sum(
        (size - 1) * stride for size, stride in zip(record.size, record.stride, strict=True) if size
    )
    if count > len(numbers) or (count and last >= len(numbers)):
        raise ValueError(f"{name} is {record.size}, but its storage has {len(numbers)} numbers")
    strides = tuple(stride * numbers.itemsize for stride in record.stride)
    rest: npt.NDArray[Any] = numbers[record.offset :] if count else numbers[:0]
    view: Array = np.lib.stride_tricks.as_strided(rest, record.size, strides, writeable=False)
    return view


def _records(state: Any) -> Iterator[tuple[str, TensorRecord]]:
    """Every tensor in dictionaries in dictionaries; names are joined by dots.

    A dictionary that is in several places counts in the first: a small file could have it in
    more places than can be gone through.
    """
    if not isinstance(state, Mapping):
        kind = type(state).__name__
        raise TypeError(f"a dictionary of tensors was expected, but it holds a {kind}")
    waiting, seen = [("", state)], set()
    while waiting:
        above, mapping = waiting.pop(0)
        if id(mapping) in seen:
            continue
        seen.add(id(mapping))
        for key, value in mapping.items():
            if isinstance(value, TensorRecord):
                yield f"{above}{key}", value
            elif isinstance(value, Mapping) and above.count(".") < MAX_DEPTH:
                waiting.append((f"{above}{key}.", value))

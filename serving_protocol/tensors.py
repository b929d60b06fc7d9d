"""NumPy arrays as `TensorProto`s and back.

A `TensorProto` holds its elements either as raw little-endian bytes (`tensor_content`) or in the
repeated field of its type (`float_val`, `int_val`, ...). In the latter, trailing equal elements
may be left out: the last one that is there is repeated, and none at all means zeros. TensorFlow
Serving answers in typed fields unless `--enable_serialization_as_tensor_content` is set; both are
read here.

Source: tensorflow/core/framework/tensor.proto and `Tensor::FromProto` in tensor.cc.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from serving_protocol.fill_budget import (
    FREE_GROWTH,
    STRING_BYTES,
    FillBudget,
    TensorDecodingError,
    brief,
)
from serving_protocol.messages import DataType, TensorProto, TensorShapeProto
from serving_protocol.string_content import strings_of_content

Array = npt.NDArray[Any]

# Values that are Python's objects at the same time.
CHUNK = 65_536


class UnsupportedDtype(TypeError):
    """The dtype has no counterpart on the other side."""


class _Storage(NamedTuple):
    """How elements of one dtype lie in a `TensorProto`."""

    numpy: np.dtype[Any]
    typed_field: str
    # dtype under which the typed field's integers are to be read back, where it is not `numpy`
    bits: np.dtype[Any] | None = None


def _storages() -> dict[int, _Storage]:
    rows: list[tuple[str, Any, str]] = [
        ("DT_FLOAT", np.float32, "float_val"),
        ("DT_DOUBLE", np.float64, "double_val"),
        ("DT_INT32", np.int32, "int_val"),
        ("DT_UINT8", np.uint8, "int_val"),
        ("DT_INT16", np.int16, "int_val"),
        ("DT_UINT16", np.uint16, "int_val"),
        ("DT_INT8", np.int8, "int_val"),
        ("DT_INT64", np.int64, "int64_val"),
        ("DT_UINT32", np.uint32, "uint32_val"),
        ("DT_UINT64", np.uint64, "uint64_val"),
        ("DT_BOOL", np.bool_, "bool_val"),
        ("DT_COMPLEX64", np.complex64, "scomplex_val"),
        ("DT_COMPLEX128", np.complex128, "dcomplex_val"),
    ]
    storages = {
        DataType.Value(name): _Storage(np.dtype(scalar), field) for name, scalar, field in rows
    }
    # half_val holds the 16 bits of each element as an integer.
    storages[DataType.Value("DT_HALF")] = _Storage(
        np.dtype(np.float16), "half_val", np.dtype(np.uint16)
    )
    return storages


DT_STRING: int = DataType.Value("DT_STRING")
_STORAGE = _storages()
_DATA_TYPE_OF = {storage.numpy: data_type for data_type, storage in _STORAGE.items()}


def numpy_dtype(data_type: int) -> np.dtype[Any]:
    """The NumPy dtype of a `DataType` value; `object` for strings.

    Raises:
        UnsupportedDtype: NumPy has none, or it is quantized, a reference, a resource or a variant.
    """
    if data_type == DT_STRING:
        return np.dtype(object)
    if data_type not in _STORAGE:
        raise UnsupportedDtype(f"no NumPy dtype for {data_type_name(data_type)}")
    return _STORAGE[data_type].numpy


def data_type_name(data_type: int) -> str:
    """`uint8` for `DT_UINT8`; `unknown (99)` for a number that the API does not have."""
    try:
        return str(DataType.Name(data_type)).removeprefix("DT_").lower()
    except ValueError:
        return f"unknown ({data_type})"


def encode_tensor(array: npt.ArrayLike, *, as_typed_values: bool = False) -> TensorProto:
    r"""`array` as a `TensorProto` of the same dtype and shape.

    Numbers go into `tensor_content`: 1 ms for a 1024x1024x3 image, where the typed field takes
    800. Bytes and text (as UTF-8) go into `string_val`, the only place for them.

    Args:
        array: any shape; numbers, bools, bytes or text.
        as_typed_values: put numbers into the typed field, one entry an element, as TensorFlow
            Serving answers.

    Raises:
        UnsupportedDtype: the array's dtype has no counterpart in TensorFlow.

    Example:
        >>> encode_tensor(np.zeros((1, 2), np.uint8)).tensor_content
        b'\x00\x00'
    """
    tensor = TensorProto()
    encode_tensor_into(tensor, array, as_typed_values=as_typed_values)
    return tensor


def encode_tensor_into(
    tensor: TensorProto, array: npt.ArrayLike, *, as_typed_values: bool = False
) -> None:
    """`encode_tensor` into an empty message, such as a map's, which saves a copy of all values.

    Raises:
        UnsupportedDtype: the array's dtype has no counterpart in TensorFlow.
    """
    given, array = array, np.asarray(array)
    if array.dtype.kind in "SU":
        # NumPy's own strings end before their last zero bytes, which a file's bytes may well have.
        array = np.asarray(given, object)
    native = array.dtype.newbyteorder("=")
    data_type = DT_STRING if array.dtype.kind == "O" else _DATA_TYPE_OF.get(native)
    if data_type is None:
        raise UnsupportedDtype(f"no TensorFlow dtype for NumPy's {array.dtype}")
    tensor.dtype = data_type
    for size in array.shape:
        tensor.tensor_shape.dim.add(size=size)
    if not array.shape:
        # A scalar has a shape too: one without axes.
        tensor.tensor_shape.SetInParent()
    if data_type == DT_STRING:
        tensor.string_val.extend(_as_bytes(array))
    elif as_typed_values:
        _put_typed_values(tensor, array.astype(native, copy=False).ravel(), _STORAGE[data_type])
    else:
        little_endian = array.dtype.newbyteorder("<")
        tensor.tensor_content = np.ascontiguousarray(array, little_endian).tobytes()


def decode_tensor(tensor: TensorProto, budget: FillBudget | None = None) -> Array:
    """The array that `tensor` holds; strings come as an object array of bytes.

    The array may be a read-only view of the message's bytes.

    Args:
        tensor: the message.
        budget: shared by the tensors of a request; one of `MAX_FILLED_UP_BYTES` by default.

    Raises:
        UnsupportedDtype: NumPy has no such dtype.
        TensorDecodingError: the shape is unknown, negative or beyond NumPy, the content is not of
            its size, or left-out elements would fill more than `budget` has left.

    Example:
        >>> compact = TensorProto(dtype=1, float_val=[0.5])
        >>> _ = compact.tensor_shape.dim.add(size=2)
        >>> decode_tensor(compact)
        array([0.5, 0.5], dtype=float32)
    """
    shape = _shape(tensor.tensor_shape)
    size = int(np.prod(shape, dtype=object))
    if tensor.dtype == DT_STRING:
        return _decode_strings(tensor, shape, size, budget or FillBudget())
    dtype = numpy_dtype(tensor.dtype)
    # Each look at the field copies it.
    if content := tensor.tensor_content:
        if len(content) != size * dtype.itemsize:
            raise TensorDecodingError(
                f"a {dtype} tensor of shape {list(shape)} has {size * dtype.itemsize} bytes, "
                f"but tensor_content has {len(content)}"
            )
        values = np.frombuffer(content, dtype.newbyteorder("<"))
        return _reshaped(values.astype(dtype, copy=False), shape)
    storage = _STORAGE[tensor.dtype]
    values = _typed_values(getattr(tensor, storage.typed_field), storage)
    if len(values) != size:
        values = _fill_up(values, size, budget or FillBudget())
    return _reshaped(values, shape)


def _put_typed_values(tensor: TensorProto, flat: Array, storage: _Storage) -> None:
    if storage.bits is not None:
        flat = flat.view(storage.bits)
    elif flat.dtype.kind == "c":
        flat = flat.view(flat.real.dtype)
    if flat.dtype.kind == "f":
        # The message's own encoding of such a field is the bytes of the array. 25 million floats
        # as Python's objects would take 800 MB on the way.
        number = TensorProto.DESCRIPTOR.fields_by_name[storage.typed_field].number
        content = flat.astype(flat.dtype.newbyteorder("<"), copy=False).tobytes()
        tensor.MergeFromString(_delimited(number, content))
        return
    field = getattr(tensor, storage.typed_field)
    for start in range(0, len(flat), CHUNK):
        field.extend(flat[start : start + CHUNK].tolist())


def _delimited(number: int, content: bytes) -> bytes:
    """A field of bytes or packed values, as protobuf writes it."""
    length = len(content)
    prefix = bytearray([number << 3 | 2])
    while length >= 0x80:
        prefix.append(length & 0x7F | 0x80)
        length >>= 7
    prefix.append(length)
    return b"".join((prefix, content))


def _reshaped(values: Array, shape: tuple[int, ...]) -> Array:
    try:
        return values.reshape(shape)
    except ValueError as error:
        # More than 64 axes, or sizes beside a zero that are too large to be multiplied.
        raise TensorDecodingError(f"no array has the shape {list(shape)}: {error}") from error


def _typed_values(field: Sequence[Any], storage: _Storage) -> Array:
    # np.array copies a repeated field in one go: 1.5 ms for 4.65 M floats; iterating takes 150.
    if storage.bits is not None:
        return np.array(field, np.int32).astype(storage.bits).view(storage.numpy)
    if storage.numpy.kind == "c":
        parts = np.array(field, np.empty(0, storage.numpy).real.dtype)
        return parts[: len(parts) // 2 * 2].view(storage.numpy)
    if storage.typed_field == "int_val":
        # int_val is int32 on the wire; narrower dtypes keep the low bits, as a C++ cast does.
        return np.array(field, np.int32).astype(storage.numpy)
    return np.array(field, storage.numpy)


def _fill_up(values: Array, size: int, budget: FillBudget) -> Array:
    """`values` cut or, with the last one repeated, filled up to `size` elements."""
    if len(values) >= size:
        return values[:size]
    budget.take(size * values.itemsize, f"{len(values)} values stand for a tensor of {brief(size)}")
    filled = np.zeros(size, values.dtype)
    filled[: len(values)] = values
    if len(values):
        filled[len(values) :] = values[-1]
    return filled


def _decode_strings(
    tensor: TensorProto, shape: tuple[int, ...], size: int, budget: FillBudget
) -> Array:
    if content := tensor.tensor_content:
        what = f"{len(content)} bytes stand for {brief(size)} strings"
        budget.take(size * STRING_BYTES - FREE_GROWTH * len(content), what)
        given: Sequence[bytes] = strings_of_content(content, size)
    else:
        given = tensor.string_val
        what = f"{len(given)} strings stand for a tensor of {brief(size)}"
        filler = len(given[-1]) if len(given) else 0
        # Each of those left out is copied by what computes with it.
        budget.take((size - len(given)) * (STRING_BYTES + filler), what)
    filled = min(len(given), size)
    strings = np.empty(size, object)
    strings[:filled] = given[:filled]
    if filled < size:
        strings[filled:].fill(given[-1] if len(given) else b"")
    return _reshaped(strings, shape)


def _as_bytes(array: Array) -> list[bytes]:
    strings = []
    for element in array.ravel().tolist():
        if isinstance(element, str):
            strings.append(element.encode())
        elif isinstance(element, bytes):
            strings.append(element)
        else:
            raise UnsupportedDtype(
                f"an array of objects may hold bytes and text only, not {type(element).__name__}"
            )
    return strings


def _shape(shape: TensorShapeProto) -> tuple[int, ...]:
    sizes = tuple(int(dim.size) for dim in shape.dim)
    if shape.unknown_rank or any(size < 0 for size in sizes):
        raise TensorDecodingError(
            "a tensor has a known shape without negative sizes, but this one's is "
            + ("of unknown rank" if shape.unknown_rank else str(list(sizes)))
        )
    return sizes

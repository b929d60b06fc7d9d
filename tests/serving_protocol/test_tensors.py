from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from serving_protocol.fill_budget import TensorDecodingError
from serving_protocol.messages import DataType, TensorProto, TensorShapeProto
from serving_protocol.tensors import (
    UnsupportedDtype,
    data_type_name,
    decode_tensor,
    encode_tensor,
    numpy_dtype,
)

NUMBERS = {
    "DT_FLOAT": "float32", "DT_DOUBLE": "float64", "DT_HALF": "float16", "DT_INT8": "int8",
    "DT_INT16": "int16", "DT_INT32": "int32", "DT_INT64": "int64", "DT_UINT8": "uint8",
    "DT_UINT16": "uint16", "DT_UINT32": "uint32", "DT_UINT64": "uint64", "DT_BOOL": "bool",
    "DT_COMPLEX64": "complex64", "DT_COMPLEX128": "complex128",
}  # fmt: skip
SHAPES: list[tuple[int, ...]] = [(), (1,), (0,), (2, 3), (3, 0, 2), (1, 2, 3, 4)]


def proto(data_type: str, shape: tuple[int, ...], **fields: Any) -> TensorProto:
    sizes = [TensorShapeProto.Dim(size=size) for size in shape]
    return TensorProto(
        dtype=DataType.Value(data_type), tensor_shape=TensorShapeProto(dim=sizes), **fields
    )


def same(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> bool:
    return one.dtype == other.dtype and one.shape == other.shape and bool((one == other).all())


@pytest.mark.parametrize("as_typed_values", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", NUMBERS.values())
def test_every_dtype_and_shape_comes_back(
    dtype: str, shape: tuple[int, ...], as_typed_values: bool
) -> None:
    array = (np.arange(np.prod(shape)).reshape(shape) % 7).astype(dtype)
    tensor = encode_tensor(array, as_typed_values=as_typed_values)
    assert same(decode_tensor(tensor), array)
    assert [dim.size for dim in tensor.tensor_shape.dim] == list(shape)
    assert bool(tensor.tensor_content) == (array.size > 0 and not as_typed_values)


@given(
    hnp.arrays(
        hnp.boolean_dtypes() | hnp.integer_dtypes() | hnp.unsigned_integer_dtypes()
        | hnp.floating_dtypes(sizes=(16, 32, 64)) | hnp.complex_number_dtypes(sizes=(64, 128)),
        hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
    ),
    st.booleans(),
    st.sampled_from(["C", "F"]),
)  # fmt: skip
def test_every_array_comes_back(array: npt.NDArray[Any], as_typed: bool, order: Any) -> None:
    decoded = decode_tensor(encode_tensor(np.asarray(array, order=order), as_typed_values=as_typed))
    assert decoded.shape == array.shape
    assert decoded.dtype == array.dtype.newbyteorder("=")
    assert np.array_equal(decoded, array, equal_nan=array.dtype.kind in "fc")


@pytest.mark.parametrize("as_typed_values", [False, True])
@pytest.mark.parametrize("dtype", [">f2", ">f4", ">i4", ">u8", ">c8"])
def test_foreign_byte_order_keeps_the_values(dtype: str, as_typed_values: bool) -> None:
    array = np.array([[1, 2, 3], [4, 5, 6]], dtype)
    tensor = encode_tensor(array, as_typed_values=as_typed_values)
    assert decode_tensor(tensor).tolist() == array.tolist()


def test_content_is_little_endian_and_row_by_row() -> None:
    array = np.array([[1, 2, 3], [4, 5, 6]], ">i2", order="F")
    assert encode_tensor(array).tensor_content == bytes([1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0])


@pytest.mark.parametrize("array", [
    np.arange(12).reshape(3, 4)[::2, 1::2], np.arange(12).reshape(3, 4).T,
    np.arange(6, dtype=np.complex64).reshape(2, 3).T, np.arange(6, dtype=np.float16)[::2],
    np.broadcast_to(np.float32(2), (2, 3)),
])  # fmt: skip
def test_views_are_encoded_as_they_look(array: npt.NDArray[Any]) -> None:
    assert same(decode_tensor(encode_tensor(array)), array)
    assert same(decode_tensor(encode_tensor(array, as_typed_values=True)), array)


@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize(
    ("data_type", "field", "given", "cut_or_filled"),
    [
        ("DT_FLOAT", "float_val", [0.5, 1.5], [0.5, 1.5, 1.5, 1.5, 1.5]),
        ("DT_FLOAT", "float_val", [], [0.0] * 5),
        ("DT_DOUBLE", "double_val", [0.5], [0.5] * 5),
        ("DT_INT32", "int_val", [7, -1], [7, -1, -1, -1, -1]),
        ("DT_UINT8", "int_val", [255, 256, -1], [255, 0, 255, 255, 255]),
        ("DT_INT8", "int_val", [127, 128], [127, -128, -128, -128, -128]),
        ("DT_UINT16", "int_val", [65535, 65536], [65535, 0, 0, 0, 0]),
        ("DT_INT64", "int64_val", [-(2**63)], [-(2**63)] * 5),
        ("DT_UINT32", "uint32_val", [2**32 - 1], [2**32 - 1] * 5),
        ("DT_UINT64", "uint64_val", [2**64 - 1], [2**64 - 1] * 5),
        ("DT_BOOL", "bool_val", [True, False], [True, False, False, False, False]),
        ("DT_HALF", "half_val", [0x3C00, 0x4000], [1.0, 2.0, 2.0, 2.0, 2.0]),
        ("DT_COMPLEX64", "scomplex_val", [1, 2, 3, 4], [1 + 2j] + [3 + 4j] * 4),
        ("DT_COMPLEX128", "dcomplex_val", [1, 2], [1 + 2j] * 5),
        ("DT_STRING", "string_val", [b"a", b"b"], [b"a", b"b", b"b", b"b", b"b"]),
        ("DT_STRING", "string_val", [], [b""] * 5),
    ],
)
def test_typed_values_are_cut_or_filled_up_with_the_last(
    data_type: str, field: str, given: list[Any], cut_or_filled: list[Any], size: int
) -> None:
    decoded = decode_tensor(proto(data_type, (size,), **{field: given}))
    assert decoded.tolist() == cut_or_filled[:size]


def test_content_goes_before_typed_values() -> None:
    tensor = proto("DT_INT32", (1,), tensor_content=b"\x05\0\0\0", int_val=[7])
    assert decode_tensor(tensor).tolist() == [5]


@pytest.mark.parametrize(
    ("tensor", "message"),
    [
        (proto("DT_FLOAT", (2,), tensor_content=b"\0" * 7), "8 bytes, but tensor_content has 7"),
        (proto("DT_FLOAT", (0,), tensor_content=b"\0" * 4), "0 bytes, but tensor_content has 4"),
        (proto("DT_FLOAT", (-1,)), r"without negative sizes, but this one's is \[-1\]"),
        (TensorProto(dtype=1, tensor_shape=TensorShapeProto(unknown_rank=True)), "unknown rank"),
        (proto("DT_FLOAT", (2**40,), float_val=[1]), "1 values stand for a tensor of 10995"),
        (proto("DT_FLOAT", (2**62, 4)), "0 values stand for a tensor of"),
        (proto("DT_STRING", (2**40,), string_val=[b"a"]), "1 strings stand for a tensor of"),
        (proto("DT_FLOAT", (0, 2**62)), "no array has the shape"),
        (proto("DT_STRING", (0, 2**62, 2**62)), "no array has the shape"),
        (proto("DT_FLOAT", (1,) * 65), "no array has the shape"),
        (proto("DT_STRING", (2,), tensor_content=b"\x01\x02ab"), "does not hold 2 strings"),
        (proto("DT_STRING", (1,), tensor_content=b"\x01ab"), "does not hold 1 strings"),
        (proto("DT_STRING", (2,), tensor_content=b"\xff\xff\xff\xff\xff\xff"), "does not hold 2"),
    ],
)  # fmt: skip
def test_a_tensor_that_contradicts_itself_is_refused(tensor: TensorProto, message: str) -> None:
    with pytest.raises(TensorDecodingError, match=message):
        decode_tensor(tensor)


@pytest.mark.parametrize(
    ("data_type", "name"),
    [(0, "invalid"), (14, "bfloat16"), (11, "qint8"), (20, "resource"), (101, "float_ref"),
     (99, r"unknown \(99\)")],
)  # fmt: skip
def test_dtypes_that_numpy_has_not_are_named(data_type: int, name: str) -> None:
    tensor = TensorProto(dtype=data_type, tensor_content=b"\0\0")
    with pytest.raises(UnsupportedDtype, match=f"no NumPy dtype for {name}"):
        decode_tensor(tensor)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.array(["2026-01-01"], "M8[D]"), "no TensorFlow dtype for NumPy's datetime64"),
        (np.zeros(1, np.longdouble), "no TensorFlow dtype for NumPy's float128"),
        (np.zeros(1, [("x", int)]), "no TensorFlow dtype"),
        (np.array([b"a", None], object), "bytes and text only, not NoneType"),
        (np.array([1, 2**80], object), "bytes and text only, not int"),
    ],
)
def test_arrays_that_tensorflow_has_not_are_named(array: npt.NDArray[Any], message: str) -> None:
    with pytest.raises(UnsupportedDtype, match=message):
        encode_tensor(array)


STRINGS: list[Any] = [
    b"", b"\0", [b"a\0", b"\0\0"], [["a", "bc"], ["d", ""]], np.array(["Hände", b"\xff"], object),
    np.array([], object), np.array(["ab", "c"]), np.array([b"ab", b"c"], object),
]  # fmt: skip


@pytest.mark.parametrize("strings", STRINGS)
def test_bytes_and_text_come_back_as_bytes(strings: Any) -> None:
    def as_bytes(value: Any) -> Any:
        if isinstance(value, list):
            return [as_bytes(each) for each in value]
        return value.encode() if isinstance(value, str) else value

    expected = strings.tolist() if isinstance(strings, np.ndarray) else strings
    decoded = decode_tensor(encode_tensor(strings))
    assert decoded.dtype == object
    assert decoded.tolist() == as_bytes(expected)


def test_strings_in_the_content_are_read() -> None:
    long = b"x" * 300
    content = b"\x01\x00\xac\x02" + b"a" + long
    decoded = decode_tensor(proto("DT_STRING", (3, 1), tensor_content=content))
    assert decoded.tolist() == [[b"a"], [b""], [long]]


@pytest.mark.parametrize(("name", "dtype"), NUMBERS.items())
def test_a_data_type_has_its_numpy_dtype_and_its_name(name: str, dtype: str) -> None:
    data_type = DataType.Value(name)
    assert numpy_dtype(data_type) == np.dtype(dtype)
    assert data_type_name(data_type) == name.removeprefix("DT_").lower()


def test_strings_are_objects_to_numpy() -> None:
    assert numpy_dtype(DataType.Value("DT_STRING")) == np.dtype(object)


tensors = st.builds(
    proto,
    st.sampled_from([*NUMBERS, "DT_STRING", "DT_INVALID", "DT_BFLOAT16"]),
    st.lists(st.integers(-1, 2**62) | st.integers(0, 3), max_size=4).map(tuple),
    tensor_content=st.binary(max_size=16),
    float_val=st.lists(st.floats(width=32), max_size=3),
    int_val=st.lists(st.integers(-(2**31), 2**31 - 1), max_size=3),
    half_val=st.lists(st.integers(-(2**31), 2**31 - 1), max_size=3),
    scomplex_val=st.lists(st.floats(width=32), max_size=3),
    string_val=st.lists(st.binary(max_size=3), max_size=3),
)


@given(tensors)
def test_whatever_comes_is_an_array_or_a_decoding_error(tensor: TensorProto) -> None:
    try:
        array = decode_tensor(tensor)
    except (TensorDecodingError, UnsupportedDtype):
        return
    assert array.shape == tuple(dim.size for dim in tensor.tensor_shape.dim)

"""Ours and TensorFlow's own conversions, on the same bytes."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serving_protocol.messages import DataType, TensorProto, TensorShapeProto
from serving_protocol.tensors import decode_tensor, encode_tensor
from tests.serving_protocol.test_tensors import NUMBERS, SHAPES, proto, same

FIELDS = {
    "DT_FLOAT": ("float_val", st.floats(width=32)),
    "DT_DOUBLE": ("double_val", st.floats()),
    "DT_INT8": ("int_val", st.integers(-128, 127)),
    "DT_UINT8": ("int_val", st.integers(0, 255)),
    "DT_INT16": ("int_val", st.integers(-(2**15), 2**15 - 1)),
    "DT_UINT16": ("int_val", st.integers(0, 2**16 - 1)),
    "DT_INT32": ("int_val", st.integers(-(2**31), 2**31 - 1)),
    "DT_INT64": ("int64_val", st.integers(-(2**63), 2**63 - 1)),
    "DT_UINT32": ("uint32_val", st.integers(0, 2**32 - 1)),
    "DT_UINT64": ("uint64_val", st.integers(0, 2**64 - 1)),
    "DT_BOOL": ("bool_val", st.booleans()),
    "DT_HALF": ("half_val", st.integers(0, 2**16 - 1)),
    "DT_STRING": ("string_val", st.binary(max_size=4)),
}


@st.composite
def compact_tensors(draw: st.DrawFn) -> TensorProto:
    """Typed values, fewer or more of them than the shape has elements."""
    data_type = draw(st.sampled_from(sorted(FIELDS)))
    field, elements = FIELDS[data_type]
    shape = draw(st.lists(st.integers(0, 3), max_size=3))
    values = draw(st.lists(elements, max_size=5))
    return proto(data_type, tuple(shape), **{field: values})


def test_what_is_left_out_is_filled_up_as_tensorflow_does(tf: Any) -> None:
    @settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
    @given(compact_tensors())
    def agrees(tensor: TensorProto) -> None:
        theirs = tf.io.parse_tensor(tensor.SerializeToString(), tf.as_dtype(tensor.dtype)).numpy()
        ours = decode_tensor(tensor)
        assert ours.shape == np.shape(theirs)
        assert np.array_equal(ours, theirs, equal_nan=ours.dtype.kind == "f")

    agrees()


@pytest.mark.parametrize("compact", [[], [1, 2], [1, 2, 3, 4], [1, 2, 3, 4, 5, 6, 7, 8]])
@pytest.mark.parametrize("name", ["DT_COMPLEX64", "DT_COMPLEX128"])
def test_complex_numbers_are_filled_up_as_tensorflow_does(
    tf: Any, name: str, compact: list[float]
) -> None:
    field = "scomplex_val" if name == "DT_COMPLEX64" else "dcomplex_val"
    tensor = proto(name, (3,), **{field: compact})
    theirs = tf.io.parse_tensor(tensor.SerializeToString(), tf.as_dtype(tensor.dtype)).numpy()
    assert decode_tensor(tensor).tolist() == theirs.tolist()


@pytest.mark.parametrize("strings", [[b""], [b"a", b"bb"], [b"x" * 300, b"", b"y" * 20_000]])
def test_strings_in_the_content_are_read_as_tensorflow_does(tf: Any, strings: list[bytes]) -> None:
    def varint(number: int) -> bytes:
        head = b""
        while number > 0x7F:
            head += bytes([number & 0x7F | 0x80])
            number >>= 7
        return head + bytes([number])

    content = b"".join(varint(len(each)) for each in strings) + b"".join(strings)
    tensor = proto("DT_STRING", (len(strings),), tensor_content=content)
    theirs = tf.io.parse_tensor(tensor.SerializeToString(), tf.string).numpy()
    assert decode_tensor(tensor).tolist() == theirs.tolist() == strings


@pytest.mark.parametrize("as_typed_values", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", NUMBERS.values())
def test_tensorflow_reads_what_we_write(
    tf: Any, dtype: str, shape: tuple[int, ...], as_typed_values: bool
) -> None:
    array = (np.arange(np.prod(shape)).reshape(shape) % 7).astype(dtype)
    tensor = encode_tensor(array, as_typed_values=as_typed_values)
    official = type(tf.make_tensor_proto(0)).FromString(tensor.SerializeToString())
    assert same(tf.make_ndarray(official), array)
    assert same(np.asarray(tf.io.parse_tensor(tensor.SerializeToString(), dtype)), array)


@pytest.mark.parametrize("value", [3, 2.5, True, "text", [b"a", b"\0"], [[1, 2], [3, 4]], [5] * 9])
def test_we_read_what_tensorflow_writes(tf: Any, value: Any) -> None:
    official = tf.make_tensor_proto(value)
    ours = decode_tensor(TensorProto.FromString(official.SerializeToString()))
    assert ours.tolist() == tf.make_ndarray(official).tolist()


def test_data_types_have_tensorflows_numbers(tf: Any) -> None:
    for name, dtype in NUMBERS.items():
        assert tf.as_dtype(dtype).as_datatype_enum == DataType.Value(name)


def test_a_size_that_both_refuse(tf: Any) -> None:
    tensor = proto("DT_FLOAT", (2,), tensor_content=b"\0" * 7)
    with pytest.raises(tf.errors.InvalidArgumentError):
        tf.io.parse_tensor(tensor.SerializeToString(), tf.float32)
    with pytest.raises(ValueError, match="has 8 bytes"):
        decode_tensor(tensor)


def test_shapes_are_written_out_in_full() -> None:
    assert encode_tensor(np.zeros((2, 0), np.float32)).tensor_shape == TensorShapeProto(
        dim=[TensorShapeProto.Dim(size=2), TensorShapeProto.Dim(size=0)]
    )

"""Requests whose tensors promise far more than they hold are refused before memory is taken."""

import tracemalloc
from typing import Any

import grpc
import numpy as np
import pytest

from server.embedded.errors import ServingError
from server.embedded.predict import decode_inputs
from serving_protocol.messages import DataType, SignatureDef, TensorInfo, TensorProto

MEGABYTE = 2**20
MANY = 2**25


def tensor(dtype: str, *sizes: int, **values: Any) -> TensorProto:
    made = TensorProto(dtype=DataType.Value(f"DT_{dtype}"), **values)
    for size in sizes:
        made.tensor_shape.dim.add(size=size)
    return made


def signature(**dtypes: str) -> SignatureDef:
    return SignatureDef(
        inputs={
            alias: TensorInfo(name=f"{alias}:0", dtype=DataType.Value(f"DT_{dtype}"))
            for alias, dtype in dtypes.items()
        }
    )


def refusal(dtype: str, *tensors: TensorProto, limit: int | None = None) -> ServingError:
    """What comes of the tensors as inputs of one request, which may not take much memory."""
    aliases = [f"x{number}" for number in range(len(tensors))]
    limits = () if limit is None else (limit,)
    wanted = signature(**dict.fromkeys(aliases, dtype))
    tracemalloc.start()
    try:
        with pytest.raises(ServingError) as raised:
            decode_inputs(wanted, dict(zip(aliases, tensors, strict=True)), *limits)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < MEGABYTE
    assert raised.value.code == grpc.StatusCode.INVALID_ARGUMENT
    assert raised.value.message.startswith("tensor parsing error: x")
    return raised.value


@pytest.mark.parametrize(
    ("dtype", "promise"),
    [
        ("STRING", tensor("STRING", MANY)),
        ("STRING", tensor("STRING", MANY, string_val=[b"a"])),
        ("STRING", tensor("STRING", 2**13, 2**12, string_val=[b"a", b"b"])),
        ("STRING", tensor("STRING", 2**62, 2**62)),
        ("STRING", tensor("STRING", 1000, string_val=[bytes(200_000)])),
        ("STRING", tensor("STRING", MANY, tensor_content=bytes(1000))),
        ("FLOAT", tensor("FLOAT", 2**26)),
        ("FLOAT", tensor("FLOAT", 2**26, float_val=[1])),
        ("DOUBLE", tensor("DOUBLE", 2**40, double_val=[1])),
        ("INT32", tensor("INT32", 2**26, int_val=[1])),
        ("INT64", tensor("INT64", 2**25, int64_val=[1])),
        ("UINT8", tensor("UINT8", 2**28, int_val=[1])),
        ("BOOL", tensor("BOOL", 2**62, 2**62, bool_val=[True])),
        ("HALF", tensor("HALF", 2**27, half_val=[1])),
        ("COMPLEX128", tensor("COMPLEX128", 2**24, dcomplex_val=[1, 2])),
        ("FLOAT", tensor("FLOAT", *[2**62] * 32)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_few_bytes_that_stand_for_a_huge_tensor(dtype: str, promise: TensorProto) -> None:
    assert len(promise.SerializeToString()) < MEGABYTE
    assert "are not filled up" in refusal(dtype, promise).message


@pytest.mark.parametrize("dtype", ["FLOAT", "STRING"])
@pytest.mark.parametrize("rank", [33, 64, 255, 10_000])
def test_more_dimensions_than_arrays_have(dtype: str, rank: int) -> None:
    message = refusal(dtype, tensor(dtype, *[1] * rank)).message
    assert message == f"tensor parsing error: x0 (it has {rank} dimensions; 32 are taken)"


@pytest.mark.parametrize("dtype", ["FLOAT", "STRING"])
@pytest.mark.parametrize("sizes", [(-1,), (2, -3), (-(2**63),), (0, -1)])
def test_sizes_below_zero(dtype: str, sizes: tuple[int, ...]) -> None:
    refusal(dtype, tensor(dtype, *sizes))


@pytest.mark.parametrize("content", [b"abc", bytes(8), bytes(4)])
def test_content_of_another_size(content: bytes) -> None:
    refusal("FLOAT", tensor("FLOAT", 3, tensor_content=content))
    refusal("FLOAT", tensor("FLOAT", 2**62, 4, tensor_content=content))


def test_the_inputs_of_a_request_share_the_limit() -> None:
    half = tensor("FLOAT", 2**10, float_val=[1])
    refusal("FLOAT", half, half, half, limit=2**13)
    fitting = {"x": half, "y": half}
    arrays = decode_inputs(signature(x="FLOAT", y="FLOAT"), fitting, 2**13)
    assert [array.nbytes for array in arrays.values()] == [2**12] * 2


def test_what_was_sent_in_full_is_not_limited() -> None:
    sent = {
        "x": tensor("FLOAT", 10_000, tensor_content=bytes(40_000)),
        "y": tensor("FLOAT", 3, float_val=[1, 2, 3]),
    }
    arrays = decode_inputs(signature(x="FLOAT", y="FLOAT"), sent, 0)
    np.testing.assert_array_equal(arrays["y"], [1, 2, 3])
    words = [b"word"] * 1000
    strings = {"x": tensor("STRING", 1000, string_val=words)}
    assert decode_inputs(signature(x="STRING"), strings, 0)["x"].tolist() == words


def test_left_out_strings_are_the_last_one_again() -> None:
    sent = {"x": tensor("STRING", 2, 2, string_val=[b"a", b"b\0"])}
    array = decode_inputs(signature(x="STRING"), sent)["x"]
    assert array.tolist() == [[b"a", b"b\0"], [b"b\0", b"b\0"]]

"""What a Predict may cost, and what it is refused for; the contract suite has the rest."""

import tracemalloc
from typing import Any

import grpc
import numpy as np
import pytest

from server.embedded.errors import ServingError
from server.embedded.observer import Api, NobodyObserves
from server.embedded.predict import (
    check_input_count,
    check_method_name,
    choose_outputs,
    decode_inputs,
    find_signature,
    run_predict,
)
from server.embedded.servable import Servable
from serving_protocol.messages import SignatureDef, TensorProto, TensorShapeProto
from serving_protocol.tensors import encode_tensor
from tests.support.fake_engine import FakeModel, addition_signature


def tensor(*sizes: int, **values: Any) -> TensorProto:
    shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in sizes])
    return TensorProto(dtype=1, tensor_shape=shape, **values)


@pytest.mark.parametrize(
    ("what", "bad"),
    [
        ("terabytes from one value", tensor(1 << 40, float_val=[1])),
        ("more than there are addresses", tensor(1 << 62, 1 << 62, float_val=[1])),
        ("a negative size", tensor(-1, float_val=[1])),
        ("nothing of an absurd shape", tensor(1 << 62, 1 << 62, 0)),
        ("a hundred thousand dimensions", tensor(*[1 << 62] * 100_000)),
        ("65 dimensions", tensor(*[1] * 65, float_val=[1])),
        ("content of another size", tensor(2, tensor_content=b"abc")),
        ("no dtype", TensorProto()),
        ("an unknown dtype", TensorProto(dtype=99)),
    ],
)
def test_what_is_no_tensor_is_refused_before_it_costs_anything(what: str, bad: TensorProto) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ServingError, match="tensor parsing error: x") as raised:
            decode_inputs(addition_signature(), {"x": bad})
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert raised.value.code == grpc.StatusCode.INVALID_ARGUMENT
    # Neither the tensor, nor the number of its elements, which may have millions of digits.
    assert peak_bytes < 100_000, what


def signature_with_default() -> SignatureDef:
    signature = addition_signature()
    signature.inputs["scale"].CopyFrom(signature.inputs["x"])
    signature.defaults["scale"].CopyFrom(encode_tensor(np.float32(3)))
    return signature


def test_a_missing_input_takes_the_signature_s_default() -> None:
    signature = signature_with_default()
    given = {"x": encode_tensor(np.ones(1, np.float32))}
    check_input_count(signature, given)
    assert decode_inputs(signature, given)["scale"] == 3


def test_an_input_without_a_default_is_missed() -> None:
    signature = signature_with_default()
    given = {"scale": encode_tensor(np.ones(1, np.float32))}
    check_input_count(signature, given)
    with pytest.raises(ServingError, match=r"Signature input alias: x\(feed name: x:0\) not found"):
        decode_inputs(signature, given)


def test_the_default_signature_is_serving_default() -> None:
    name, _ = find_signature(FakeModel(0), "")
    assert name == "serving_default"


def test_outputs_come_in_the_order_of_the_filter_or_sorted() -> None:
    signature = addition_signature()
    signature.outputs["a"].CopyFrom(signature.outputs["y"])
    assert choose_outputs(signature, []) == ["a", "y"]
    assert choose_outputs(signature, ["y", "a"]) == ["y", "a"]


def test_a_signature_of_another_method_is_refused_where_that_is_checked() -> None:
    signature = addition_signature()
    check_method_name(signature)
    signature.method_name = "other"
    with pytest.raises(ServingError, match=r"method_name to be one of .* Was: other") as raised:
        check_method_name(signature)
    assert raised.value.code == grpc.StatusCode.INTERNAL


def test_a_run_is_timed_for_the_observer() -> None:
    runs: list[tuple[str, str]] = []

    class Observer(NobodyObserves):
        def request_finished(self, *_: object) -> None:
            raise AssertionError("only the run is told")

        def run_finished(
            self, model_name: str, engine: str, duration_s: float, api: Api = "Predict"
        ) -> None:
            runs.append((model_name, engine))

    x = {"x": np.ones(1, np.float32)}
    y = run_predict(Servable("m", 1, FakeModel(2)), "serving_default", x, ["y"], Observer())
    assert y["y"].tolist() == [3]
    assert runs == [("m", "fake")]

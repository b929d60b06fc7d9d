"""A few bytes of a file are megabytes of pixels: how many images a request may bring."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import psutil
import pytest
from PIL import Image

from server.embedded.batching import BatchingModel, BatchSlots
from server.embedded.configs.batching_parameters import BatchingParameters
from server.embedded.errors import ServingError
from server.embedded.image_batches import ImageBatches, limit_images
from serving_protocol.messages import (
    MetaGraphDef,
    ModelSpec,
    PredictRequest,
    SignatureDef,
    TensorInfo,
    TensorProto,
)
from tests.support.model_servers import running_model_server

SHIPPED = Path(__file__).parents[3] / "models" / "hands-gestures"
STRING, FLOAT = 7, 1
ROWS = 65_535


class Echo:
    """Answers how many rows came. See `LoadedModel`."""

    engine = "echo"

    def __init__(self, dtype: int, rank: int) -> None:
        signature = SignatureDef(method_name="tensorflow/serving/predict")
        for info, name in ((signature.inputs["x"], "x:0"), (signature.outputs["y"], "y:0")):
            info.CopyFrom(TensorInfo(name=name, dtype=dtype))
            for _ in range(rank):
                info.tensor_shape.dim.add(size=-1)
        self.signatures: Mapping[str, SignatureDef] = {"serving_default": signature}

    def run(
        self, signature_name: str, inputs: Mapping[str, Any], outputs: Sequence[str]
    ) -> dict[str, Any]:
        return dict.fromkeys(outputs, inputs["x"])

    def run_together(
        self, inputs: Mapping[str, Mapping[str, Any]], outputs: Mapping[str, Sequence[str]]
    ) -> dict[str, dict[str, Any]]:
        return {name: self.run(name, inputs[name], chosen) for name, chosen in outputs.items()}

    def close(self) -> None:
        pass


def graph(*operations: str) -> MetaGraphDef:
    """x through each of the operations to y."""
    made = MetaGraphDef()
    before = "x"
    made.graph_def.node.add(name="x", op="Placeholder")
    for operation in operations:
        made.graph_def.node.add(name=operation, op=operation, input=[before])
        before = operation
    made.graph_def.node.add(name="y", op="Identity", input=[before])
    return made


DECODING, PLAIN = graph("DecodeImage"), graph("StringUpper")


@pytest.mark.parametrize(
    ("dtype", "rank", "meta_graph", "is_limited"),
    [
        (STRING, 1, DECODING, True),
        (STRING, 1, graph("DecodeBase64", "DecodeJpeg"), True),
        (STRING, 1, PLAIN, False),
        (FLOAT, 4, PLAIN, True),
        (FLOAT, 2, PLAIN, False),
        (FLOAT, 1, DECODING, False),
    ],
)
def test_images_are_counted_and_rows_of_other_things_are_not(
    dtype: int, rank: int, meta_graph: MetaGraphDef, *, is_limited: bool
) -> None:
    model = limit_images(Echo(dtype, rank), lambda: meta_graph, 3)
    assert isinstance(model, ImageBatches) == is_limited
    for rows in (0, 3, 4):
        array = np.zeros((rows,) + (1,) * (rank - 1), object if dtype == STRING else np.float32)
        given, wanted = {"serving_default": {"x": array}}, {"serving_default": ["y"]}
        if rows <= 3 or not is_limited:
            assert len(model.run_together(given, wanted)["serving_default"]["y"]) == rows
            continue
        with pytest.raises(ServingError, match="x has 4 images, of which 3") as raised:
            model.run_together(given, wanted)
        assert raised.value.code == grpc.StatusCode.INVALID_ARGUMENT
        with pytest.raises(ServingError, match="x has 4 images, of which 3"):
            model.run("serving_default", {"x": array}, ["y"])


def test_a_batch_of_strings_without_a_dimension_or_with_several_is_counted_whole() -> None:
    model = limit_images(Echo(STRING, 1), lambda: DECODING, 3)
    with pytest.raises(ServingError, match="x has 4 images"):
        model.run("serving_default", {"x": np.zeros((2, 2), object)}, ["y"])
    assert model.run("serving_default", {"x": np.array(b"a", object)}, ["y"])["y"].shape == ()


def test_requests_that_are_run_as_one_are_each_below_the_limit() -> None:
    slots = BatchSlots(BatchingParameters())
    model = BatchingModel(limit_images(Echo(STRING, 1), lambda: DECODING, 3), slots)
    with pytest.raises(ServingError, match="x has 4 images"):
        model.run("serving_default", {"x": np.zeros(4, object)}, ["y"])
    assert len(model.run("serving_default", {"x": np.zeros(3, object)}, ["y"])["y"]) == 3


def test_130_bytes_for_65535_images_take_no_memory(tmp_path: Path) -> None:
    file = io.BytesIO()
    Image.new("RGB", (2, 2)).save(file, "PNG")
    flags = ("--engine=openvino", "--model_name=m", f"--model_base_path={SHIPPED}")
    with running_model_server(tmp_path, *flags) as server:

        def ask(rows: int, sent: int) -> int:
            tensor = TensorProto(dtype=STRING, string_val=[file.getvalue()] * sent)
            tensor.tensor_shape.dim.add(size=rows)
            request = PredictRequest(model_spec=ModelSpec(name="m"), inputs={"image_bytes": tensor})
            answer = server.predictions.Predict(request, timeout=60)
            return int(answer.outputs["detection_boxes"].tensor_shape.dim[0].size)

        process = psutil.Process(server.own_program.process.pid)
        assert ask(2, 1) == 2
        before = process.memory_info().rss
        for sent in (1, ROWS):
            with pytest.raises(grpc.RpcError, match="65535 images, of which 128") as raised:
                ask(ROWS, sent)
            assert raised.value.code() == grpc.StatusCode.INVALID_ARGUMENT
        assert process.memory_info().rss < before + 100_000_000
        assert ask(2, 2) == 2

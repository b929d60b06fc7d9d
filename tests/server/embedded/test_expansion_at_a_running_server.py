"""Few bytes that stand for much, at a server's port."""

from pathlib import Path

import grpc
import numpy as np
import psutil
import pytest

from serving_protocol.messages import ModelSpec, PredictRequest, TensorProto
from tests.support.model_servers import running_model_server

MANY = 33_000_000


@pytest.mark.parametrize("engine", ["openvino", "tensorflow"])
def test_50_bytes_take_no_memory(tmp_path: Path, tiny_models: Path, engine: str) -> None:
    flags = (
        f"--engine={engine}",
        "--model_name=m",
        f"--model_base_path={tiny_models / 'half_plus'}",
        "--max_filled_up_bytes=4000",
    )
    tensors = [TensorProto(dtype=7, string_val=[b"a"]), TensorProto(dtype=1, float_val=[2])]
    with running_model_server(tmp_path, *flags) as server:
        process = psutil.Process(server.own_program.process.pid)
        server.predict(ModelSpec(name="m"), x=np.ones(1000, np.float32))
        before = process.memory_info().rss
        for tensor in tensors:
            tensor.tensor_shape.dim.add(size=MANY)
            request = PredictRequest(model_spec=ModelSpec(name="m"), inputs={"x": tensor})
            assert len(request.SerializeToString()) < 50
            with pytest.raises(grpc.RpcError, match="tensor parsing error: x") as raised:
                server.predictions.Predict(request, timeout=30)
            assert raised.value.code() == grpc.StatusCode.INVALID_ARGUMENT
        assert process.memory_info().rss < before + MANY
        fitting = PredictRequest(model_spec=ModelSpec(name="m"), inputs={"x": tensors[1]})
        fitting.inputs["x"].tensor_shape.dim[0].size = 1000
        answer = server.predictions.Predict(fitting, timeout=30)
        assert set(answer.outputs["y"].float_val) == {4.0}

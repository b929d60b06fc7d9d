"""What the core answers where a model's answer cannot be sent."""

from pathlib import Path

import grpc
import numpy as np
import pytest

from server.embedded.core import ModelServerCore
from server.embedded.engines.tensorflow_engine import TensorflowEngine
from server.embedded.errors import ServingError
from server.embedded.loading import VersionLoader
from server.embedded.model_set import ModelSet
from server.embedded.versions.manager import LoadSettings
from serving_protocol.messages import (
    DataType,
    ModelConfig,
    ModelConfigList,
    ModelServerConfig,
    ModelSpec,
    PredictRequest,
)
from serving_protocol.tensors import encode_tensor
from tests.support.small_graphs import affine, write_saved_model


def test_an_output_that_numpy_has_no_type_for_is_named(tmp_path: Path) -> None:
    graph = affine()
    cast = graph.graph_def.node.add(name="cast", op="Cast", input=["y"])
    cast.attr["SrcT"].type = DataType.Value("DT_FLOAT")
    cast.attr["DstT"].type = DataType.Value("DT_BFLOAT16")
    graph.signature_def["serving_default"].outputs["y"].name = "cast:0"
    write_saved_model(tmp_path / "1", graph)
    models = ModelSet(VersionLoader(TensorflowEngine()), LoadSettings(max_retries=0), poll_wait_s=0)
    config = ModelConfig(name="m", base_path=str(tmp_path), model_platform="tensorflow")
    models.load_initially(ModelServerConfig(model_config_list=ModelConfigList(config=[config])))
    request = PredictRequest(model_spec=ModelSpec(name="m"))
    request.inputs["x"].CopyFrom(encode_tensor(np.ones(1, np.float32)))
    with pytest.raises(ServingError, match=r"output y cannot be encoded.*bfloat16") as raised:
        ModelServerCore(models).predict(request)
    assert raised.value.code == grpc.StatusCode.UNIMPLEMENTED
    assert models.close(5)

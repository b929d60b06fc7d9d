"""Several signatures at once, of a model under either engine."""

from pathlib import Path

import numpy as np
import pytest

from server.embedded.engines.choice import engine_named
from server.embedded.engines.engine import LoadedModel
from server.embedded.errors import ServingError
from tests.support.small_graphs import FLOAT, affine, signature, tensor_info, write_saved_model

# The engine is chosen by its name.
pytestmark = pytest.mark.tensorflow


@pytest.fixture(params=["openvino", "tensorflow"])
def model(request: pytest.FixtureRequest, tmp_path: Path) -> LoadedModel:
    """y = x / 2 + 2, whose signature `halves` gives x / 2."""
    graph = affine()
    graph.signature_def["halves"].CopyFrom(
        signature({"inputs": tensor_info("x:0")}, {"outputs": tensor_info("product:0")})
    )
    return engine_named(request.param).load(write_saved_model(tmp_path / "1", graph))


def test_each_signature_answers_as_alone(model: LoadedModel) -> None:
    x = np.array([2, 4], np.float32)
    inputs = {"serving_default": {"x": x}, "halves": {"inputs": x}}
    for names in (["serving_default", "halves"], ["halves", "serving_default"], ["halves"]):
        outputs = {name: ["y"] if name == "serving_default" else ["outputs"] for name in names}
        results = model.run_together(inputs, outputs)
        assert list(results) == names
        for name in names:
            alone = model.run(name, inputs[name], outputs[name])
            assert {alias: array.tolist() for alias, array in results[name].items()} == {
                alias: array.tolist() for alias, array in alone.items()
            }
    assert model.run("halves", inputs["halves"], ["outputs"])["outputs"].tolist() == [1, 2]


def test_an_array_that_one_of_them_does_not_take_is_refused(model: LoadedModel) -> None:
    text = {"inputs": np.array([b"two"], object)}
    with pytest.raises(ServingError, match=r"Expects arg\[0\] to be float but string is provided"):
        model.run_together({"halves": text}, {"halves": ["outputs"]})


def test_the_graph_s_dtype_counts_where_a_signature_declares_another(tmp_path: Path) -> None:
    graph = affine()
    graph.signature_def["serving_default"].inputs["x"].dtype = FLOAT + 1
    model = engine_named("tensorflow").load(write_saved_model(tmp_path / "1", graph))
    x = np.array([2], np.float32)
    assert model.run("serving_default", {"x": x}, ["y"])["y"].tolist() == [3]
    with pytest.raises(ServingError, match="to be float but double is provided"):
        model.run("serving_default", {"x": x.astype(np.float64)}, ["y"])

import subprocess
import sys
import textwrap
from pathlib import Path

import grpc
import numpy as np
import pytest

from server.embedded.engines.tensorflow_engine import TensorflowEngine
from server.embedded.errors import ModelLoadError, ServingError
from tests.support.shared import REPOSITORY
from tests.support.small_graphs import affine, tensor_info, write_saved_model


@pytest.fixture(scope="module")
def engine() -> TensorflowEngine:
    return TensorflowEngine()


@pytest.mark.parametrize("text", [[b"one", b"two\xff\0"], b"one", [], [[b""]]])
def test_strings_go_in_and_out(
    text: list[bytes] | bytes, engine: TensorflowEngine, string_model: Path
) -> None:
    model = engine.load(string_model)
    array = np.array(text, object)
    loud = model.run("serving_default", {"text": array}, ["loud"])["loud"]
    assert loud.dtype == object
    assert loud.shape == array.shape
    assert [each.lower() for each in loud.ravel()] == array.ravel().tolist()
    assert model.engine == "tensorflow"
    model.close()


@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3)])
def test_declared_shapes_are_not_enforced(
    shape: tuple[int, ...], engine: TensorflowEngine, tmp_path: Path
) -> None:
    model = engine.load(write_saved_model(tmp_path / "1", affine(shape=[2])))
    x = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    np.testing.assert_array_equal(model.run("serving_default", {"x": x}, ["y"])["y"], x / 2 + 2)


def test_variables_keep_their_values(engine: TensorflowEngine, counting_model: Path) -> None:
    model = engine.load(counting_model)
    counts = [model.run("serving_default", {}, ["count"])["count"].item() for _ in range(3)]
    assert counts == [1, 2, 3]


def test_two_names_for_one_tensor_are_both_answered(
    engine: TensorflowEngine, tmp_path: Path
) -> None:
    graph = affine()
    outputs = graph.signature_def["serving_default"].outputs
    outputs["again"].CopyFrom(tensor_info("y:0"))
    outputs["always"].CopyFrom(tensor_info("offset:0", []))
    model = engine.load(write_saved_model(tmp_path / "1", graph))
    x = np.array([2], np.float32)
    answer = model.run("serving_default", {"x": x}, ["y", "again", "always"])
    assert {alias: array.tolist() for alias, array in answer.items()} == {
        "y": [3],
        "again": [3],
        "always": 2,
    }


def test_an_operations_error_keeps_its_code_and_message(
    engine: TensorflowEngine, model_with_variables: Path
) -> None:
    model = engine.load(model_with_variables)
    with pytest.raises(ServingError, match="Incompatible shapes") as error:
        model.run("serving_default", {"x": np.ones((2, 4), np.float32)}, ["y"])
    assert error.value.code is grpc.StatusCode.INVALID_ARGUMENT


def test_an_operation_that_this_tensorflow_lacks_is_named(
    engine: TensorflowEngine, tmp_path: Path
) -> None:
    graph = affine()
    graph.graph_def.node[-1].op = "NobodysOperation"
    with pytest.raises(ModelLoadError, match="NobodysOperation"):
        engine.load(write_saved_model(tmp_path / "1", graph))


WITHOUT_TENSORFLOW = """
    import sys
    from pathlib import Path

    sys.modules["tensorflow"] = None
    from server.embedded.engines.choice import engine_named
    from server.embedded.engines.engine import EngineMissing
    from server.embedded.errors import ModelLoadError

    auto = engine_named("auto")
    try:
        auto.load(Path(sys.argv[1]))
    except ModelLoadError as error:
        print(error.code.name, error.message)
    # Were it looked for again, it would be another error that is raised.
    sys.modules["server.embedded.engines.tensorflow_engine"] = None
    try:
        auto.load(Path(sys.argv[1]))
    except ModelLoadError as error:
        print(error.code.name, error.message)
    del sys.modules["server.embedded.engines.tensorflow_engine"]
    try:
        engine_named("tensorflow")
    except EngineMissing as error:
        print(error)
"""


def test_where_tensorflow_is_not_installed_it_is_said_what_to_install(string_model: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(WITHOUT_TENSORFLOW), string_model],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    for_the_model, again, for_the_engine = result.stdout.splitlines()
    assert again == for_the_model
    assert for_the_model.startswith(f"FAILED_PRECONDITION {string_model} needs TensorFlow (string")
    assert "pip install 'boxwright[tensorflow]'" in for_the_model
    assert "pip install -r requirements/tensorflow.txt" in for_the_engine

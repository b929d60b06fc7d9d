from pathlib import Path

import numpy as np
import pytest

from server.embedded.engines.choice import engine_named, needs_tensorflow
from server.embedded.engines.engine import Engine, EngineSettings
from server.embedded.errors import ModelLoadError
from tests.support.example_model import write_example_model
from tests.support.shared import shared
from tests.support.small_graphs import affine, tensor_info, write_saved_model


@pytest.fixture(scope="module")
def auto() -> Engine:
    return engine_named("auto")


def test_openvino_takes_what_it_can(auto: Engine, tmp_path: Path) -> None:
    folder = write_saved_model(tmp_path / "1", affine())
    assert auto.load(folder).engine == "openvino"
    assert needs_tensorflow(folder) is None


def test_tensorflow_takes_strings(auto: Engine, string_model: Path) -> None:
    assert auto.load(string_model).engine == "tensorflow"
    assert needs_tensorflow(string_model) == "string input 'text' of signature 'serving_default'"


def test_a_model_that_predicts_numbers_and_classifies_examples_is_tensorflow_s_as_a_whole(
    auto: Engine, tmp_path: Path
) -> None:
    write_example_model(tmp_path / "1")
    model = auto.load(tmp_path / "1")
    assert model.engine == "tensorflow"
    x = np.array([[2]], np.float32)
    assert model.run("serving_default", {"x": x}, ["y"])["y"].tolist() == [[3]]
    reason = needs_tensorflow(tmp_path / "1")
    assert reason is not None
    assert reason.startswith("string input 'inputs' of signature 'classify_")
    with pytest.raises(ModelLoadError, match="--engine=tensorflow can"):
        engine_named("openvino").load(tmp_path / "1")


def test_tensorflow_takes_signatures_that_change_their_state(
    auto: Engine, counting_model: Path
) -> None:
    assert auto.load(counting_model).engine == "tensorflow"
    assert needs_tensorflow(counting_model) == (
        "signature 'serving_default' changes its own state (AssignAdd)"
    )


def test_tensorflow_takes_what_openvino_would_answer_wrongly(auto: Engine, tmp_path: Path) -> None:
    graph = affine()
    signature = graph.signature_def["serving_default"]
    signature.outputs["always"].CopyFrom(tensor_info("offset:0", []))
    model = auto.load(write_saved_model(tmp_path / "1", graph))
    x = np.array([2], np.float32)
    assert model.run("serving_default", {"x": x}, ["always"])["always"].tolist() == 2


def test_a_detector_needs_no_tensorflow() -> None:
    assert needs_tensorflow(shared("models/hands/1")) is None


def test_a_broken_folder_is_loaded_by_no_engine(auto: Engine, tmp_path: Path) -> None:
    for load in (needs_tensorflow, auto.load):
        with pytest.raises(ModelLoadError, match="Could not find SavedModel"):
            load(tmp_path)


@pytest.mark.parametrize("name", ["openvino", "tensorflow", "auto"])
def test_every_engine_takes_threads_and_tags(name: str, tmp_path: Path) -> None:
    settings = EngineSettings(
        inter_op_threads=1, intra_op_threads=1, tags=frozenset({"serve", "cpu"})
    )
    folder = write_saved_model(tmp_path / "1", affine(factor=9), affine(tags=["serve", "cpu"]))
    model = engine_named(name, settings).load(folder)
    x = np.array([2], np.float32)
    assert model.run("serving_default", {"x": x}, ["y"])["y"].tolist() == [3]
    model.close()


def test_an_engine_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="auto, openvino, tensorflow, not 'onnx'"):
        engine_named("onnx")

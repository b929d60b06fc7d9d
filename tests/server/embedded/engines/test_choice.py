import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

from server.embedded.engines.choice import choose_engine, engine_named
from server.embedded.engines.engine import Engine, EngineSettings, RefusedByEngine
from server.embedded.engines.registry import ENGINE_CHOICES
from server.embedded.engines.tensorflow_engine import TensorflowEngine
from server.embedded.errors import ModelLoadError
from tests.support.example_model import write_example_model
from tests.support.shared import REPOSITORY, shared
from tests.support.small_graphs import affine, tensor_info, write_saved_model


def served_by(version_dir: Path) -> tuple[str, str]:
    """The name of the engine that serves a model, and why no earlier one does."""
    choice = choose_engine(version_dir)
    assert choice.engine is not None
    return choice.engine.name, choice.reason


@pytest.fixture(scope="module")
def auto() -> Engine:
    return engine_named("auto")


def test_openvino_takes_what_it_can(auto: Engine, tmp_path: Path) -> None:
    folder = write_saved_model(tmp_path / "1", affine())
    assert auto.load(folder).engine == "openvino"
    assert served_by(folder) == ("openvino", "")


def test_tensorflow_takes_strings(auto: Engine, string_model: Path) -> None:
    assert auto.load(string_model).engine == "tensorflow"
    assert served_by(string_model) == (
        "tensorflow", "string input 'text' of signature 'serving_default'"
    )  # fmt: skip


def test_a_model_that_predicts_numbers_and_classifies_examples_is_tensorflow_s_as_a_whole(
    auto: Engine, tmp_path: Path
) -> None:
    write_example_model(tmp_path / "1")
    model = auto.load(tmp_path / "1")
    assert model.engine == "tensorflow"
    x = np.array([[2]], np.float32)
    assert model.run("serving_default", {"x": x}, ["y"])["y"].tolist() == [[3]]
    name, reason = served_by(tmp_path / "1")
    assert name == "tensorflow"
    assert reason.startswith("string input 'inputs' of signature 'classify_")
    with pytest.raises(ModelLoadError, match="--engine=tensorflow can"):
        engine_named("openvino").load(tmp_path / "1")


def test_tensorflow_takes_signatures_that_change_their_state(
    auto: Engine, counting_model: Path
) -> None:
    assert auto.load(counting_model).engine == "tensorflow"
    assert served_by(counting_model) == (
        "tensorflow", "signature 'serving_default' changes its own state (AssignAdd)"
    )  # fmt: skip


def test_tensorflow_takes_what_openvino_would_answer_wrongly(auto: Engine, tmp_path: Path) -> None:
    graph = affine()
    signature = graph.signature_def["serving_default"]
    signature.outputs["always"].CopyFrom(tensor_info("offset:0", []))
    model = auto.load(write_saved_model(tmp_path / "1", graph))
    x = np.array([2], np.float32)
    assert model.run("serving_default", {"x": x}, ["always"])["always"].tolist() == 2


def test_a_detector_needs_no_tensorflow() -> None:
    assert served_by(shared("models/hands/1")) == ("openvino", "")


def test_a_broken_folder_is_loaded_by_no_engine(auto: Engine, tmp_path: Path) -> None:
    for load in (choose_engine, auto.load):
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


def test_the_readme_names_every_engine() -> None:
    readme = (REPOSITORY / "README.md").read_text()
    assert f"`--engine={'|'.join(ENGINE_CHOICES)}`" in readme


def test_a_name_can_be_offered_before_any_runtime_is_imported() -> None:
    code = (
        "import sys\n"
        "from server.embedded.engines.registry import ENGINE_CHOICES, ENGINES\n"
        "print([each for each in ('grpc', 'numpy', 'openvino', 'tensorflow')"
        " if each in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_model_that_every_engine_refuses_is_told_why_of_each(
    auto: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, string_model: Path
) -> None:
    refused = RefusedByEngine("no", "it is a Tuesday")

    def refuse(_engine: object, _folder: object) -> NoReturn:
        raise refused

    monkeypatch.setattr(TensorflowEngine, "load_folder", refuse)
    with pytest.raises(ModelLoadError) as caught:
        auto.load(string_model)
    assert caught.value.code.name == "UNIMPLEMENTED"
    assert caught.value.message == (
        f"no engine can serve {string_model}: OpenVINO: string input 'text' of signature "
        "'serving_default'; TensorFlow: it is a Tuesday"
    )

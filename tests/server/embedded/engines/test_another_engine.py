"""An engine is one file and one row: the repository's packages, and an engine that they lack."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from serving_protocol.messages import ModelSpec
from tests.support.model_servers import RunningServer, running_model_server
from tests.support.programs import environment_with
from tests.support.shared import REPOSITORY
from tests.support.small_graphs import affine, write_saved_model

PACKAGES = ("boxwright", "detection", "model_repository", "server", "serving_protocol", "tfrecord")
ROW = """
    EngineRow(
        name="numpy",
        title="NumPy",
        adapter="server.embedded.engines.numpy_engine:NumpyEngine",
        package="numpy",
        extra="server",
        metrics_label="NumPy",
    ),
"""
FIRST_ROW = "ENGINES = (\n"


@pytest.fixture(scope="module")
def with_numpy(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a program that has one file and one row more than the repository."""
    copy = tmp_path_factory.mktemp("copy")
    for package in PACKAGES:
        shutil.copytree(REPOSITORY / package, copy / package)
    engines = copy / "server" / "embedded" / "engines"
    shutil.copy(REPOSITORY / "tests" / "support" / "numpy_engine.py", engines)
    registry = engines / "registry.py"
    text = registry.read_text()
    assert FIRST_ROW in text
    registry.write_text(text.replace(FIRST_ROW, FIRST_ROW + ROW.removeprefix("\n")))
    return {"PYTHONPATH": str(copy), "PYTHONSAFEPATH": "1"}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that NumPy can serve, and one that OpenVINO has to."""
    folder = tmp_path_factory.mktemp("models")
    write_saved_model(folder / "affine" / "1", affine())
    maximum = affine()
    maximum.graph_def.node[-1].op = "Maximum"
    write_saved_model(folder / "maximum" / "1", maximum)
    return folder


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, with_numpy: dict[str, str], models: Path
) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("server")
    config = folder / "models.config"
    entries = "".join(
        f'config {{ name: "{name}" base_path: "{models / name}" model_platform: "tensorflow" }} '
        for name in ("affine", "maximum")
    )
    config.write_text(f"model_config_list {{ {entries}}}")
    monitoring = folder / "monitoring.config"
    monitoring.write_text("prometheus_config { enable: true }")
    flags = [f"--model_config_file={config}", f"--monitoring_config_file={monitoring}"]
    with running_model_server(folder, *flags, rest=True, environment=with_numpy) as running:
        yield running


def boxwright(environment: dict[str, str], *words: object) -> str:
    command = [sys.executable, "-m", "boxwright", *map(str, words)]
    return subprocess.run(
        command, env=environment_with(environment), capture_output=True, text=True, check=True
    ).stdout


def test_it_answers_over_grpc(server: RunningServer) -> None:
    answer = server.predict(ModelSpec(name="affine"), x=np.array([2, 4], np.float32))
    assert list(answer.outputs["y"].float_val) == [3, 4]


def test_it_answers_over_rest(server: RunningServer) -> None:
    url = f"{server.rest_url}/v1/models/affine:predict"
    answer = httpx.post(url, json={"instances": [2, 4]}, trust_env=False)
    assert answer.json() == {"predictions": [3.0, 4.0]}


def test_a_model_that_it_refuses_goes_to_the_next_engine(server: RunningServer) -> None:
    answer = server.predict(ModelSpec(name="maximum"), x=np.array([2, 8], np.float32))
    assert list(answer.outputs["y"].float_val) == [2, 4]
    log = server.own_program.text()
    assert "maximum/1 is served by OpenVINO: operation Maximum" in log


def test_its_runs_are_counted_by_its_name(server: RunningServer) -> None:
    server.predict(ModelSpec(name="affine"), x=np.array([2], np.float32))
    page = httpx.get(f"{server.rest_url}/monitoring/prometheus/metrics", trust_env=False).text
    assert 'model_name="affine",API="Predict",runtime="NumPy"' in page


def test_boxwright_engines_lists_it(with_numpy: dict[str, str], models: Path) -> None:
    assert boxwright(with_numpy, "engines", models).splitlines() == [
        "affine version 1: NumPy",
        "maximum version 1: OpenVINO, because of operation Maximum",
    ]


@pytest.mark.parametrize("words", [["up"], ["models", "publish"], ["models", "import"]])
def test_it_can_be_asked_for_wherever_an_engine_is_chosen(
    words: list[str], with_numpy: dict[str, str]
) -> None:
    assert "[auto|numpy|openvino|tensorflow]" in boxwright(with_numpy, *words, "--help")


def test_the_server_s_usage_names_it(with_numpy: dict[str, str]) -> None:
    assert "one of auto, numpy, openvino, tensorflow" in boxwright(with_numpy, "serve", "--help")

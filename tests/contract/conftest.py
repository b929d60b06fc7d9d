"""The server under contract: ours with each engine, or the one that the environment names."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest

from tests.support.model_servers import UNLIMITED, RunningServer, running_model_server
from tests.support.tiny_models import ALL_MODELS, NUMERIC_MODELS, built_once, model_config

TARGET_VARIABLE = "BOXWRIGHT_CONTRACT_TARGET"
TARGET = os.environ.get(TARGET_VARIABLE, "")

SERVERS = ["target"] if TARGET else ["openvino", "tensorflow"]
# For tests of what OpenVINO does not have; they parametrize `contract` with these.
SERVERS_WITH_STRINGS = ["target"] if TARGET else ["tensorflow"]


@dataclass(frozen=True)
class Contract:
    """The server, and what it is expected to have.

    Attributes:
        server: to ask.
        engine: `openvino`, `tensorflow`, or `target` for a server that is not ours.
    """

    server: RunningServer
    engine: str

    def rest_url(self) -> str:
        """Where REST is; skips the test where the target was named without it."""
        if self.server.rest_url is None:
            pytest.skip(f"{TARGET_VARIABLE} names no REST port")
        return self.server.rest_url


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds the models, built once."""
    return built_once(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session", params=SERVERS)
def contract(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Contract]:
    engine: str = request.param
    if engine == "target":
        server = _target()
        with server.channel:
            _wait_for_both_versions(server)
            yield Contract(server, engine)
        return
    models = NUMERIC_MODELS if engine == "openvino" else ALL_MODELS
    tiny_models: Path = request.getfixturevalue("tiny_models")
    folder = tmp_path_factory.mktemp(f"contract_{engine}")
    config = folder / "models.config"
    config.write_text(model_config(str(tiny_models), models))
    with running_model_server(
        folder,
        f"--engine={engine}",
        f"--model_config_file={config}",
        "--allow_version_labels_for_unavailable_models=true",
        rest=True,
    ) as server:
        _wait_for_both_versions(server)
        yield Contract(server, engine)


def _wait_for_both_versions(server: RunningServer) -> None:
    """The port opens with the first version of each model; the tests want all."""
    for version in (1, 2):
        server.wait_for_state("half_plus", version, "AVAILABLE")


def _target() -> RunningServer:
    address, _, rest_port = TARGET.partition(",")
    host = address.rpartition(":")[0]
    return RunningServer(
        address,
        f"http://{host}:{rest_port}" if rest_port else None,
        grpc.insecure_channel(address, options=UNLIMITED),
    )

"""Versions come and go on disk while requests are answered."""

import shutil
import threading
from collections import Counter
from pathlib import Path

import grpc
import numpy as np
import pytest

from serving_protocol.messages import GetModelStatusRequest, ModelSpec
from tests.support.model_servers import RunningServer, running_model_server
from tests.support.waiting import wait_until

SPEC = ModelSpec(name="m")
CLIENTS = 8


def publish(tiny_models: Path, base_path: Path, version: int, of: int) -> None:
    """Copy version `of` of half_plus as `version`, and rename it when it is whole."""
    partial = base_path / f"{version}.partial"
    shutil.copytree(tiny_models / "half_plus" / str(of), partial)
    partial.rename(base_path / str(version))


@pytest.fixture
def base_path(tmp_path: Path, tiny_models: Path) -> Path:
    base_path = tmp_path / "m"
    base_path.mkdir()
    publish(tiny_models, base_path, 1, of=1)
    return base_path


def flags(base_path: Path, engine: str = "openvino") -> list[str]:
    return [
        f"--engine={engine}",
        "--model_name=m",
        f"--model_base_path={base_path}",
        "--max_num_load_retries=0",
    ]


class Clients:
    """Several clients that ask without pause until they are stopped."""

    def __init__(self, server: RunningServer, count: int) -> None:
        self.answers: Counter[tuple[int, float]] = Counter()
        self.failures: list[grpc.RpcError] = []
        self._server = server
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(count)]

    def _ask(self) -> None:
        while not self._stop.is_set():
            try:
                answer = self._server.predict(SPEC, x=np.zeros(1, np.float32))
            except grpc.RpcError as error:
                self.failures.append(error)
                continue
            version = answer.model_spec.version.value
            self.answers[version, answer.outputs["y"].float_val[0]] += 1

    def __enter__(self) -> "Clients":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


@pytest.mark.parametrize("engine", ["openvino", "tensorflow"])
def test_a_version_is_swapped_in_under_eight_clients_and_no_request_fails(
    tmp_path: Path, tiny_models: Path, base_path: Path, engine: str
) -> None:
    with (
        running_model_server(tmp_path, *flags(base_path, engine)) as server,
        Clients(server, CLIENTS) as clients,
    ):
        wait_until(lambda: clients.answers[1, 2.0] > 50, "version 1 answers")
        publish(tiny_models, base_path, 2, of=2)
        wait_until(lambda: clients.answers[2, 3.0] > 50, "version 2 answers")
        server.wait_for_state("m", 1, "END")
    assert clients.failures == []
    assert set(clients.answers) == {(1, 2.0), (2, 3.0)}


@pytest.mark.parametrize("engine", ["openvino", "tensorflow"])
def test_a_half_copied_version_is_reported_and_the_one_before_goes_on(
    tmp_path: Path, tiny_models: Path, base_path: Path, engine: str
) -> None:
    whole = (tiny_models / "half_plus" / "2" / "saved_model.pb").read_bytes()
    with running_model_server(tmp_path, *flags(base_path, engine)) as server:
        partial = base_path / "2.partial"
        partial.mkdir()
        (partial / "saved_model.pb").write_bytes(whole[: len(whole) // 2])
        partial.rename(base_path / "2")
        server.wait_for_state("m", 2, "END")
        request = GetModelStatusRequest(model_spec=ModelSpec(name="m", version={"value": 2}))
        broken = server.models.GetModelStatus(request, timeout=60).model_version_status[0]
        assert broken.status.error_code != 0
        assert str(base_path / "2") in broken.status.error_message
        assert server.predict(SPEC, x=np.zeros(1, np.float32)).model_spec.version.value == 1
        assert "could not load m version 2" in server.own_program.text()
        publish(tiny_models, base_path, 3, of=2)
        server.wait_for_state("m", 3, "AVAILABLE")


def test_a_version_that_disappears_gives_way_to_the_one_before(
    tmp_path: Path, tiny_models: Path, base_path: Path
) -> None:
    publish(tiny_models, base_path, 2, of=2)
    with (
        running_model_server(tmp_path, *flags(base_path)) as server,
        Clients(server, 2) as clients,
    ):
        wait_until(lambda: clients.answers[2, 3.0] > 0, "version 2 answers")
        (base_path / "2").rename(tmp_path / "2.taken.away")
        wait_until(lambda: clients.answers[1, 2.0] > 0, "version 1 answers")
    assert clients.failures == []


def test_a_base_path_that_goes_away_leaves_its_models_serving(
    tmp_path: Path, base_path: Path
) -> None:
    with running_model_server(tmp_path, *flags(base_path)) as server:
        base_path.rename(tmp_path / "elsewhere")
        wait_until(
            lambda: "could not list base path" in server.own_program.text(), "it is reported"
        )
        assert server.predict(SPEC, x=np.zeros(1, np.float32)).model_spec.version.value == 1


def test_a_base_path_without_versions_unloads_the_model_and_readiness_says_so(
    tmp_path: Path, base_path: Path
) -> None:
    with running_model_server(tmp_path, *flags(base_path)) as server:
        (base_path / "1").rename(tmp_path / "1.taken.away")
        server.wait_for_state("m", 1, "END")
        with pytest.raises(grpc.RpcError) as raised:
            server.predict(SPEC, x=np.zeros(1, np.float32))
        assert raised.value.code() == grpc.StatusCode.NOT_FOUND
        wait_until(lambda: server.health() != 1, "it is not ready")

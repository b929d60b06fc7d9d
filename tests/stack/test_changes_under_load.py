"""What operators do while people ask: a new version, a model server that goes and comes back."""

import shutil
import socket
from pathlib import Path

import pytest

from tests.stack.clients import Clients
from tests.support import plain_http
from tests.support.programs import Program, gateway, model_server
from tests.support.shared import shared
from tests.support.waiting import free_port, wait_until

# Each client pauses 0.05 s after a refusal: a second of refusals is at most so many of them.
ATTEMPTS_IN_A_SECOND = 20


@pytest.fixture
def models_dir(tmp_path: Path) -> Path:
    """A folder with version 1 of the hands, to which version 2 can be added."""
    folder = tmp_path / "models"
    (folder / "hands").mkdir(parents=True)
    shutil.copy(shared("models/hands/label_map.pbtxt"), folder / "hands")
    shutil.copytree(shared("models/hands/1"), folder / "hands" / "1")
    return folder


@pytest.fixture
def image() -> bytes:
    return shared("images/hands/4.jpg").read_bytes()


def test_a_new_version_takes_over_without_a_failed_request(
    tmp_path: Path, models_dir: Path, image: bytes
) -> None:
    serving_port, port = free_port(), free_port()
    url = f"http://127.0.0.1:{port}"
    config = tmp_path / "latest.config"
    config.write_text(
        f'model_config_list {{ config {{ name: "hands" base_path: "{models_dir / "hands"}" '
        'model_platform: "tensorflow" } }'
    )
    server = model_server(
        tmp_path / "server.log", models_dir=models_dir, model="hands", port=serving_port,
        flags=[f"--model_config_file={config}"],
    )  # fmt: skip
    front = gateway(tmp_path / "gateway.log", port=port, serving_port=serving_port,
                    MODEL_NAME="hands", MAX_CONCURRENT_PREDICTIONS="16")  # fmt: skip
    with server, front:
        front.wait_for(f"{url}/readyz")
        with Clients(f"{url}/predict", image) as clients:
            wait_until(lambda: clients.answered("1") > 20, "version 1 answers")
            shutil.copytree(shared("models/hands/2"), models_dir / "hands" / "copying")
            (models_dir / "hands" / "copying").rename(models_dir / "hands" / "2")
            wait_until(lambda: clients.answered("2") > 20, "version 2 answers")
            version_1_ended = clients.answered("1")
            wait_until(lambda: clients.answered("2") > 40, "version 2 goes on")
        assert clients.failures == []
        assert set(clients.statuses) == {200}
        assert clients.answered("1") == version_1_ended


def test_a_model_server_that_leaves_and_returns_costs_503s_and_then_nothing(
    tmp_path: Path, models_dir: Path, image: bytes
) -> None:
    serving_port, port = free_port(), free_port()
    url = f"http://127.0.0.1:{port}"
    front = gateway(tmp_path / "gateway.log", port=port, serving_port=serving_port,
                    MODEL_NAME="hands", MAX_CONCURRENT_PREDICTIONS="16")  # fmt: skip

    def start(log: str) -> Program:
        return model_server(tmp_path / log, models_dir=models_dir, model="hands", port=serving_port)

    with front, start("first.log") as first:
        front.wait_for(f"{url}/readyz")
        with Clients(f"{url}/predict", image, count=4) as clients:
            wait_until(lambda: clients.answered("1") > 20, "the model server answers")
            first.stop()
            wait_until(lambda: clients.seen(503) > 20, "requests are answered 503")
            assert plain_http.get(f"{url}/healthz").status_code == 200
            assert plain_http.get(f"{url}/readyz").status_code == 503
            with start("second.log"):
                wait_until(lambda: _is_listening(serving_port), "the model server listens again")
                answered, refused = clients.answered("1"), clients.seen(503)
                wait_until(lambda: clients.answered("1") > answered, "it answers again")
                refused_after_return = clients.seen(503) - refused
    assert set(clients.statuses) == {200, 503}
    assert clients.retry_after_missing == 0
    assert clients.failures == []
    assert refused_after_return <= ATTEMPTS_IN_A_SECOND * clients.count


def _is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0

"""`boxwright up`, as `make up` runs it: from an empty folder to named boxes, and a clean stop."""

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.support.programs import Program
from tests.support.shared import shared
from tests.support.waiting import free_port, wait_until


@pytest.fixture
def models_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    return folder


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def up(tmp_path: Path, models_dir: Path, port: int) -> Iterator[Program]:
    arguments = ["up", "--models", str(models_dir), "--port", str(port)]
    with Program("boxwright", arguments, tmp_path / "up.log") as program:
        yield program


def test_it_starts_without_a_model_and_serves_the_one_that_is_added(
    up: Program, models_dir: Path, port: int
) -> None:
    url = f"http://127.0.0.1:{port}"
    up.wait_for(f"{url}/healthz")
    waiting = httpx.get(f"{url}/readyz")
    assert waiting.status_code == 503
    assert "saved_model.pb" in waiting.json()["detail"]
    assert "saved_model.pb" in httpx.get(url, headers={"Accept": "text/html"}).text
    assert "saved_model.pb" in up.text()

    shutil.copytree(shared("models/hands"), models_dir / "copying")
    (models_dir / "copying").rename(models_dir / "hands")

    up.wait_for(f"{url}/readyz")
    photo = shared("images/hands/4.jpg").read_bytes()
    for version, count in (("1", 3), ("2", 5)):
        answer = httpx.post(
            f"{url}/models/hands/versions/{version}/predict", files={"image": photo}, timeout=30
        )
        if version == "1" and answer.status_code == 404:
            pytest.fail("version 1 is not served beside version 2")
        labels = [each["label"] for each in answer.json()["detections"]]
        assert labels == ["open"] * count


def test_ctrl_c_stops_both_programs(up: Program, port: int) -> None:
    up.wait_for(f"http://127.0.0.1:{port}/healthz")
    children = up.children()
    assert len(children) >= 2
    assert up.stop(signal.SIGINT) == 0
    assert [child for child in children if child.is_running()] == []
    assert up.text().endswith("Stopped.\n")


def test_it_ends_with_an_error_when_one_of_the_two_ends(up: Program, port: int) -> None:
    up.wait_for(f"http://127.0.0.1:{port}/healthz")
    direct = psutil.Process(up.process.pid).children()
    [server] = [child for child in direct if "server.embedded" in child.cmdline()]
    server.kill()
    wait_until(lambda: up.process.poll() is not None, "boxwright up ends")
    assert up.process.returncode == 1
    assert "the model server ended" in up.text()


def test_a_broken_model_is_named_and_the_others_are_served(
    up: Program, models_dir: Path, port: int
) -> None:
    (models_dir / "broken" / "1").mkdir(parents=True)
    (models_dir / "broken" / "1" / "saved_model.pb").write_bytes(b"no model")
    shutil.copytree(shared("models/hands"), models_dir / "hands")
    url = f"http://127.0.0.1:{port}"
    photo = shared("images/hands/4.jpg").read_bytes()

    def hands_answer() -> bool:
        answer = httpx.post(f"{url}/models/hands/predict", files={"image": photo}, timeout=30)
        return answer.status_code == 200

    up.wait_for(f"{url}/healthz")
    wait_until(hands_answer, "the whole model answers")
    states = httpx.get(f"{url}/models/broken").json()
    assert "AVAILABLE" not in str(states)

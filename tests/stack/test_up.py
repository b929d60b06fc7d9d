"""`boxwright up`, as `make up` runs it: from an empty folder to named boxes, and a clean stop."""

import json
import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support import plain_http
from tests.support.programs import Program
from tests.support.shared import shared
from tests.support.small_graphs import affine, write_saved_model
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
    with run_up(tmp_path, models_dir, "--port", str(port)) as program:
        yield program


def run_up(tmp_path: Path, models_dir: Path, *options: str, **environment: str) -> Program:
    arguments = ["up", "--models", str(models_dir), *options]
    return Program("boxwright", arguments, tmp_path / "up.log", environment)


def test_it_starts_without_a_model_and_serves_the_one_that_is_added(
    up: Program, models_dir: Path, port: int
) -> None:
    url = f"http://127.0.0.1:{port}"
    up.wait_for(f"{url}/healthz")
    waiting = plain_http.get(f"{url}/readyz")
    assert waiting.status_code == 503
    assert "saved_model.pb" in waiting.json()["detail"]
    assert "saved_model.pb" in plain_http.get(url, headers={"Accept": "text/html"}).text
    assert "saved_model.pb" in up.text()

    shutil.copytree(shared("models/hands"), models_dir / ".copying")
    (models_dir / ".copying").rename(models_dir / "hands")

    up.wait_for(f"{url}/readyz")
    wait_until(lambda: versions_available(url) == ["2", "1"], "both versions are loaded")
    photo = shared("images/hands/4.jpg").read_bytes()
    for version, count in (("1", 3), ("2", 5)):
        answer = plain_http.post(
            f"{url}/models/hands/versions/{version}/predict", files={"image": photo}
        )
        assert answer.status_code == 200, answer.text
        labels = [each["label"] for each in answer.json()["detections"]]
        assert labels == ["open"] * count


def versions_available(url: str) -> list[str]:
    versions = plain_http.get(f"{url}/models/hands").json()["versions"]
    return [each["version"] for each in versions if each["state"] == "AVAILABLE"]


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


def test_both_programs_end_when_it_is_killed(up: Program, port: int) -> None:
    up.wait_for(f"http://127.0.0.1:{port}/healthz")
    started = up.children()
    up.process.kill()

    def is_over(child: psutil.Process) -> bool:
        try:
            # Nobody may be there to take note of the end of a process whose parent has gone.
            return child.status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    wait_until(lambda: all(is_over(each) for each in started), "both have ended")


@pytest.fixture
def temporary() -> Iterator[Path]:
    """Short enough for the path of a socket."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def test_a_model_server_that_crashes_is_started_again(
    tmp_path: Path, models_dir: Path, port: int, temporary: Path
) -> None:
    write_saved_model(models_dir / "numbers" / "1", affine())
    url = f"http://127.0.0.1:{port}"

    def is_served() -> bool:
        answer = plain_http.get(f"{url}/models/numbers")
        versions = answer.json().get("versions", []) if answer.status_code == 200 else []
        return [each["state"] for each in versions] == ["AVAILABLE"]

    def server_of(up: Program) -> psutil.Process:
        [found] = [each for each in up.children() if "server.embedded" in each.cmdline()]
        return found

    with run_up(tmp_path, models_dir, PORT=str(port), TMPDIR=str(temporary)) as up:
        up.wait_for(f"{url}/healthz")
        wait_until(is_served, "the model is served")
        first = server_of(up)
        first.send_signal(signal.SIGSEGV)
        wait_until(lambda: "crashed (SIGSEGV); it is started again" in up.text(), "it is told")
        wait_until(is_served, "the model is served again")
        assert server_of(up).pid != first.pid
        left = list(temporary.iterdir())
        # Killed with all that it started, it leaves its folder, which the next start removes.
        for each in (psutil.Process(up.process.pid), *up.children()):
            each.kill()
        up.process.wait()
    assert list(temporary.iterdir()) == left
    with run_up(tmp_path, models_dir, PORT=str(port), TMPDIR=str(temporary)) as up:
        up.wait_for(f"{url}/healthz")
        [folder] = temporary.iterdir()
        assert [folder] != left
        assert up.stop() == 0
    assert list(temporary.iterdir()) == []


def test_a_broken_model_is_named_and_the_others_are_served(
    tmp_path: Path, models_dir: Path, port: int
) -> None:
    (models_dir / "broken" / "1").mkdir(parents=True)
    (models_dir / "broken" / "1" / "saved_model.pb").write_bytes(b"no model")
    shutil.copytree(shared("models/hands"), models_dir / "hands")
    url = f"http://127.0.0.1:{port}"
    with run_up(tmp_path, models_dir, "--model", "hands", "--port", str(port)) as up:
        up.wait_for(f"{url}/readyz")
        [broken] = plain_http.get(f"{url}/models/broken").json()["versions"]
    assert broken["state"] != "AVAILABLE"
    assert broken["error"]
    # The reason has a path in it: it is for the operator's log.
    assert "broken/1" in up.text()


def test_folders_that_are_no_models_are_named_and_what_answers_is_ready(
    tmp_path: Path, models_dir: Path, port: int
) -> None:
    write_saved_model(models_dir / "flat", affine())
    write_saved_model(models_dir / "v" / "v1", affine())
    for name in ("lfs", "empty"):
        (models_dir / name / "1").mkdir(parents=True)
    pointer = models_dir / "lfs" / "1" / "saved_model.pb"
    pointer.write_bytes(b"version https://git-lfs.github.com/spec/v1\nsize 12345\n")
    shutil.copytree(shared("models/hands") / "1", models_dir / "good" / "1")
    url = f"http://127.0.0.1:{port}"
    # Nothing shows that the only model left cannot be served, so it is the default.
    with run_up(tmp_path, models_dir, "--port", str(port)) as up:
        wait_until(lambda: f"Ready: good at {url}\n" in up.text(), "the good one answers")
        text = up.text()
        for name in ("flat: a SavedModel", "v: v1 is no version", "lfs/1: saved_model.pb is a "
                     "pointer of Git LFS", "empty/1: the folder is empty"):  # fmt: skip
            assert text.count(f"\nNot served: {name}") + text.startswith(f"Not served: {name}") == 1
        assert "Traceback" not in text
        told = plain_http.get(f"{url}/models").json()
        assert [each["folder"] for each in told["not_served"]] == ["flat", "v"]
        image = shared("images/hands/4.jpg").read_bytes()
        answers = [
            plain_http.post(f"{url}{path}/predict", files={"image": image})
            for path in ("", "/models/good", "/models/lfs", "/models/lfs/versions/1")
        ]
        assert [each.status_code for each in answers] == [200, 200, 404, 404]
        assert "could not be loaded" in answers[2].json()["detail"]
        # What the pointer stood for is fetched.
        fetched = shutil.copy(models_dir / "good" / "1" / "saved_model.pb", tmp_path)
        Path(fetched).rename(pointer)
        wait_until(lambda: f"Ready: good, lfs at {url}\n" in up.text(), "the mended one answers")


def test_every_line_is_json_where_that_is_asked_for(
    tmp_path: Path, models_dir: Path, port: int
) -> None:
    broken = models_dir / "broken" / "1"
    broken.mkdir(parents=True)
    (broken / "saved_model.pb").write_bytes(b"half")
    with run_up(tmp_path, models_dir, PORT=str(port), LOG_FORMAT="json") as up:
        up.wait_for(f"http://127.0.0.1:{port}/healthz")
        wait_until(lambda: '"logger": "server.' in up.text(), "the model server says something")
        assert up.stop() == 0
    loggers = {json.loads(line)["logger"].partition(".")[0] for line in up.text().splitlines()}
    assert {"boxwright", "client_api", "server"} <= loggers


def test_several_models_start_and_requests_that_name_none_are_told_which_there_are(
    tmp_path: Path, models_dir: Path, port: int
) -> None:
    for name in ("hands", "cells"):
        shutil.copytree(shared("models/hands") / "1", models_dir / name / "1")
    url = f"http://127.0.0.1:{port}"
    with run_up(tmp_path, models_dir, "--port", str(port)) as up:
        up.wait_for(f"{url}/readyz")
        wait_until(lambda: f"Ready: cells, hands at {url}\n" in up.text(), "both answer")
        image = shared("images/hands/4.jpg").read_bytes()
        answers = [
            plain_http.post(f"{url}{path}/predict", files={"image": image})
            for path in ("", "/models/cells", "/models/hands")
        ]
        page = plain_http.get(f"{url}/")
    assert [each.status_code for each in answers] == [400, 200, 200]
    assert answers[0].json()["detail"] == (
        "several models are served and none is the default: cells, hands; name one in the path, "
        "/models/NAME/predict, or set MODEL_NAME"
    )
    assert f"Several models in {models_dir}, and none is the default: cells, hands. " in up.text()
    assert "make up MODEL=NAME" in up.text()
    assert "Choose a model" in page.text


def test_a_folder_that_is_not_there_is_named(tmp_path: Path, models_dir: Path) -> None:
    with run_up(tmp_path, models_dir / "mistyped") as up:
        wait_until(lambda: up.process.poll() is not None, "boxwright up ends")
    assert up.process.returncode == 2
    assert "mistyped" in up.text()


def test_a_port_that_is_taken_is_named_before_anything_starts(
    tmp_path: Path, models_dir: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        with run_up(tmp_path, models_dir, "--port", port) as up:
            wait_until(lambda: up.process.poll() is not None, "boxwright up ends")
    assert up.process.returncode == 1
    assert port in up.text()
    assert "model_server" not in up.text()

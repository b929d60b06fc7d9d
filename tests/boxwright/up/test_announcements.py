"""What `boxwright up` says of the models, asked of a gateway in this process."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from boxwright.up.announcements import LOOKS_AT_ALL, LOOKS_AT_FIRST, Announcements
from boxwright.up.serving_state import ServingState
from tests.support.small_graphs import affine, write_saved_model


def model(name: str, *states: str, default: bool = False) -> dict[str, Any]:
    """A model as `/models` tells of it; FAILED is END with an error."""
    versions = [
        {
            "version": str(number),
            "state": "END" if state == "FAILED" else state,
            "error": "the model server could not load it" if state == "FAILED" else None,
        }
        for number, state in enumerate(states, 1)
    ]
    return {"name": name, "default": default, "versions": versions}


class Told:
    """What the gateway tells; tests change it."""

    is_ready = False
    models: tuple[dict[str, Any], ...] = ()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def url(told: Told) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_found = self.path == "/models" or told.is_ready
            body = json.dumps({"models": told.models}).encode()
            self.send_response(200 if is_found else 503)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def announcements(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> Announcements:
    monkeypatch.setattr("boxwright.up.announcements.SETTLE_S", 0.0)
    return Announcements(tmp_path, None, said.append)


def look(announcements: Announcements, url: str, times: int = LOOKS_AT_ALL) -> None:
    for _ in range(times):
        announcements.look_at_gateway(url)


def test_only_what_answers_is_ready(
    announcements: Announcements, told: Told, url: str, said: list[str]
) -> None:
    told.models = (
        model("broken", "FAILED"),
        model("good", "FAILED", "AVAILABLE", default=True),
        model("slow", "LOADING"),
    )
    announcements.look_at_gateway(url)
    assert said == []
    told.is_ready = True
    announcements.look_at_gateway(url)
    failed = "Not served: broken: version 1: the model server could not load it"
    assert said == [failed, f"Ready: good at {url}"]
    assert not announcements.is_done
    said.clear()
    look(announcements, url)
    assert said == []
    told.models = (*told.models[:2], model("slow", "AVAILABLE"))
    look(announcements, url)
    assert said == [f"Ready: good, slow at {url}"]
    assert announcements.is_done


def test_a_default_model_that_failed_does_not_hide_the_others(
    announcements: Announcements, told: Told, url: str, said: list[str]
) -> None:
    told.models = (model("broken", "FAILED", default=True), model("good", "AVAILABLE"))
    look(announcements, url)
    assert said == [
        "Not served: broken: version 1: the model server could not load it",
        f"Ready: good at {url}",
        f"Not ready: broken does not answer; {url}/readyz says why",
    ]
    assert announcements.is_done


def test_a_first_prediction_may_take_a_while_and_is_told_of_at_last(
    announcements: Announcements, told: Told, url: str, said: list[str]
) -> None:
    told.models = (model("slow", "AVAILABLE", default=True),)
    look(announcements, url, LOOKS_AT_FIRST - 1)
    assert said == []
    announcements.look_at_gateway(url)
    assert said == [f"Not ready: slow does not answer; {url}/readyz says why"]
    told.is_ready = True
    announcements.look_at_gateway(url)
    assert said[1:] == [f"Ready: slow at {url}"]


def test_a_folder_that_is_no_model_is_named_once_until_it_is_mended(
    announcements: Announcements, tmp_path: Path, said: list[str]
) -> None:
    announcements.begin([])
    assert said[0].startswith(f"No model in {tmp_path} yet. Put a SavedModel there")
    said.clear()
    write_saved_model(tmp_path / "hands" / "v1", affine())
    for _ in range(2):
        announcements.look_at_folder()
    line = "Not served: hands: v1 is no version: a version's folder has a whole number as its name"
    assert said == [f"{line}; rename hands/v1 to hands/1"]
    (tmp_path / "hands" / "v1").rename(tmp_path / "hands" / "1")
    announcements.look_at_folder()
    assert len(said) == 1
    (tmp_path / "hands" / "1").rename(tmp_path / "hands" / "v1")
    announcements.look_at_folder()
    assert len(said) == 2


def test_a_folder_in_which_nothing_is_a_model_says_so(
    announcements: Announcements, tmp_path: Path, said: list[str]
) -> None:
    write_saved_model(tmp_path / "flat", affine())
    announcements.begin([])
    assert said[0] == f"No model in {tmp_path} can be served as it lies there:"
    assert said[1].startswith("Not served: flat: ")


def test_a_gateway_that_is_away_says_nothing(said: list[str], announcements: Announcements) -> None:
    look(announcements, "http://127.0.0.1:1")
    assert said == []
    assert not announcements.is_done


def test_a_model_without_versions_is_still_coming() -> None:
    state = ServingState.of({"models": [model("new"), model("gone", "END")]})
    assert state == ServingState(loading=("new", "gone"))


def test_a_model_of_which_every_version_was_broken_is_told_when_it_is_mended(
    announcements: Announcements, tmp_path: Path
) -> None:
    for name, version in (("all", "1"), ("some", "1"), ("some", "2")):
        write_saved_model(tmp_path / name / version, affine())
    broken = [tmp_path / name / "1" / "saved_model.pb" for name in ("all", "some")]
    whole = [path.read_bytes() for path in broken]
    for path in broken:
        path.write_bytes(b"")
    assert announcements.look_at_folder() == set()
    for path, data in zip(broken, whole, strict=True):
        path.write_bytes(data)
    # The other one has a version that may be serving.
    assert announcements.look_at_folder() == {"all"}
    assert announcements.look_at_folder() == set()


def test_what_failed_before_the_models_changed_is_not_told_anew(
    tmp_path: Path, told: Told, url: str, said: list[str]
) -> None:
    announcements = Announcements(tmp_path, None, said.append)
    told.is_ready = True
    told.models = (model("broken", "FAILED"), model("good", "AVAILABLE", default=True))
    look(announcements, url)
    assert said == [f"Ready: good at {url}"]
    assert not announcements.is_done

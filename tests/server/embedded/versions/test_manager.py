import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from server.embedded.versions import state_monitor as states
from server.embedded.versions.manager import LoadSettings, VersionManager
from tests.support.fake_engine import ADDEND_FILE, FakeEngine, write_version
from tests.support.waiting import wait_until

NO_RETRIES = LoadSettings(max_retries=0)


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def manager(engine: FakeEngine) -> Iterator[VersionManager]:
    manager = VersionManager(engine, NO_RETRIES)
    yield manager
    engine.may_load.set()
    assert manager.close(30)


def state(manager: VersionManager, version: int, name: str = "m") -> int | None:
    status = manager.state_monitor.of_model(name).get(version)
    return status.state if status else None


def wait_for(manager: VersionManager, version: int, wanted: int, name: str = "m") -> None:
    wait_until(
        lambda: state(manager, version, name) == wanted, f"{name} {version} in state {wanted}"
    )


def served(manager: VersionManager, version: int | None = None) -> int | None:
    with manager.hold("m", version) as servable:
        return servable.version if servable else None


def test_the_highest_loaded_version_answers_and_the_others_by_number(
    manager: VersionManager, tmp_path: Path
) -> None:
    manager.aspire({"m": {v: write_version(tmp_path, v) for v in (1, 2, 10)}})
    for version in (1, 2, 10):
        wait_for(manager, version, states.AVAILABLE)
    assert [served(manager), served(manager, 2), served(manager, 3)] == [10, 2, None]
    assert list(manager.state_monitor.of_model("m")) == [10, 2, 1]


def test_the_old_version_answers_until_the_new_one_does(
    manager: VersionManager, engine: FakeEngine, tmp_path: Path
) -> None:
    manager.aspire({"m": {1: write_version(tmp_path, 1)}})
    wait_for(manager, 1, states.AVAILABLE)
    engine.may_load.clear()
    manager.aspire({"m": {2: write_version(tmp_path, 2)}})
    wait_for(manager, 2, states.LOADING)
    assert served(manager) == 1
    engine.may_load.set()
    wait_for(manager, 1, states.END)
    assert served(manager) == 2
    assert engine.models[tmp_path / "1"].is_closed


def test_a_request_in_flight_keeps_its_version_from_being_closed(
    manager: VersionManager, engine: FakeEngine, tmp_path: Path
) -> None:
    manager.aspire({"m": {1: write_version(tmp_path, 1)}})
    wait_for(manager, 1, states.AVAILABLE)
    with manager.hold("m", 1):
        manager.aspire({"m": {2: write_version(tmp_path, 2)}})
        wait_for(manager, 1, states.UNLOADING)
        assert served(manager, 1) is None
        assert not engine.models[tmp_path / "1"].is_closed
    wait_for(manager, 1, states.END)
    assert engine.models[tmp_path / "1"].is_closed


def test_a_broken_version_ends_with_its_error_and_the_one_before_goes_on(
    manager: VersionManager, engine: FakeEngine, tmp_path: Path
) -> None:
    manager.aspire({"m": {1: write_version(tmp_path, 1)}})
    wait_for(manager, 1, states.AVAILABLE)
    broken = write_version(tmp_path, 2, "no number")
    for _ in range(3):
        manager.aspire({"m": {2: broken}})
    wait_for(manager, 2, states.END)
    error = manager.state_monitor.of_model("m")[2].error
    assert error is not None
    assert "no number" in error.message
    assert served(manager) == 1
    manager.aspire({"m": {2: broken}})
    manager.aspire({"m": {3: write_version(tmp_path, 3)}})
    wait_for(manager, 3, states.AVAILABLE)
    assert engine.loads.count(broken) == 1, "a broken version is not tried again by itself"


def test_a_broken_version_is_tried_again_when_it_went_and_came_back(
    manager: VersionManager, engine: FakeEngine, tmp_path: Path
) -> None:
    broken = write_version(tmp_path, 1, "no number")
    manager.aspire({"m": {1: broken}})
    wait_for(manager, 1, states.END)
    manager.aspire({"m": {}})
    wait_until(lambda: not manager.failures("m"), "the version is forgotten")
    (broken / ADDEND_FILE).write_text("5")
    manager.aspire({"m": {1: broken}})
    wait_for(manager, 1, states.AVAILABLE)


def test_a_load_is_tried_again_as_often_as_it_should_and_is_loading_meanwhile(
    engine: FakeEngine, tmp_path: Path
) -> None:
    manager = VersionManager(engine, LoadSettings(max_retries=2, retry_interval_s=0.02))
    manager.aspire({"m": {1: write_version(tmp_path, 1, "no number")}})
    seen = set()

    def has_ended() -> bool:
        seen.add(state(manager, 1))
        return state(manager, 1) == states.END

    wait_until(has_ended, "the version is given up")
    assert len(engine.loads) == 3
    assert seen <= {None, states.START, states.LOADING, states.END}
    assert manager.close(30)


def test_retries_end_when_the_version_is_not_wanted_any_more(
    engine: FakeEngine, tmp_path: Path
) -> None:
    manager = VersionManager(engine, LoadSettings(max_retries=5, retry_interval_s=3600))
    manager.aspire({"m": {1: write_version(tmp_path, 1, "no number")}})
    wait_until(lambda: len(engine.loads) == 1, "a first try")
    manager.aspire({"m": {}})
    wait_for(manager, 1, states.END)
    assert manager.close(30)


def test_a_waiting_retry_does_not_hold_up_other_models(engine: FakeEngine, tmp_path: Path) -> None:
    manager = VersionManager(engine, LoadSettings(max_retries=5, retry_interval_s=3600))
    manager.aspire({"broken": {1: write_version(tmp_path / "broken", 1, "no number")}})
    wait_until(lambda: len(engine.loads) == 1, "a first try")
    manager.aspire({"m": {1: write_version(tmp_path, 1)}})
    wait_for(manager, 1, states.AVAILABLE)
    assert state(manager, 1, "broken") == states.LOADING
    assert manager.close(30)


def test_a_loaded_version_is_not_loaded_again_from_another_folder(
    manager: VersionManager, engine: FakeEngine, tmp_path: Path
) -> None:
    manager.aspire({"m": {1: write_version(tmp_path / "a", 1)}})
    wait_for(manager, 1, states.AVAILABLE)
    manager.aspire({"m": {1: write_version(tmp_path / "b", 1)}})
    manager.aspire({"other": {1: write_version(tmp_path / "c", 1)}})
    wait_for(manager, 1, states.AVAILABLE, "other")
    assert engine.loads == [tmp_path / "a" / "1", tmp_path / "c" / "1"]


def test_unloaded_versions_stay_in_the_history_as_ended_without_error(
    manager: VersionManager, tmp_path: Path
) -> None:
    manager.aspire({"m": {1: write_version(tmp_path, 1)}})
    wait_for(manager, 1, states.AVAILABLE)
    manager.aspire({"m": {}})
    wait_for(manager, 1, states.END)
    assert manager.state_monitor.of_model("m") == {1: states.VersionStatus(states.END)}
    assert served(manager) is None


def test_an_engine_that_breaks_on_a_folder_fails_that_version_alone(tmp_path: Path) -> None:
    def broken_loader(name: str, version: int, path: Path) -> None:
        raise RuntimeError("out of luck")

    manager = VersionManager(broken_loader, NO_RETRIES)  # type: ignore[arg-type]  # never returns
    manager.aspire({"m": {1: tmp_path / "1"}})
    wait_for(manager, 1, states.END)
    assert "out of luck" in manager.failures("m")[1].message
    assert manager.close(30)


def test_waiting_ends_with_a_version_an_error_or_when_it_is_cancelled(
    manager: VersionManager, engine: FakeEngine, tmp_path: Path
) -> None:
    manager.aspire({"good": {1: write_version(tmp_path / "good", 1)}})
    manager.aspire({"bad": {1: write_version(tmp_path / "bad", 1, "x")}})
    assert manager.wait_until_settled(["good", "bad"], lambda: False)
    assert not manager.wait_until_settled(["never"], lambda: True)
    assert list(manager.failures("bad")) == [1]
    assert manager.failures("good") == {}


def test_no_request_meets_a_closed_model_while_versions_swap(
    manager: VersionManager, tmp_path: Path
) -> None:
    manager.aspire({"m": {1: write_version(tmp_path, 1, 1)}})
    wait_for(manager, 1, states.AVAILABLE)
    wrong: list[object] = []
    stop = threading.Event()

    def ask() -> None:
        x = {"x": np.zeros(1, np.float32)}
        while not stop.is_set():
            with manager.hold("m", None) as servable:
                if servable is None:
                    wrong.append("no version")
                    continue
                try:
                    y = servable.model.run("serving_default", x, ["y"])["y"]
                except AssertionError as error:
                    wrong.append(error)
                    continue
                if y[0] != servable.version:
                    wrong.append((y, servable.version))

    clients = [threading.Thread(target=ask) for _ in range(4)]
    for client in clients:
        client.start()
    for version in range(2, 12):
        manager.aspire({"m": {version: write_version(tmp_path, version, version)}})
        wait_for(manager, version - 1, states.END)
    stop.set()
    for client in clients:
        client.join()
    assert wrong == []


def test_who_gives_memory_back_hears_of_every_unload(engine: FakeEngine, tmp_path: Path) -> None:
    unloaded = threading.Event()
    manager = VersionManager(engine, LoadSettings(after_unload=unloaded.set))
    try:
        folder = write_version(tmp_path, 1)
        manager.aspire({"m": {1: folder}})
        wait_for(manager, 1, states.AVAILABLE)
        assert not unloaded.is_set()
        manager.aspire({"m": {}})
        assert unloaded.wait(30)
        assert engine.models[folder].is_closed
    finally:
        manager.close(5)

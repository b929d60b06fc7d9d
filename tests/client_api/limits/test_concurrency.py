"""How many predictions run at once, in one process and over several."""

import multiprocessing
from pathlib import Path

import pytest

from client_api.errors import TooBusy
from client_api.limits.concurrency import ConcurrencyLimit, FileSlots, Slots, ThreadSlots


@pytest.fixture(params=["threads", "files"])
def two_slots(request: pytest.FixtureRequest, tmp_path: Path) -> Slots:
    if request.param == "threads":
        return ThreadSlots(2)
    FileSlots.prepare(tmp_path / "slots", 2)
    return FileSlots(tmp_path / "slots")


def test_no_more_are_let_in_than_there_are_slots(two_slots: Slots) -> None:
    limit = ConcurrencyLimit(
        two_slots, ThreadSlots(1), ThreadSlots(1), max_requests_held=10, wait_s=0.05
    )
    with (
        limit.prediction_slot(),
        limit.prediction_slot(),
        pytest.raises(TooBusy),
        limit.prediction_slot(),
    ):
        pass
    with limit.prediction_slot(), limit.prediction_slot():
        pass


def test_a_slot_comes_back_when_its_prediction_fails(two_slots: Slots) -> None:
    limit = ConcurrencyLimit(
        two_slots, ThreadSlots(1), ThreadSlots(1), max_requests_held=1, wait_s=0.05
    )
    for _ in range(5):
        with pytest.raises(ZeroDivisionError), limit.request_slot(), limit.prediction_slot():
            raise ZeroDivisionError


def test_no_more_wait_than_are_allowed(two_slots: Slots) -> None:
    limit = ConcurrencyLimit(
        two_slots, ThreadSlots(1), ThreadSlots(1), max_requests_held=2, wait_s=0.05
    )
    slot = limit.request_slot
    with slot(), slot(), pytest.raises(TooBusy), slot():
        pass
    with limit.request_slot():
        pass


def _take_and_die(folder: Path) -> None:
    assert FileSlots(folder).take() is not None


def test_the_slots_of_a_process_that_died_are_free_again(tmp_path: Path) -> None:
    FileSlots.prepare(tmp_path / "slots", 1)
    process = multiprocessing.get_context("spawn").Process(
        target=_take_and_die, args=(tmp_path / "slots",)
    )
    process.start()
    process.join()
    assert process.exitcode == 0
    give_back = FileSlots(tmp_path / "slots").take()
    assert give_back is not None
    assert FileSlots(tmp_path / "slots").take() is None
    give_back()

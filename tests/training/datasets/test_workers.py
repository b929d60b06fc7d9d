import io
import os
import signal

import pytest
from rich.console import Console

from training.datasets.defects import DatasetError
from training.datasets.workers import Workers


def square(number: int) -> int:
    return number * number


def process_of(_number: int) -> int:
    return os.getpid()


def end_badly(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def refuse(number: int) -> int:
    raise DatasetError(f"{number}.txt, line 1: no")


@pytest.mark.parametrize("count", [0, 1, 5, 1000])
@pytest.mark.parametrize("processes", [1, 2])
def test_results_come_in_the_order_of_the_items(count: int, processes: int) -> None:
    with Workers(processes) as workers:
        assert list(workers.map(square, range(count), "squares")) == [
            number**2 for number in range(count)
        ]


def test_many_items_are_worth_processes_and_few_are_not() -> None:
    with Workers(2) as workers:
        assert set(workers.map(process_of, range(20), "few")) == {os.getpid()}
        assert os.getpid() not in set(workers.map(process_of, range(600), "many"))
        assert os.getpid() not in set(workers.map(process_of, range(8), "heavy", heavy=True))


def test_progress_is_shown() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=80)
    with Workers(1, console) as workers:
        list(workers.map(square, range(7), "counting"))
    assert isinstance(console.file, io.StringIO)
    assert "counting" in console.file.getvalue()
    assert "7/7" in console.file.getvalue()


@pytest.mark.parametrize("processes", [1, 2])
def test_what_goes_wrong_in_a_process_is_raised_here(processes: int) -> None:
    with Workers(processes) as workers, pytest.raises(DatasetError, match=r"0\.txt, line 1"):
        list(workers.map(refuse, range(600), "refused"))


def test_a_process_that_is_killed_is_said_to_be() -> None:
    said = "a worker process was killed, perhaps for lack of memory; fewer processes need less"
    with Workers(2) as workers, pytest.raises(DatasetError, match=said):
        list(workers.map(end_badly, range(600), "killed"))

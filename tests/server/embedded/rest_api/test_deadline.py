import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as OutOfTime
from typing import Any

import grpc
import pytest

from server.embedded.errors import ServingError
from server.embedded.rest_api.deadline import Deadline


def test_what_takes_too_long_is_said_to() -> None:
    going_on = threading.Event()
    try:
        given_up = threading.Event()
        with pytest.raises(ServingError, match=r"for the model: 0\.01 s") as told:
            Deadline(0.01, threads=1).run(going_on.wait, given_up)
        assert given_up.is_set()
        assert told.value.code is grpc.StatusCode.DEADLINE_EXCEEDED
    finally:
        going_on.set()


def test_an_answer_at_the_last_moment_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    wait_for = Future.result

    def too_late(future: "Future[Any]", timeout: float | None = None) -> Any:
        answer = wait_for(future)
        if timeout is not None:
            # As where the time is over, and the work is done before that is looked at.
            raise OutOfTime
        return answer

    monkeypatch.setattr(Future, "result", too_late)
    assert Deadline(30, threads=1).run(lambda: "answer") == "answer"


def test_what_the_work_raises_is_raised() -> None:
    def work() -> None:
        raise OutOfTime("of its own")

    with pytest.raises(OutOfTime, match="of its own"):
        Deadline(30, threads=1).run(work)

import threading
from collections.abc import Callable
from typing import Any

import grpc
import numpy as np
import pytest

from server.embedded.batching import BatchingModel, BatchSlots
from server.embedded.configs.batching_parameters import BatchingParameters
from server.embedded.engines.engine import Array
from server.embedded.errors import ServingError
from server.embedded.examples import with_context
from server.embedded.regress import regress
from server.embedded.servable import Servable
from tests.support.fake_engine import FakeModel
from tests.support.fake_example_model import FakeExampleModel
from tests.support.waiting import wait_until


def batching(model: FakeModel, **parameters: object) -> BatchingModel:
    settings = {"threads": 1, "timeout_s": 0.0, "max_batch_size": 8} | parameters
    return BatchingModel(model, BatchSlots(BatchingParameters(**settings)))  # type: ignore[arg-type]  # by name


class Caller(threading.Thread):
    """Runs a model in a thread of its own."""

    def __init__(self, model: BatchingModel, x: Array) -> None:
        super().__init__()
        self._call: Callable[[], dict[str, Array]] = lambda: model.run(
            "serving_default", {"x": x}, ["y"]
        )
        self.y: list[Any] = []
        self.error: ServingError | None = None
        self.start()

    def run(self) -> None:
        try:
            self.y = self._call()["y"].tolist()
        except ServingError as error:
            self.error = error


def floats(*values: float) -> Array:
    return np.array(values, np.float32)


class Together:
    """Requests that find the one place for a batch taken, and so come together."""

    def __init__(self, model: FakeModel, batching_model: BatchingModel) -> None:
        self._model = model
        self._batching = batching_model
        model.may_run.clear()
        self._first = Caller(batching_model, floats(0))
        wait_until(lambda: len(model.batches) == 1, "the first request takes the place")

    def call(self, *inputs: Array) -> list[Caller]:
        callers = []
        for x in inputs:
            before = self._waiting_rows()
            callers.append(Caller(self._batching, x))
            wait_until(lambda before=before: self._waiting_rows() > before, "the request waits")  # type: ignore[misc]  # of the loop
        self._model.may_run.set()
        for caller in [self._first, *callers]:
            caller.join()
        return callers

    def _waiting_rows(self) -> int:
        return sum(batch.rows for batch in self._batching._open.values())


def test_requests_that_come_together_run_as_one_with_their_own_results() -> None:
    model = FakeModel(10)
    a, b, c = Together(model, batching(model)).call(floats(1), floats(2, 3), floats(4))
    assert (a.y, b.y, c.y) == ([11], [12, 13], [14])
    assert model.batches == [1, 4]


def test_a_batch_holds_no_more_rows_than_it_may() -> None:
    model = FakeModel(0)
    wrapped = batching(model, max_batch_size=3)
    together = Together(model, wrapped)
    callers = [Caller(wrapped, floats(n, n)) for n in (1, 2, 3)]
    wait_until(lambda: wrapped._waiting == 3, "each has a batch of its own")
    together.call()
    for caller in callers:
        caller.join()
    assert [caller.y for caller in callers] == [[1, 1], [2, 2], [3, 3]]
    assert model.batches == [1, 2, 2, 2]


def test_one_bad_request_does_not_fail_its_neighbours() -> None:
    model = FakeModel(0)
    good, bad, other = Together(model, batching(model)).call(floats(1), floats(-1), floats(2))
    assert (good.y, other.y) == ([1], [2])
    assert bad.error is not None
    assert bad.error.message == "x is negative"


def test_a_batch_is_filled_up_to_an_allowed_size() -> None:
    model = FakeModel(1)
    parameters = {"allowed_sizes": (4, 8)}
    a, b = Together(model, batching(model, **parameters)).call(floats(1), floats(2, 3))
    assert (a.y, b.y) == ([2], [3, 4])
    assert model.batches == [1, 4]


@pytest.mark.parametrize("x", [np.float32(1), np.zeros((9,), np.float32), floats()])
def test_what_cannot_be_batched_runs_on_its_own(x: Array) -> None:
    model = FakeModel(1)
    y = batching(model).run("serving_default", {"x": np.asarray(x)}, ["y"])["y"]
    np.testing.assert_array_equal(y, x + np.float32(1))


def test_a_signature_of_fixed_rows_is_never_batched() -> None:
    model = FakeModel(0, rows=1)
    model.may_run.clear()
    wrapped = batching(model)
    callers = [Caller(wrapped, floats(1)), Caller(wrapped, floats(2))]
    wait_until(lambda: model.batches == [1, 1], "both run at the same time")
    model.may_run.set()
    for caller in callers:
        caller.join()


def test_inputs_of_other_shapes_do_not_share_a_batch() -> None:
    model = FakeModel(0)
    a, b = Together(model, batching(model)).call(np.ones((1, 2), np.float32), floats(5))
    assert [a.y, b.y] == [[[1, 1]], [5]]
    assert model.batches == [1, 1, 1]


def test_a_full_queue_refuses_the_next_batch() -> None:
    model = FakeModel(0)
    wrapped = batching(model, max_waiting_batches=1)
    together = Together(model, wrapped)
    waiting = Caller(wrapped, floats(1))
    wait_until(lambda: wrapped._waiting == 1, "one batch waits")
    with pytest.raises(ServingError) as refused:
        wrapped.run("serving_default", {"x": np.ones((1, 2), np.float32)}, ["y"])
    assert refused.value.code == grpc.StatusCode.UNAVAILABLE
    together.call()
    waiting.join()
    assert waiting.y == [1]


def test_the_first_request_of_a_batch_waits_for_others_and_no_longer_than_until_it_is_full() -> (
    None
):
    model = FakeModel(0)
    wrapped = batching(model, timeout_s=30.0, max_batch_size=2)
    callers = [Caller(wrapped, floats(1)), Caller(wrapped, floats(2))]
    for caller in callers:
        caller.join(10)
    assert [caller.y for caller in callers] == [[1], [2]]
    assert model.batches == [2]


def test_examples_of_several_requests_run_as_one_and_keep_their_places() -> None:
    model = FakeExampleModel()
    parameters = BatchingParameters(threads=1, timeout_s=60.0, max_batch_size=8)
    batched = BatchingModel(model, BatchSlots(parameters))
    values: dict[int, list[float]] = {}

    def ask(size: int) -> None:
        rows = with_context(b"", [b"a" * size, b""])
        values[size] = regress(Servable("m", 1, batched), "sizes", lambda: rows)[1].tolist()

    # Together they fill a batch, so that nobody waits for the time to be up.
    callers = [threading.Thread(target=ask, args=(size,)) for size in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert values == {size: [size, 0] for size in range(4)}
    assert model.batches == [8]


def test_several_signatures_run_on_their_own() -> None:
    model = FakeExampleModel()
    batched = BatchingModel(model, BatchSlots(BatchingParameters(threads=1, timeout_s=60.0)))
    rows = {"inputs": with_context(b"", [b"abc"])}
    results = batched.run_together(
        {"sizes": rows, "classes": rows}, {"sizes": ["outputs"], "classes": ["classes"]}
    )
    assert results["sizes"]["outputs"].tolist() == [3]
    assert results["classes"]["classes"].tolist() == [[b"3"]]
    assert model.runs == [["sizes", "classes"]]

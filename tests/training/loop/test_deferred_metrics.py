from typing import Any, cast

import pytest
import tensorflow as tf

from training.loop.checkpoints import Progress
from training.loop.deferred_metrics import LONGEST_UNREAD_S, MOST_UNREAD, DeferredMetrics
from training.loop.training_step import StepScalars


class Watched:
    """Values of a step on a device, which count how often they are waited for."""

    def __init__(self, value: float) -> None:
        self.value = tf.constant([value])
        self.reads = 0

    def numpy(self) -> Any:
        self.reads += 1
        return self.value.numpy()


def a_reader(checked: list[tuple[float, int, str]]) -> DeferredMetrics:
    def check(said: dict[str, float], step: int, image_ids: str) -> None:
        checked.append((said["loss"], step, image_ids))

    return DeferredMetrics(Progress(), 4, check)


def test_steps_are_waited_for_when_they_are_read_and_each_is_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # However slow the machine is.
    monkeypatch.setattr("training.loop.deferred_metrics.LONGEST_UNREAD_S", 1e9)
    checked: list[tuple[float, int, str]] = []
    reader = a_reader(checked)
    values = [Watched(float(step)) for step in range(1, MOST_UNREAD + 1)]
    for step, each in enumerate(values, 1):
        assert not reader.is_due
        reader.start()
        reader.add(step, StepScalars(("loss",), cast("tf.Tensor", each)), f"images {step}")
    assert reader.is_due
    assert [each.reads for each in values] == [0] * MOST_UNREAD
    assert reader.read() == {"loss": float(MOST_UNREAD)}
    assert checked == [(float(n), n, f"images {n}") for n in range(1, MOST_UNREAD + 1)]
    assert [each.reads for each in values] == [1] * MOST_UNREAD
    assert reader.progress.examples == 4 * MOST_UNREAD
    assert reader.progress.seconds > 0
    assert not reader.is_due


def test_where_steps_are_slow_each_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0.0, LONGEST_UNREAD_S, LONGEST_UNREAD_S])
    monkeypatch.setattr("training.loop.deferred_metrics.time.monotonic", lambda: next(times))
    reader = a_reader([])
    reader.start()
    reader.add(1, StepScalars(("loss",), tf.constant([2.0])), "pictures")
    assert reader.is_due
    reader.read()
    assert reader.examples_per_s == pytest.approx(4 / LONGEST_UNREAD_S)

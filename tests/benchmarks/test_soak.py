"""What the soak fails for; a run of it takes minutes."""

from pathlib import Path
from typing import Any, cast

import pytest
from rich.console import Console

from benchmarks.soak import Sample, SoakRun
from benchmarks.soak_requests import Kind, Outcome


def run_with(samples: list[Sample]) -> SoakRun:
    run = SoakRun(cast("Any", None), cast("Any", None), Path(), 1.0)
    run.samples["server"] += samples
    return run


@pytest.mark.parametrize(
    ("last", "says"),
    [
        (Sample(104.0, 10), []),
        (Sample(90.0, 10), []),
        (Sample(106.0, 10), ["server grew by 6.0%"]),
        (Sample(100.0, 23), ["server has 23 open files, where it had 10"]),
    ],
)
def test_memory_and_files_that_grow_after_the_warm_up_fail_it(
    last: Sample, says: list[str]
) -> None:
    # What the first quarter held is no measure.
    samples = [Sample(50.0, 5)] * 5 + [Sample(100.0, 10)] * 10 + [last] * 5
    assert run_with(samples).report(Console(quiet=True)) == says


@pytest.mark.parametrize(
    ("outcome", "fails"),
    [(Outcome.RIGHT, False), (Outcome.REFUSED, False), (Outcome.WRONG, True), (Outcome.LOST, True)],
)
def test_a_request_that_is_lost_or_answered_wrong_fails_it(
    outcome: Outcome, *, fails: bool
) -> None:
    run = run_with([Sample(1.0, 1)] * 20)
    run.note(Kind("image", lambda _: (outcome, "because")), outcome, "because")
    [*said] = run.report(Console(quiet=True))
    assert said == ([f"1 {outcome.value}: 1 x image: because"] if fails else [])

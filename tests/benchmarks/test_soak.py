"""What the soak fails for; a run of it takes minutes."""

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from rich.console import Console

from benchmarks import soak
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


def run_of(ask: Any, model_dir: Path, duration_s: float) -> SoakRun:
    """Whose processes are this one."""
    program = SimpleNamespace(process=SimpleNamespace(pid=os.getpid()))
    stack = cast("Any", None)
    return SoakRun(cast("Any", program), stack, model_dir, duration_s, [Kind("image", ask)])


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (lambda: b"".split()[1], "IndexError: list index out of range"),
        (lambda: json.loads("[1"), "JSONDecodeError: Expecting ',' delimiter: line 1 column 3"),
    ],
)
def test_a_request_whose_answer_cannot_be_read_is_lost(
    broken: Any, says: str, tmp_path: Path
) -> None:
    asked = []

    def ask(_: Any) -> Any:
        asked.append(1)
        return broken()

    run = run_of(ask, tmp_path, duration_s=0.5)
    run.go(clients=2, per_s=10)
    [said] = run.report(Console(quiet=True))
    assert said.startswith(f"{len(asked)} lost: {len(asked)} x image: {says}")


def test_a_run_in_which_no_more_versions_come_ends_and_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(soak, "VERSION_EVERY_S", 0.05)
    (tmp_path / "model").write_text("no folder")
    run = run_of(lambda _: (Outcome.RIGHT, "1"), tmp_path / "model", duration_s=600)
    run.go(clients=1, per_s=5)
    [said] = run.report(Console(quiet=True))
    assert said.startswith("publishing versions ended: NotADirectoryError: ")

"""Nobody waits for the answers any more: Ctrl-C, or a reader that has seen enough."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.boxwright.gateways import Answer, Asked, gateway, problem
from tests.boxwright.predict.asking import open_hand
from tests.support.programs import environment_with
from tests.support.shared import REPOSITORY
from tests.support.waiting import wait_until

# Well below the minute that the gateway here asks for.
STOP_TIMEOUT_S = 40.0


@pytest.fixture
def interruptible() -> Iterator[None]:
    """The tests may run in a shell's background, which ignores it, and so would what they start."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def start(url: str, photos: Path) -> "subprocess.Popen[bytes]":
    words = ["predict", str(photos), "--url", url, "--jobs", "1", "--format", "jsonl"]
    return subprocess.Popen(
        [sys.executable, "-m", "boxwright", *words],
        cwd=REPOSITORY,
        env=environment_with({}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_ctrl_c_asks_about_no_other_image_and_keeps_what_was_answered(
    photos: Path, interruptible: None
) -> None:
    def answer_once(asked: Asked) -> Answer:
        return open_hand(asked) if len(answers) == 1 else problem(503, "full", Retry_After="60")

    with gateway(answer_once) as (url, answers), start(url, photos) as program:
        wait_until(lambda: len(answers) == 2, "the second image is asked about")
        program.send_signal(signal.SIGINT)
        printed, _ = program.communicate(timeout=STOP_TIMEOUT_S)
    assert program.returncode == 1
    assert len(answers) == 2
    assert [len(json.loads(line)["detections"]) for line in printed.splitlines()] == [2]


def test_a_reader_that_has_seen_enough_ends_it(photos: Path) -> None:
    has_seen_enough = threading.Event()

    def answer_twice(asked: Asked) -> Answer:
        if len(answers) == 1:
            return open_hand(asked)
        assert has_seen_enough.wait(STOP_TIMEOUT_S)
        return open_hand(asked) if len(answers) == 2 else problem(503, "full", Retry_After="60")

    with gateway(answer_twice) as (url, answers), start(url, photos) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        assert json.loads(program.stdout.readline())["detections"]
        program.stdout.close()
        has_seen_enough.set()
        said = program.stderr.read().decode()
        assert program.wait(STOP_TIMEOUT_S) == 1
    assert len(answers) <= 3
    assert "Broken pipe" not in said
    assert "Traceback" not in said

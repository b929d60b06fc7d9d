"""What a training hears of its end."""

import os
import signal
from collections.abc import Iterator

import pytest

from training.loop.stopping import StopRequest


@pytest.fixture
def at_a_terminal() -> Iterator[None]:
    """SIGHUP as at a terminal, whatever began the tests has done about it."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("at_a_terminal")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_that_end_a_program_are_heard_between_steps(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with StopRequest().heard() as stop:
        os.kill(os.getpid(), number)
        assert stop.signal_number == number
    assert signal.getsignal(number) == before


@pytest.mark.usefixtures("at_a_terminal")
def test_a_closed_terminal_means_nothing_under_nohup() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with StopRequest().heard() as stop:
        os.kill(os.getpid(), signal.SIGHUP)
        assert stop.signal_number is None

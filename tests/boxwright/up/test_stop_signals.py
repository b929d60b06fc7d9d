"""`boxwright up` is asked to stop by signals, also by a terminal that is closed."""

import os
import signal
from collections.abc import Iterator

import pytest

from boxwright.up.stop_signals import stop_event


@pytest.fixture
def hangup() -> Iterator[None]:
    """The tests themselves may run under `nohup`, which ignores it."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_asks_to_stop_and_ends_nothing_at_once(
    number: signal.Signals, hangup: None
) -> None:
    before = signal.getsignal(number)
    with stop_event() as stop:
        assert not stop.is_set()
        os.kill(os.getpid(), number)
        assert stop.wait(60)
    assert signal.getsignal(number) is before


def test_under_nohup_a_closed_terminal_means_nothing(hangup: None) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with stop_event() as stop:
        os.kill(os.getpid(), signal.SIGHUP)
        assert not stop.is_set()
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN

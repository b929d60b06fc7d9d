"""How much memory something takes at its most, in a process that has taken more before."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

_STATUS = Path("/proc/self/status")
# Written to `clear_refs`, it makes the peak what is resident now (Linux, proc_pid_clear_refs(5)).
_RESET_PEAK = "5"


@dataclass
class PeakMemory:
    """What was taken beside what was resident before, in MB; known when the block has ended."""

    added_mb: float = 0.0


@contextmanager
def peak_memory() -> Iterator[PeakMemory]:
    """Measure the block; skips the test where the system has no such counters."""
    reset = Path("/proc/self/clear_refs")
    if not reset.exists():
        pytest.skip("needs Linux's /proc/self/clear_refs")
    reset.write_text(_RESET_PEAK)
    before_mb, peak = _resident_mb("VmRSS"), PeakMemory()
    yield peak
    peak.added_mb = _resident_mb("VmHWM") - before_mb


def _resident_mb(counter: str) -> float:
    [found] = re.findall(rf"^{counter}:\s+(\d+) kB$", _STATUS.read_text(), re.MULTILINE)
    return int(found) / 1024

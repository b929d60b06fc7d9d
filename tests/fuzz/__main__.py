"""Try targets for some minutes, each in a process of its own, and keep what is found."""

import hashlib
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS

FINDS = Path(__file__).with_name("finds")
ROUND = 500
# Of the processor's time for one input; more ends the process, as a crash does.
MOST_CPU_S = 10.0
# For a process's beginning and its last round; one that still runs then waits for ever.
EXTRA_S = 120.0
WORK = "import sys; from tests.fuzz.__main__ import work; work(*sys.argv[1:])"

_chunk = st.one_of(
    st.binary(max_size=12),
    st.sampled_from(
        [b"\0" * 4, b"\xff" * 4, b"\x7f\xff\xff\xff", b"\0\0\0\1", b"{", b'"', b"\r\n"]
    ),
)
_change = st.tuples(st.floats(0, 1), st.integers(0, 16), _chunk, st.integers(1, 50))


def changed(data: bytes, changes: list[tuple[float, int, bytes, int]]) -> bytes:
    """`data` with each of some parts cut out and something put there, once or repeatedly."""
    for at, cut, put, times in changes:
        place = int(at * len(data))
        data = data[:place] + put * times + data[place + cut :]
    return data


@click.command()
@click.option("--minutes", default=6.0, help="For all targets together.")
@click.option("--target", "names", multiple=True, type=click.Choice(list(TARGETS)))
@click.option("--number", default=None, type=int, help="Begin here, to try the same again.")
def main(minutes: float, names: tuple[str, ...], number: int | None) -> None:
    """Try each target with inputs that nobody has thought of."""
    chosen = names or tuple(TARGETS)
    first, failed = time.time_ns() % 10**9 if number is None else number, 0
    for name in chosen:
        failed += try_target(name, 60 * minutes / len(chosen), first)
    sys.exit(bool(failed))


def try_target(
    name: str, seconds: float, first: int, *, code: str = WORK, extra_s: float = EXTRA_S,
    finds: Path = FINDS,
) -> bool:  # fmt: skip
    """Try a target in a process of its own; whether it ended as it should not, which is told.

    Args:
        name: of the target.
        seconds: for which it is tried.
        first: number that inputs are made from.
        code: what the process runs, with the arguments of `work`.
        extra_s: that it has beyond `seconds`.
        finds: takes the input that it was at, where it had come to one.
    """
    with TemporaryDirectory() as folder:
        current, counted = Path(folder) / "input", Path(folder) / "count"
        arguments = [name, f"{seconds}", f"{first}", f"{current}", f"{counted}"]
        command = [sys.executable, "-c", code, *arguments]
        try:
            ended = subprocess.run(command, check=False, timeout=seconds + extra_s).returncode
            how = f"ended with {ended}" if ended else ""
        except subprocess.TimeoutExpired:
            how = f"did not end within {seconds + extra_s:g} s"
        if how and current.exists():
            data = current.read_bytes()
            kept = finds / name / f"{hashlib.sha256(data).hexdigest()[:12]}.bin"
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(data)
            click.echo(f"{name}: {how}; the input is {kept}")
        elif how:
            click.echo(f"{name}: {how} before its first input")
        tried = counted.read_text() if counted.exists() else "0"
    click.echo(f"{name}: {tried} inputs, from number {first}; found: {int(bool(how))}")
    return bool(how)


def work(name: str, seconds: str, first: str, current: str, counted: str) -> None:
    """Try one target, with the input always in a file; a find ends the process."""
    warnings.simplefilter("ignore")
    target, place = TARGETS[name], Path(current)
    seeds = list(target.seeds())
    ends_s, number, tried = time.monotonic() + float(seconds), int(first), 0

    @settings(
        max_examples=ROUND,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.sampled_from(seeds), st.lists(_change, min_size=1, max_size=8))
    def attempt(good: bytes, changes: list[tuple[float, int, bytes, int]]) -> None:
        data = changed(good, changes)
        place.write_bytes(data)
        signal.setitimer(signal.ITIMER_PROF, MOST_CPU_S)
        target.run(data)
        signal.setitimer(signal.ITIMER_PROF, 0)

    while time.monotonic() < ends_s:
        seed(number)(attempt)()
        number, tried = number + 1, tried + ROUND
        Path(counted).write_text(str(tried))


if __name__ == "__main__":
    main()

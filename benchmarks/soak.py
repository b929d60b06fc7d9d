"""`make soak`: the whole stack under a mixed load, with a new version every 20 s.

    python -m benchmarks.soak --minutes 10

`boxwright up` serves the model that ships, from a folder in which versions come and go. Clients
send good images, large ones, bodies that trickle in, things that are no images, and, past the
gateway, tensors that stand for gigabytes. Counted is what was sent, answered right, refused as
documented, and lost. Each process's memory and open files are measured after the warm-up, the
first third of it against the last.
"""

import os
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import NamedTuple

import click
import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.calls import REPOSITORY
from benchmarks.soak_requests import KINDS, MODEL, Kind, Outcome, Stack
from tests.support.programs import Program
from tests.support.waiting import free_port, wait_until

SHIPPED = REPOSITORY / "models" / MODEL / "1"
VERSION_EVERY_S = 20.0
KEPT_VERSIONS = 2
SAMPLE_EVERY_S = 2.0
# Of the run, before anything is measured; pools and caches have grown by then.
WARM_UP_SHARE = 0.25
MOST_GROWTH = 0.05
# Open files come and go with requests: a sample may see one of each kind more than another does.
MORE_FILES = len(KINDS)


class Sample(NamedTuple):
    """What a process holds at a moment."""

    memory_mb: float
    files: int


@click.command()
@click.option("--minutes", default=10.0, show_default=True)
@click.option("--clients", default=4, show_default=True, help="Requests at a time, at most.")
@click.option("--per-s", default=6.0, show_default=True, help="Requests.")
def soak(minutes: float, clients: int, per_s: float) -> None:
    """Print what became of every request, and what each process holds; fail where it should not."""
    console = Console(width=110)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        models = folder / "models"
        for number in range(1, KEPT_VERSIONS + 1):
            shutil.copytree(SHIPPED, models / MODEL / str(number))
        port = free_port()
        arguments = ["up", "--models", str(models), "--port", str(port)]
        environment = {"TMPDIR": str(folder)}
        with Program("boxwright", arguments, folder / "log", environment) as program:
            url = f"http://127.0.0.1:{port}"
            program.wait_for(f"{url}/readyz")
            [model_socket] = folder.glob("boxwright-up-*/server.sock")
            stack = Stack(url, f"unix:{model_socket}", SHIPPED)
            run = SoakRun(program, stack, models / MODEL, 60 * minutes)
            run.go(clients, per_s)
            failed = run.report(console)
            status = program.stop()
        if status or "Traceback" in program.text():
            console.print(program.text()[-3000:])
            failed.append(f"boxwright up ended with {status}, or its log has a traceback")
    for each in failed:
        console.print(f"[red]{each}[/red]")
    sys.exit(bool(failed))


class SoakRun:
    """A load, and what it shows.

    Args:
        program: `boxwright up`.
        stack: where requests go.
        model_dir: to which versions are added.
        duration_s: of the load.
        kinds: of requests, in their order.

    Attributes:
        samples: by process, what it held.
    """

    def __init__(
        self,
        program: Program,
        stack: Stack,
        model_dir: Path,
        duration_s: float,
        kinds: Sequence[Kind] = KINDS,
    ) -> None:
        self._program = program
        self._stack = stack
        self._model_dir = model_dir
        self._duration_s = duration_s
        self._kinds = kinds
        self._outcomes: dict[str, Counter[Outcome]] = defaultdict(Counter)
        self._reasons: Counter[str] = Counter()
        self.samples: dict[str, list[Sample]] = defaultdict(list)
        self._versions: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._broken: list[str] = []

    def go(self, clients: int, per_s: float) -> None:
        """Send requests at a steady rate, however long the earlier ones take."""
        start_s = time.monotonic()
        helpers = [
            threading.Thread(target=self._note_how_it_ends, args=each)
            for each in (("publishing versions", self._publish), ("sampling", self._sample))
        ]
        for each in helpers:
            each.start()
        slots = threading.BoundedSemaphore(clients)
        try:
            with ThreadPoolExecutor(clients) as threads:
                for number in range(int(self._duration_s * per_s)):
                    is_over = self._over.wait(max(0.0, start_s + number / per_s - time.monotonic()))
                    if is_over or time.monotonic() > start_s + self._duration_s:
                        break
                    slots.acquire()
                    threads.submit(self._ask, self._kinds[number % len(self._kinds)], slots)
        finally:
            self._over.set()
            for each in helpers:
                each.join()

    def report(self, console: Console) -> list[str]:
        """Print the counts; what should not be, in words."""
        failed = self._report_requests(console) + self._report_processes(console) + self._broken
        versions = ", ".join(f"{name}: {n}" for name, n in sorted(self._versions.items()))
        console.print(f"right answers by version: {versions}")
        return failed

    def _report_requests(self, console: Console) -> list[str]:
        table = Table("request", "sent", *(each.value for each in Outcome))
        total: Counter[Outcome] = Counter()
        for name, counts in self._outcomes.items():
            total += counts
            table.add_row(name, str(counts.total()), *(str(counts[each]) for each in Outcome))
        table.add_row("all", str(total.total()), *(str(total[each]) for each in Outcome))
        console.print(table)
        lost = [f"{count} x {reason}" for reason, count in self._reasons.most_common(10)]
        return [f"{total[each]} {each.value}: {'; '.join(lost)}" for each in
                (Outcome.WRONG, Outcome.LOST) if total[each]]  # fmt: skip

    def _report_processes(self, console: Console) -> list[str]:
        table = Table(
            "process", "samples", "MB at first", "MB at last", "growth", "files", "at last"
        )
        failed = []
        for name, samples in self.samples.items():
            after = samples[int(len(samples) * WARM_UP_SHARE) :]
            third = max(1, len(after) // 3)
            first, last = after[:third], after[-third:]
            memory = [median(each.memory_mb for each in part) for part in (first, last)]
            files = [max(each.files for each in part) for part in (first, last)]
            growth = memory[1] / memory[0] - 1
            table.add_row(
                name, str(len(samples)), *(f"{each:.1f}" for each in memory), f"{growth:+.1%}",
                *map(str, files),
            )  # fmt: skip
            if growth > MOST_GROWTH:
                failed.append(f"{name} grew by {growth:.1%}")
            if files[1] > files[0] + MORE_FILES:
                failed.append(f"{name} has {files[1]} open files, where it had {files[0]}")
        console.print(table)
        for name, samples in self.samples.items():
            series = " ".join(
                f"{each.memory_mb:.0f}" for each in samples[:: len(samples) // 30 + 1]
            )
            console.print(f"{name}, MB over time: {series}")
        return failed

    def _ask(self, kind: Kind, slots: threading.BoundedSemaphore) -> None:
        try:
            outcome, detail = kind.ask(self._stack)
        # Whatever it is, such as an answer that is cut off or no JSON, no good answer came.
        except Exception as error:  # noqa: BLE001
            outcome, detail = Outcome.LOST, f"{type(error).__name__}: {error}"
        finally:
            slots.release()
        self.note(kind, outcome, detail)

    def note(self, kind: Kind, outcome: Outcome, detail: str) -> None:
        """Count a request.

        Args:
            kind: of request.
            outcome: what became of it.
            detail: the version that answered, or what came instead.
        """
        with self._lock:
            self._outcomes[kind.name][outcome] += 1
            if outcome is Outcome.RIGHT:
                self._versions[detail] += 1
            elif outcome is not Outcome.REFUSED:
                self._reasons[f"{kind.name}: {detail[:200]}"] += 1

    def _note_how_it_ends(self, what: str, work: Callable[[], None]) -> None:
        """Run a helper's work; without it a run would measure something else, and so it ends."""
        try:
            work()
        except Exception as error:  # noqa: BLE001
            self._broken.append(f"{what} ended: {type(error).__name__}: {error}")
            self._over.set()

    def _publish(self) -> None:
        """A new version, whole by a rename, and the oldest goes once the new one answers."""
        number = KEPT_VERSIONS
        while not self._over.wait(VERSION_EVERY_S):
            number += 1
            partial = self._model_dir / f".{number}"
            shutil.copytree(SHIPPED, partial)
            partial.rename(self._model_dir / str(number))
            self._wait_for(number)
            oldest = self._model_dir / str(number - KEPT_VERSIONS)
            if oldest.exists():
                shutil.rmtree(oldest)

    def _wait_for(self, version: int) -> None:
        wait_until(
            lambda: self._over.is_set() or self._stack.is_available(version),
            f"version {version} is loaded",
        )

    def _sample(self) -> None:
        up = psutil.Process(self._program.process.pid)
        while not self._over.wait(SAMPLE_EVERY_S):
            for process in (up, *up.children(recursive=True)):
                try:
                    name = f"{_part_of(process)} {process.pid}"
                    memory_mb = process.memory_info().rss / 1e6
                    self.samples[name].append(Sample(memory_mb, process.num_fds()))
                except psutil.Error:
                    continue


def _part_of(process: psutil.Process) -> str:
    command = " ".join(process.cmdline())
    return next(
        (name for name in ("server.embedded", "client_api") if name in command), "boxwright up"
    )


if __name__ == "__main__":
    os.environ.setdefault("NO_PROXY", "127.0.0.1")
    soak()

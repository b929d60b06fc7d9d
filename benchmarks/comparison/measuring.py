"""The rounds: all in turn, so that what disturbs the machine disturbs everybody alike."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.calls import REPOSITORY
from benchmarks.comparison.contenders import Contender, Running, running
from benchmarks.comparison.load import LoadFailed, Measured, Request, send_in_turn
from benchmarks.comparison.networks import Networks
from benchmarks.comparison.sample_images import USUAL
from tests.support.waiting import free_port

LIMIT = "the limit"


@dataclass
class Row:
    """What was measured of one contender, round by round.

    Args:
        name: its own.
        by_clients: of each number of clients.
        ready_s: from its start to the first answer.
        memory_mb: before the load.
    """

    name: str
    by_clients: dict[int, list[Measured]] = field(default_factory=dict)
    ready_s: list[float] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)

    def per_s(self, clients: int) -> float:
        """Median of the rounds."""
        return median(each.per_s for each in self.by_clients[clients])

    def p50_ms(self, clients: int) -> float:
        """Median of the rounds' medians."""
        return median(each.p50_ms for each in self.by_clients[clients])


@dataclass(frozen=True)
class Rounds:
    """How much is measured.

    Args:
        count: of rounds.
        clients: numbers of clients that ask at once.
        seconds: of each load.
        folder: for requests and logs.
    """

    count: int
    clients: Sequence[int]
    seconds: float
    folder: Path

    def measure(
        self,
        ours: Contender,
        peers: Sequence[Contender],
        networks: Networks,
        images: Mapping[str, Path],
        say: Callable[[str], None],
    ) -> dict[str, Row]:
        """Each contender, and the limit, `count` times; rows by name.

        A peer that does not start, or cannot be asked, is told of and has no row.

        Raises:
            LoadFailed: ours is the one.
        """
        contenders = (ours, *peers)
        rows = {name: Row(name) for name in (LIMIT, *(each.name for each in contenders))}
        for number in range(1, self.count + 1):
            say(f"round {number} of {self.count}: {LIMIT}")
            for clients in self.clients:
                measured = measure_limit(networks, images[USUAL], clients, self.seconds)
                rows[LIMIT].by_clients.setdefault(clients, []).append(measured)
            for contender in contenders:
                say(f"round {number} of {self.count}: {contender.name}")
                port = free_port()
                request = contender.request(port, images[USUAL], self.folder)
                log = self.folder / f"{contender.name}.log".replace("/", " ")
                try:
                    with running(contender, port, request, log) as server:
                        self._load(rows[contender.name], server, request)
                except LoadFailed as error:
                    if contender is ours:
                        raise
                    say(f"{error}")
        # Ratios are of rounds that all have.
        return {name: row for name, row in rows.items() if self._is_whole(row)}

    def _is_whole(self, row: Row) -> bool:
        return all(len(row.by_clients.get(each, ())) == self.count for each in self.clients)

    def _load(self, row: Row, server: Running, request: Request) -> None:
        row.ready_s.append(server.ready_s)
        row.memory_mb.append(server.memory_mb())
        warm_up(request, self.seconds)
        for clients in self.clients:
            measured = send_in_turn(request, clients, self.seconds)
            row.by_clients.setdefault(clients, []).append(measured)


def warm_up(request: Request, seconds: float) -> None:
    """Engines compile for what is sent."""
    send_in_turn(request, 4, max(1.0, seconds / 2))


def measure_limit(networks: Networks, image: Path, clients: int, seconds: float) -> Measured:
    """In a process of its own."""
    ran = subprocess.run(  # noqa: S603
        [
            sys.executable, "-m", "benchmarks.comparison.limit", "--model-xml",
            f"{networks.exact}", "--size", f"{networks.size}", "--image", f"{image}",
            "--clients", f"{clients}", "--seconds", f"{seconds}",
        ],
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return Measured(**json.loads(ran.stdout.strip().splitlines()[-1]))


def to_limit(rows: Mapping[str, Row], name: str, clients: int) -> float:
    """The rate of a row to the limit's in the same rounds: the median of the rounds' ratios."""
    return ratio(rows[name].by_clients[clients], rows[LIMIT].by_clients[clients])


def ratio(measured: Iterable[Measured], to: Iterable[Measured]) -> float:
    """Median of the rounds' ratios of rates."""
    return median(mine.per_s / theirs.per_s for mine, theirs in zip(measured, to, strict=True))

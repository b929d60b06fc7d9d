"""`make bench`: a table of what a prediction costs, by engine and by the way it is asked."""

import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import click
import httpx
import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from boxwright.predict.pictures import find_pictures
from detection.pictures import read_picture
from serving_protocol.client import GrpcModelServer
from serving_protocol.detector_request import picture_batches
from serving_protocol.detector_signature import DetectorSignature
from serving_protocol.model_server import ModelChoice
from tests.support.programs import gateway, model_server
from tests.support.waiting import free_port

ENGINES = ("openvino", "tensorflow")
MAX_PIXELS = 50_000_000
TIMEOUT_S = 60.0
CLIENTS = 4


@dataclass
class Row:
    """One way to ask, and how long each answer took.

    Args:
        name: for the table.
        ask: asks about one picture, by its number.
    """

    name: str
    ask: Callable[[int], None]
    times_ms: list[float] = field(default_factory=list)
    per_s_together: float = 0.0

    def measure(self, picture: int) -> None:
        """Ask once, by the clock."""
        start = time.perf_counter()
        self.ask(picture)
        self.times_ms.append((time.perf_counter() - start) * 1000)

    def measure_together(self, pictures: int) -> None:
        """Ask about so many pictures from several threads at once."""
        start = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(self.ask, range(pictures)))
        self.per_s_together = pictures / (time.perf_counter() - start)


def grpc_row(engine: str, serving_port: int, model: str, files: list[bytes]) -> Row:
    """Asks the model server itself, with requests that are ready made."""
    server = GrpcModelServer([f"127.0.0.1:{serving_port}"])
    choice = ModelChoice(model)
    signature = DetectorSignature.find(server.signatures(choice, TIMEOUT_S).signatures)
    requests = []
    for data in files:
        picture = read_picture(data, max_pixels=MAX_PIXELS)
        [batch] = picture_batches(signature, [picture], choice)
        requests.append(batch.request)
    return Row(
        f"{engine}, gRPC, pixels",
        lambda number: void(server.predict(requests[number % len(requests)], TIMEOUT_S)),
    )


def http_row(engine: str, url: str, files: list[bytes], accept: str) -> Row:
    """Asks the gateway, with picture files."""
    http = httpx.Client(timeout=TIMEOUT_S, headers={"Accept": accept, "Content-Type": "image/any"})

    def ask(number: int) -> None:
        http.post(f"{url}/predict", content=files[number % len(files)]).raise_for_status()

    return Row(f"{engine}, HTTP, {accept}", ask)


def void(_: object) -> None:
    """Drop an answer."""


@click.command()
@click.option("--models", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--model", required=True)
@click.option("--pictures", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--rounds", type=click.IntRange(1, 10_000), default=60, show_default=True)
def bench(models: Path, model: str, pictures: Path, rounds: int) -> None:
    """Measure the stack with MODEL on PICTURES."""
    files = [path.read_bytes() for path in find_pictures([pictures])]
    if not files:
        raise click.ClickException(f"no pictures in {pictures}")
    with ExitStack() as running, tempfile.TemporaryDirectory() as folder:
        rows: list[Row] = []
        for engine in ENGINES:
            serving_port, port = free_port(), free_port()
            url = f"http://127.0.0.1:{port}"
            log = Path(folder) / f"{engine}.log"
            running.enter_context(
                model_server(
                    log, models_dir=models.resolve(), model=model, port=serving_port, engine=engine
                )
            )
            front = running.enter_context(
                gateway(
                    log.with_suffix(".gateway.log"),
                    port=port,
                    serving_port=serving_port,
                    MODEL_NAME=model,
                )
            )
            front.wait_for(f"{url}/readyz")
            rows.append(grpc_row(engine, serving_port, model, files))
            rows.extend(
                http_row(engine, url, files, each) for each in ("application/json", "image/jpeg")
            )
        for row in rows:
            for number in range(len(files)):
                row.ask(number)  # each size is compiled for once
        for number in track(range(rounds), "in turn", console=Console(stderr=True)):
            for row in rows:
                row.measure(number)
        for row in track(rows, "together", console=Console(stderr=True)):
            row.measure_together(rounds)
    print_table(rows)


def print_table(rows: list[Row]) -> None:
    """Median and 90th percentile one by one, and predictions a second from several clients."""
    table = Table("asked", "median ms", "p90 ms", f"1/s, {CLIENTS} clients", "to the first row")
    first = float(np.median(rows[0].times_ms))
    for row in rows:
        median = float(np.median(row.times_ms))
        p90 = float(np.percentile(row.times_ms, 90))
        table.add_row(
            row.name,
            f"{median:.1f}",
            f"{p90:.1f}",
            f"{row.per_s_together:.1f}",
            f"{median / first:.2f}",
        )
    Console(width=100).print(table)


if __name__ == "__main__":
    bench()

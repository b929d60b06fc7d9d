"""What the embedded model server keeps of the memory that large requests took.

    python -m benchmarks.memory --engine openvino --minutes 60

The server's resident set is measured after a warm-up of ordinary requests, at its highest during a
burst of large ones, after that, and then once a minute under a mixed load: pairs of numbers,
arrays of a megabyte, JSON, now and then one of the large ones, and refusals, each of another size.
The model is `half_plus` of `tests.support.tiny_models`, so that what is kept is the server's, not
the model's.
"""

import itertools
import json
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

import click
import grpc
import httpx
import numpy as np
import psutil
from rich.console import Console
from rich.table import Table

from server.embedded.engines.registry import ENGINE_NAMES
from serving_protocol.messages import ModelSpec, PredictRequest
from serving_protocol.tensors import encode_tensor_into
from tests.support.model_servers import RunningServer, running_model_server
from tests.support.tiny_models import write_half_plus

MEGABYTE = 1_000_000
WARM_UP_REQUESTS = 60
# Memory is given back in pauses, and once more 5 s later.
SETTLE_S = 8.0
SAMPLE_S = 0.05
# One of so many requests of the mixed load is a large one.
LARGE_EVERY = 97
TIMEOUT_S = 600.0
# JSON takes 25 times its size while it is read.
JSON_SHARE = 4
SIZES = (1, 2, 3, 1000, 10_000, 65_536, 250_000)


@click.command()
@click.option("--engine", type=click.Choice(ENGINE_NAMES), required=True)
@click.option("--size-mb", default=100, show_default=True, help="Of each large request.")
@click.option("--burst", default=8, show_default=True, help="Large requests.")
@click.option("--clients", default=4, show_default=True, help="Of them at a time.")
@click.option("--minutes", default=60.0, show_default=True, help="Of mixed load.")
@click.option("--per-s", default=2.0, show_default=True, help="Requests of the mixed load.")
def memory(
    engine: str, size_mb: int, burst: int, clients: int, minutes: float, per_s: float
) -> None:
    """Print how much memory the server has before, in and after a burst, and under mixed load."""
    console = Console(width=100)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_half_plus(folder / "half_plus" / "1", 2.0)
        flags = (
            f"--engine={engine}",
            "--model_name=half_plus",
            f"--model_base_path={folder / 'half_plus'}",
            # What is measured is memory, also where the processors are busy with other things.
            f"--rest_api_timeout_in_ms={TIMEOUT_S * 1000:.0f}",
        )
        with running_model_server(folder, *flags, rest=True) as server:
            load = MixedLoad(server, size_mb)
            for _ in range(WARM_UP_REQUESTS):
                load.ask(may_be_large=False)
            before = resident_mb(server)
            highest = during(server, lambda: send_burst(server, size_mb, burst, clients))
            time.sleep(SETTLE_S)
            after = resident_mb(server)
            table = Table("when", "resident MB", "to before")
            for name, value in (("before", before), ("in the burst", highest), ("after", after)):
                table.add_row(name, f"{value:.0f}", f"{value / before:.2f}")
            console.print(table)
            minute_by_minute(console, server, load, minutes, per_s)


class MixedLoad:
    """Requests of many sizes and kinds, one after another.

    Args:
        server: is asked.
        size_mb: of the large ones.
    """

    def __init__(self, server: RunningServer, size_mb: int) -> None:
        self._server = server
        self._large = size_mb * MEGABYTE // 4
        self._kinds = itertools.cycle((self._grpc, self._rest, self._refused))
        self._sizes = itertools.cycle(SIZES)
        self._count = 0

    def ask(self, *, may_be_large: bool = True) -> None:
        """Send the next request.

        Args:
            may_be_large: whether it may be one of the large ones.
        """
        self._count += 1
        if may_be_large and self._count % LARGE_EVERY == 0:
            self._grpc(self._large)
        else:
            next(self._kinds)(next(self._sizes) + self._count % 7)

    def _grpc(self, elements: int) -> None:
        self._server.predict(
            ModelSpec(name="half_plus"), TIMEOUT_S, x=np.ones(elements, np.float32)
        )

    def _rest(self, elements: int) -> None:
        post_json(self._server, json.dumps({"instances": [0.25] * elements}))

    def _refused(self, elements: int) -> None:
        try:
            self._server.predict(
                ModelSpec(name="half_plus"), TIMEOUT_S, x=np.ones(elements, np.float64)
            )
        except grpc.RpcError:
            return
        raise AssertionError("another dtype was accepted")


def send_burst(server: RunningServer, size_mb: int, count: int, clients: int) -> None:
    """Large requests, several at a time: as bytes, as typed values, and as JSON of fewer bytes."""
    array = np.ones(size_mb * MEGABYTE // 4, np.float32)
    typed = PredictRequest(model_spec=ModelSpec(name="half_plus"))
    encode_tensor_into(typed.inputs["x"], array, as_typed_values=True)
    elements = size_mb * MEGABYTE // JSON_SHARE // len("0.25,")
    body = json.dumps({"instances": [0.25] * elements}, separators=(",", ":"))

    def ask(number: int) -> None:
        if number % 3 == 0:
            server.predict(ModelSpec(name="half_plus"), TIMEOUT_S, x=array)
        elif number % 3 == 1:
            server.predictions.Predict(typed, timeout=TIMEOUT_S)
        else:
            post_json(server, body)

    with ThreadPoolExecutor(clients) as threads:
        list(threads.map(ask, range(count)))


def post_json(server: RunningServer, body: str) -> None:
    """Ask over REST."""
    address = f"{server.rest_url}/v1/models/half_plus:predict"
    httpx.post(address, content=body, timeout=TIMEOUT_S).raise_for_status()


def during(server: RunningServer, work: Callable[[], None]) -> float:
    """The most memory, in MB, that the server has while `work` runs."""
    done = threading.Event()
    samples = [resident_mb(server)]

    def sample() -> None:
        while not done.wait(SAMPLE_S):
            samples.append(resident_mb(server))

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        work()
    finally:
        done.set()
        thread.join()
    return max(samples)


def minute_by_minute(
    console: Console, server: RunningServer, load: MixedLoad, minutes: float, per_s: float
) -> None:
    """Keep up the mixed load, and print each minute's median of the server's memory."""
    medians: list[float] = []
    start_s = time.monotonic()
    samples: list[float] = []
    for number in itertools.count(1):
        load.ask()
        samples.append(resident_mb(server))
        passed_s = time.monotonic() - start_s
        if passed_s >= 60 * (len(medians) + 1) or passed_s >= 60 * minutes:
            medians.append(median(samples))
            samples.clear()
            console.print(f"minute {len(medians):3d}: {medians[-1]:7.1f} MB, {number} requests")
        if passed_s >= 60 * minutes:
            break
        time.sleep(max(0.0, start_s + number / per_s - time.monotonic()))
    low, high = min(medians), max(medians)
    console.print(f"{low:.0f} to {high:.0f} MB, {(high / low - 1):.1%} between the minutes")


def resident_mb(server: RunningServer) -> float:
    """The server's resident set."""
    size: int = psutil.Process(server.own_program.process.pid).memory_info().rss
    return size / MEGABYTE


if __name__ == "__main__":
    memory()

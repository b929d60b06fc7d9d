"""The rows of the table: ways to ask for a prediction, and how long each took."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

import httpx

from detection.images import read_image
from serving_protocol.client import GrpcModelServer
from serving_protocol.detector_request import image_batches
from serving_protocol.detector_signature import DetectorSignature
from serving_protocol.model_server import ModelChoice

MAX_PIXELS = 50_000_000
TIMEOUT_S = 60.0


@dataclass
class Row:
    """One way to ask, and how long the answers took.

    Args:
        name: for the table.
        ask: asks about one image, by its number; numbers beyond the last start again.
        times_ms: of each answer, asked for one after another.
        per_s_together: answers a second, asked for by several clients at once.
    """

    name: str
    ask: Callable[[int], object]
    times_ms: list[float] = field(default_factory=list)
    per_s_together: float = 0.0

    def measure(self, number: int) -> None:
        """Ask once, by the clock."""
        start_s = time.perf_counter()
        self.ask(number)
        self.times_ms.append((time.perf_counter() - start_s) * 1000)

    def measure_together(self, count: int, clients: int) -> None:
        """Ask `count` times, from `clients` threads at once."""
        start_s = time.perf_counter()
        with ThreadPoolExecutor(clients) as pool:
            list(pool.map(self.ask, range(count)))
        self.per_s_together = count / (time.perf_counter() - start_s)


@contextmanager
def grpc_row(engine: str, serving_port: int, model: str, files: Sequence[bytes]) -> Iterator[Row]:
    """Asks the model server itself, with requests that are ready made."""
    with closing(GrpcModelServer([f"127.0.0.1:{serving_port}"])) as server:
        choice = ModelChoice(model)
        signature = DetectorSignature.find(server.signatures(choice, TIMEOUT_S).signatures)
        requests = []
        for data in files:
            image = read_image(data, max_pixels=MAX_PIXELS)
            [batch] = image_batches(signature, [image], choice)
            requests.append(batch.request)
        yield Row(
            f"{engine}, gRPC, ready-made requests",
            lambda number: server.predict(requests[number % len(requests)], TIMEOUT_S),
        )


@contextmanager
def http_row(engine: str, url: str, files: Sequence[bytes], accept: str) -> Iterator[Row]:
    """Asks the gateway, with image files, for an answer of the media type `accept`."""
    headers = {"Accept": accept, "Content-Type": "image/*"}
    with httpx.Client(timeout=TIMEOUT_S, headers=headers, trust_env=False) as http:

        def ask(number: int) -> None:
            http.post(f"{url}/predict", content=files[number % len(files)]).raise_for_status()

        yield Row(f"{engine}, HTTP, {accept}", ask)

"""Several clients that go on asking while something happens to the stack."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import httpx

MAX_REQUESTS_EACH = 20_000


@dataclass
class Clients:
    """Ask `url` about an image from several threads, until the block ends.

    Args:
        url: takes an image as `POST`.
        image: an image file.
        count: how many ask at once.

    Attributes:
        statuses: how often each status came.
        versions: how often each model version answered.
        failures: what the transport raised.
        retry_after_missing: how many 503 came without `Retry-After`.
    """

    url: str
    image: bytes
    count: int = 8
    statuses: Counter[int] = field(default_factory=Counter)
    versions: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    retry_after_missing: int = 0

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._ask) for _ in range(self.count)]

    def _ask(self) -> None:
        with httpx.Client(timeout=60, trust_env=False, verify=False) as http:
            for _ in range(MAX_REQUESTS_EACH):
                if self._stop.is_set():
                    return
                try:
                    answer = http.post(
                        self.url, content=self.image, headers={"Content-Type": "image/jpeg"}
                    )
                except httpx.HTTPError as error:
                    with self._lock:
                        self.failures.append(repr(error))
                    continue
                self._count(answer)
                if answer.status_code != 200:
                    # A client that is told to come back does not hammer.
                    self._stop.wait(0.05)

    def _count(self, answer: httpx.Response) -> None:
        with self._lock:
            self.statuses[answer.status_code] += 1
            if answer.status_code == 200:
                self.versions[answer.json()["model"]["version"]] += 1
            elif answer.status_code == 503 and "Retry-After" not in answer.headers:
                self.retry_after_missing += 1

    def answered(self, version: str) -> int:
        """How often `version` has answered so far."""
        with self._lock:
            return self.versions[version]

    def seen(self, status: int) -> int:
        """How often `status` came so far."""
        with self._lock:
            return self.statuses[status]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

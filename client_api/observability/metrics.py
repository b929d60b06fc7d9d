"""What operators watch, as Prometheus metrics; right with several worker processes."""

import os
from collections.abc import Iterable
from pathlib import Path

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Metric,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

# prometheus_client decides by this variable, when it is imported, whether values live in files.
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
CONTENT_TYPE = CONTENT_TYPE_LATEST
# Methods are counted under their names only where they are known: a caller can invent others.
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """The gateway's metrics, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "boxwright_requests",
            "Requests answered, by route, method and status.",
            ["route", "method", "status"],
            registry=self._registry,
        )
        self._request_seconds = Histogram(
            "boxwright_request_seconds",
            "From a request's arrival to its answer, in seconds, by route.",
            ["route"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._stage_seconds = Histogram(
            "boxwright_prediction_stage_seconds",
            "Of an answered prediction, by stage: read, predict, render.",
            ["model", "stage"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._images = Counter(
            "boxwright_pictures",
            "Images that were looked at, by model and version.",
            ["model", "version"],
            registry=self._registry,
        )
        self._detections = Counter(
            "boxwright_detections",
            "Detections answered, by model and version.",
            ["model", "version"],
            registry=self._registry,
        )
        self._wrong_keys = Counter(
            "boxwright_wrong_api_keys",
            "Requests refused for their API key: wrong, or not looked at after too many.",
            ["outcome"],
            registry=self._registry,
        )
        self.predictions_running = Gauge(
            "boxwright_predictions_running",
            "Predictions that hold a slot now.",
            multiprocess_mode="livesum",
            registry=self._registry,
        )

    def count_wrong_key(self, *, is_looked_at: bool) -> None:
        """Count a wrong API key, or one that was not looked at after too many of them."""
        self._wrong_keys.labels("wrong" if is_looked_at else "not looked at").inc()

    def count_request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count an answer.

        Args:
            route: the rule that matched, not the path, whose number is unbounded.
            method: of HTTP; one that nobody knows is counted as `other`.
            status: of HTTP.
            seconds: that it took.
        """
        method = method if method in METHODS else "other"
        self._requests.labels(route, method, str(status)).inc()
        self._request_seconds.labels(route).observe(seconds)

    def count_prediction(
        self, model: str, version: int, images: int, detections: int, stages_ms: dict[str, float]
    ) -> None:
        """Count an answered prediction."""
        self._images.labels(model, str(version)).inc(images)
        self._detections.labels(model, str(version)).inc(detections)
        for stage, spent_ms in stages_ms.items():
            self._stage_seconds.labels(model, stage).observe(spent_ms / 1000)

    def as_text(self) -> bytes:
        """All of them, of every worker, in Prometheus's text format."""
        if FOLDER_VARIABLE not in os.environ:
            return generate_latest(self._registry)
        registry = CollectorRegistry()
        registry.register(_FilesOfWorkers(Path(os.environ[FOLDER_VARIABLE])))
        return generate_latest(registry)


class _FilesOfWorkers(Collector):
    """What all workers have counted, as `MultiProcessCollector` adds it up.

    That fails at a file which a worker has just made and not made room in yet; here it is passed
    over, as there is nothing in it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterable[Metric]:
        """The metrics of all files."""
        files = [str(each) for each in self._folder.glob("*.db") if _has_room(each)]
        merged: Iterable[Metric] = MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call]  # it has no types
        return merged


def _has_room(file: Path) -> bool:
    try:
        return file.stat().st_size > 0
    except FileNotFoundError:
        # A worker ended, and its gauges are gone.
        return False

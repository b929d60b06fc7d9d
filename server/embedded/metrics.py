"""Counts and latencies under TensorFlow Serving's names, as Prometheus reads them.

TensorFlow Serving writes `/tensorflow/serving/request_count` as
`:tensorflow:serving:request_count`. Counters get no `_total` there, which `prometheus_client`
insists on, so the few lines of the text format are written here.

Source: `servables/tensorflow/util.cc` and `util/prometheus_exporter.cc` of TensorFlow Serving.
"""

import threading
from bisect import bisect_left
from collections.abc import Iterator

import grpc

from server.embedded.engines.registry import ENGINES
from server.embedded.observer import Api, Transport

REQUEST_COUNT = ":tensorflow:serving:request_count"
REQUEST_LATENCY = ":tensorflow:serving:request_latency"
RUNTIME_LATENCY = ":tensorflow:serving:runtime_latency"
EXAMPLE_COUNTS = ":tensorflow:serving:request_example_counts"
EXAMPLE_COUNT_TOTAL = ":tensorflow:serving:request_example_count_total"
EXAMPLE_LIMITS = tuple(float(2**i) for i in range(15))
# Microseconds: 10 * 1.8**i, to about 20 minutes.
BUCKET_LIMITS_US = tuple(10 * 1.8**i for i in range(33))
RUNTIME_OF = {row.name: row.metrics_label for row in ENGINES}

Labels = tuple[tuple[str, str], ...]


class _Histogram:
    def __init__(self, limits: tuple[float, ...] = BUCKET_LIMITS_US) -> None:
        self.limits = limits
        self.counts = [0] * (len(limits) + 1)
        self.sum = 0.0

    def add(self, value: float) -> None:
        self.counts[bisect_left(self.limits, value)] += 1
        self.sum += value


class ServingMetrics:
    """Counts predictions; a `RequestObserver` for the core. Several threads may call at once.

    Example:
        >>> metrics = ServingMetrics()
        >>> metrics.request_finished("hands", "REST", grpc.StatusCode.OK, 0.02)
        >>> metrics.page().splitlines()[1]
        ':tensorflow:serving:request_count{model_name="hands",status="OK"} 1'
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._request_counts: dict[Labels, int] = {}
        self._histograms: dict[str, dict[Labels, _Histogram]] = {
            REQUEST_LATENCY: {},
            RUNTIME_LATENCY: {},
            EXAMPLE_COUNTS: {},
        }

    def request_finished(
        self,
        model_name: str,
        transport: Transport,
        code: grpc.StatusCode,
        duration_s: float,
        api: Api = "Predict",
    ) -> None:
        """See `RequestObserver`. Latency is that of requests that succeeded."""
        counted: Labels = (("model_name", model_name), ("status", code.name))
        timed: Labels = (
            ("model_name", model_name),
            # As the address has it, where the real server's REST counts.
            ("API", api.lower() if transport == "REST" else api),
            ("entrypoint", transport),
        )
        duration_us = duration_s * 1e6
        with self._lock:
            self._request_counts[counted] = self._request_counts.get(counted, 0) + 1
            if code is grpc.StatusCode.OK:
                self._histograms[REQUEST_LATENCY].setdefault(timed, _Histogram()).add(duration_us)

    def run_finished(
        self, model_name: str, engine: str, duration_s: float, api: Api = "Predict"
    ) -> None:
        """See `RequestObserver`."""
        labels: Labels = (
            ("model_name", model_name),
            ("API", api),
            ("runtime", RUNTIME_OF.get(engine, engine)),
        )
        duration_us = duration_s * 1e6
        with self._lock:
            self._histograms[RUNTIME_LATENCY].setdefault(labels, _Histogram()).add(duration_us)

    def examples_computed(self, model_name: str, count: int) -> None:
        """See `RequestObserver`."""
        labels: Labels = (("model", model_name),)
        with self._lock:
            histograms = self._histograms[EXAMPLE_COUNTS]
            histograms.setdefault(labels, _Histogram(EXAMPLE_LIMITS)).add(count)

    def counted(self, metric: str) -> int:
        """See `RequestObserver`. Of several series the first, as TensorFlow Serving tells it."""
        with self._lock:
            if metric == _slashed(REQUEST_COUNT):
                return next(iter(self._request_counts.values()), 0)
            if metric == _slashed(EXAMPLE_COUNT_TOTAL):
                histograms = self._histograms[EXAMPLE_COUNTS].values()
                return int(next((each.sum for each in histograms), 0))
        return 0

    def page(self) -> str:
        """Everything counted so far, in Prometheus's text format."""
        with self._lock:
            return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield f"# TYPE {REQUEST_COUNT} counter"
        for labels, count in self._request_counts.items():
            yield f"{REQUEST_COUNT}{{{_text(labels)}}} {count}"
        yield f"# TYPE {EXAMPLE_COUNT_TOTAL} counter"
        for labels, histogram in self._histograms[EXAMPLE_COUNTS].items():
            yield f"{EXAMPLE_COUNT_TOTAL}{{{_text(labels)}}} {histogram.sum:.0f}"
        for name, histograms in self._histograms.items():
            yield f"# TYPE {name} histogram"
            for labels, histogram in histograms.items():
                yield from _histogram_lines(name, labels, histogram)


def _histogram_lines(name: str, labels: Labels, histogram: _Histogram) -> Iterator[str]:
    limits = [*(f"{limit:g}" for limit in histogram.limits), "+Inf"]
    total = 0
    for limit, count in zip(limits, histogram.counts, strict=True):
        total += count
        yield f"{name}_bucket{{{_text((*labels, ('le', limit)))}}} {total}"
    yield f"{name}_sum{{{_text(labels)}}} {histogram.sum:.6g}"
    yield f"{name}_count{{{_text(labels)}}} {total}"


def _slashed(name: str) -> str:
    """The name outside of Prometheus."""
    return name.replace(":", "/")


def _text(labels: Labels) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels)


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")

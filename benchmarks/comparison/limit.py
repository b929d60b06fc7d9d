"""What the machine could do: decode, scale and the network alone, in one process without a server.

    python -m benchmarks.comparison.limit --model-xml FILE --size 256 --image FILE --clients 16

Prints images a second and how long each took as JSON. One client is one thread and a network on all
cores; more are `THREADS` threads and as many streams of one thread as there are cores.
"""

import json
import os
import threading
import time
from pathlib import Path
from typing import Any

import click
import numpy as np
from PIL import Image

from server.embedded.engines.openvino_runtime import import_openvino

THREADS = 4
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.option("--model-xml", type=FILE, required=True, help="OpenVINO's file of the network.")
@click.option("--size", type=int, required=True, help="Side that it takes, in pixels.")
@click.option("--image", "image_file", type=FILE, required=True, help="That is decoded.")
@click.option("--clients", type=click.IntRange(1), default=16, show_default=True)
@click.option("--seconds", type=float, default=3.0, show_default=True)
def limit(model_xml: Path, size: int, image_file: Path, clients: int, seconds: float) -> None:
    """Print images a second, and milliseconds an image, as JSON."""
    one, cores = clients == 1, len(os.sched_getaffinity(0))
    hint = {"PERFORMANCE_HINT": "LATENCY"} if one else {
        "PERFORMANCE_HINT": "THROUGHPUT", "NUM_STREAMS": f"{cores}",
        "INFERENCE_NUM_THREADS": f"{cores}",
    }  # fmt: skip
    openvino = import_openvino()
    core = openvino.Core()
    settings = {**hint, "INFERENCE_PRECISION_HINT": "f32"}
    compiled = core.compile_model(core.read_model(model_xml), "CPU", settings)
    # Once before there are threads: two that fill OpenVINO's tables at the same time wait for ever.
    detect(compiled.create_infer_request(), image_file, size)
    times_ms: list[float] = []
    start = threading.Barrier(1 if one else THREADS)

    def work() -> None:
        request = compiled.create_infer_request()
        detect(request, image_file, size)
        start.wait()
        end_s = time.perf_counter() + seconds
        while (begin_s := time.perf_counter()) < end_s:
            detect(request, image_file, size)
            times_ms.append((time.perf_counter() - begin_s) * 1000)

    threads = [threading.Thread(target=work) for _ in range(1 if one else THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    p50_ms, p99_ms = np.percentile(times_ms, (50, 99))
    rate = {"per_s": len(times_ms) / seconds, "p50_ms": p50_ms, "p99_ms": p99_ms}
    click.echo(json.dumps(rate))


def detect(request: Any, image_file: Path, size: int) -> None:
    """Decode, scale, and compute."""
    with Image.open(image_file) as image:
        scaled = image.convert("RGB").resize((size, size), Image.Resampling.BILINEAR)
    request.infer([np.asarray(scaled)[None]])


if __name__ == "__main__":
    limit()

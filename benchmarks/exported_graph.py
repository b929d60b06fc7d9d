"""How much faster the exported graph is than a plain export of the same Keras model.

    python -m benchmarks.exported_graph ssdlite_mobilenet_v3_small 224
    python -m benchmarks.exported_graph ssdlite_mobilenet_v2 320

Both are loaded as TensorFlow Serving loads them and asked in turn about the same pixels, each first
as often as the other, so that what disturbs the machine disturbs both. Processor time is what a
loaded machine tells honestly; the shortest time by the clock is what an idle one takes.
"""

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median

import click
import keras
import numpy as np
import tensorflow as tf

from detection.agreement import disagreements
from detection.tolerance import SAME_PIXELS
from export.graphs.freezing import detection_function, freeze
from export.graphs.saved_model import PIXELS_INPUT, PIXELS_SIGNATURE, write_saved_model
from export.parity import detections_of
from server.embedded.engines.engine import LoadedModel
from server.embedded.engines.tensorflow_engine import TensorflowEngine
from training.input_pipeline.resizing import resized
from training.models.detector import Detector
from training.models.registry import build_model

CLASSES = 6


def write_plain(detector: Detector, size_hw: tuple[int, int], folder: Path) -> None:
    """Write what Keras's own export makes of the model: variables, batch norms and all."""
    detect = detection_function(detector, range(1, CLASSES + 1))

    def serve(pixels: tf.Tensor) -> dict[str, tf.Tensor]:
        found: dict[str, tf.Tensor] = detect(resized(pixels, size_hw))
        return found

    archive = keras.export.ExportArchive()
    archive.track(detector.network)
    pixels = tf.TensorSpec((None, None, None, 3), tf.uint8, PIXELS_INPUT)
    archive.add_endpoint(PIXELS_SIGNATURE, serve, [pixels])
    archive.write_out(str(folder), verbose=False)


@click.command()
@click.argument("model")
@click.argument("side", type=click.IntRange(32))
@click.option("--rounds", type=click.IntRange(1, 10_000), default=40, show_default=True)
def bench(model: str, side: int, rounds: int) -> None:
    """Measure MODEL with random weights, on squares of SIDE pixels."""
    size_hw = (side, side)
    detector = build_model(
        model, class_count=CLASSES, input_size_hw=size_hw, options={"score_threshold": 0.02}
    )
    spread_scores(detector)
    with tempfile.TemporaryDirectory() as scratch:
        plain, made = Path(scratch) / "plain", Path(scratch) / "made"
        made.mkdir()
        write_plain(detector, size_hw, plain)
        write_saved_model(freeze(detector, range(1, CLASSES + 1)), size_hw, made)
        engine = TensorflowEngine()
        rows = {"plain Keras export": engine.load(plain), "boxwright export": engine.load(made)}
        measure(rows, size_hw, rounds)


def spread_scores(detector: Detector) -> None:
    """Let the heads be sure of some places, as a trained model's are."""
    rng = np.random.default_rng(1)
    for weight in detector.network.weights:
        if "class_head" in weight.path and weight.path.endswith("kernel") and weight.shape[0] == 1:
            weight.assign(rng.normal(0, 0.1, weight.shape))


def measure(rows: Mapping[str, LoadedModel], size_hw: tuple[int, int], rounds: int) -> None:
    """Ask in turn, and print."""
    pixels = np.random.default_rng(0).integers(0, 256, (1, *size_hw, 3)).astype(np.uint8)
    outputs = ["detection_boxes", "detection_classes", "detection_scores", "num_detections"]
    clock: dict[str, list[float]] = {name: [] for name in rows}
    processor: dict[str, list[float]] = {name: [] for name in rows}
    answers = {}
    for number in range(rounds + 3):
        in_turn = list(rows.items())
        for name, model in in_turn if number % 2 else reversed(in_turn):
            start_s, start_processor_s = time.perf_counter(), time.process_time()
            [taken] = model.signatures[PIXELS_SIGNATURE].inputs
            answers[name] = model.run(PIXELS_SIGNATURE, {taken: pixels}, outputs)
            if number >= 3:
                clock[name].append((time.perf_counter() - start_s) * 1000)
                processor[name].append((time.process_time() - start_processor_s) * 1000)
    [first], [second] = (detections_of(answers[name]) for name in rows)
    click.echo(f"disagreements: {disagreements(first, second, SAME_PIXELS) or 'none'}")
    for name in rows:
        click.echo(
            f"{name:20} {min(clock[name]):7.2f} ms at least, {median(clock[name]):7.2f} ms median, "
            f"{median(processor[name]):7.2f} ms of processors"
        )
    for what, times, of in (("median", clock, median), ("processors", processor, median),
                            ("least", clock, min)):  # fmt: skip
        slow, fast = (of(times[name]) for name in rows)
        click.echo(f"{what}: {slow / fast:.2f} times as fast")


if __name__ == "__main__":
    bench()

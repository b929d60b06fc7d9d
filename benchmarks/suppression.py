"""What suppression costs OpenVINO in a detector, as it was converted and as the server computes it.

python -m benchmarks.suppression --version models/name/1 --images folder

The third row is the graph cut before its suppressions. CPU time, which what else runs disturbs
least; all rows in turns. Ends with 1 if an answer differs from the one as converted.
"""

import sys
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

import click
import numpy as np
from PIL import Image

from server.embedded.engines import openvino_conversion
from server.embedded.engines.engine import Array, EngineSettings
from server.embedded.engines.openvino_engine import compilation_settings, the_core
from server.embedded.engines.openvino_runtime import import_openvino
from server.embedded.engines.saved_model import read_saved_model


@click.command()
@click.option("--version", required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--signature", default="serving_default")
@click.option("--images", "images_dir", required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--size", nargs=2, type=int, default=(640, 480), help="Width and height asked with.")
@click.option("--rounds", default=40)
def suppression(
    version: Path, signature: str, images_dir: Path, size: tuple[int, int], rounds: int
) -> None:
    """Measure the inference of a detector with its suppressions, changed, and without them."""
    images = [
        np.asarray(Image.open(file).convert("RGB").resize(size))[np.newaxis]
        for file in sorted(images_dir.glob("*.jpg"))
    ]
    quick = _converted(version, signature)
    with patch.object(openvino_conversion, "with_quick_postprocessing", lambda model: model):
        as_converted = _converted(version, signature)
        network = _without_suppression(_converted(version, signature))
    rows = {
        name: the_core().compile_model(model, "CPU", compilation_settings(EngineSettings()))
        for name, model in (
            ("as converted", as_converted), ("changed", quick), ("network", network),
        )
    }  # fmt: skip
    requests = {name: compiled.create_infer_request() for name, compiled in rows.items()}
    differing = sum(
        not _is_alike(*(_answer(requests[name], image) for name in ("as converted", "changed")))
        for image in images
    )
    times: dict[str, list[float]] = {name: [] for name in requests}
    for number in range(rounds):
        for name, request in requests.items():
            image = images[number % len(images)]
            start_s = time.process_time()
            request.infer([image])
            times[name].append((time.process_time() - start_s) * 1000)
    for name, taken in times.items():
        click.echo(
            f"{name:12} least {min(taken):7.2f} ms  median {np.median(taken):7.2f} ms of CPU"
        )
    click.echo(f"{differing} of {len(images)} answers differ")
    sys.exit(bool(differing))


def _converted(version: Path, signature: str) -> Any:
    folder = read_saved_model(version, frozenset({"serve"}))
    return openvino_conversion.convert_signature(the_core(), folder, signature).model


def _without_suppression(model: Any) -> Any:
    """Up to the boxes and scores of the first class."""
    first = next(
        node for node in model.get_ordered_ops() if node.get_type_name() == "NonMaxSuppression"
    )
    ends = [first.input_value(0), first.input_value(1)]
    return import_openvino().Model(ends, model.get_parameters(), "network")


def _answer(request: Any, image: Array) -> list[Array]:
    request.infer([image])
    return [tensor.data.copy() for tensor in request.output_tensors]


def _is_alike(one: list[Array], other: list[Array]) -> bool:
    return all(
        np.array_equal(mine, its, equal_nan=True) for mine, its in zip(one, other, strict=True)
    )


if __name__ == "__main__":
    suppression()

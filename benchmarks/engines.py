"""What a prediction costs, by engine and by the way it is asked, as a table.

python -m benchmarks.engines --models folder --model name --images folder
"""

import tempfile
from contextlib import ExitStack
from pathlib import Path

import click
import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.rows import Row, grpc_row, http_row
from boxwright.predict.image_files import find_images
from server.embedded.engines.registry import ENGINE_NAMES
from tests.support.programs import gateway, model_server
from tests.support.waiting import free_port

ANSWERS = ("application/json", "image/jpeg")
CLIENTS = 4
FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


@click.command()
@click.option("--models", "models_dir", type=FOLDER, required=True, help="Folder of models.")
@click.option("--model", required=True, help="The one that is asked.")
@click.option(
    "--images", "--pictures", "images_dir", type=FOLDER, required=True, help="What it is asked."
)
@click.option("--rounds", type=click.IntRange(1, 10_000), default=60, show_default=True)
def engines(models_dir: Path, model: str, images_dir: Path, rounds: int) -> None:
    """Measure what a prediction costs, by engine and by the way it is asked."""
    files = [path.read_bytes() for path in find_images([images_dir])]
    if not files:
        raise click.ClickException(f"no images in {images_dir}")
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        rows = [
            row
            for engine in ENGINE_NAMES
            for row in start(running, Path(folder), models_dir.resolve(), model, engine, files)
        ]
        measure(rows, len(files), rounds)
    print_table(rows)


def start(
    running: ExitStack,
    folder: Path,
    models_dir: Path,
    model: str,
    engine: str,
    files: list[bytes],
) -> list[Row]:
    """Start a model server with `engine`, and a gateway in front of it; the ways to ask them.

    Args:
        running: stops what was started.
        folder: for the programs' logs.
        models_dir: holds `model`.
        model: the one that is asked.
        engine: one of `ENGINE_NAMES`.
        files: the image files that are sent.
    """
    serving_port, port = free_port(), free_port()
    url = f"http://127.0.0.1:{port}"
    running.enter_context(
        model_server(
            folder / f"{engine}.log",
            models_dir=models_dir, model=model, port=serving_port, engine=engine,
        )
    )  # fmt: skip
    front = running.enter_context(
        gateway(
            folder / f"{engine}.gateway.log",
            port=port, serving_port=serving_port, MODEL_NAME=model,
        )
    )  # fmt: skip
    front.wait_for(f"{url}/readyz")
    return [
        running.enter_context(grpc_row(engine, serving_port, model, files)),
        *(running.enter_context(http_row(engine, url, files, accept)) for accept in ANSWERS),
    ]


def measure(rows: list[Row], image_count: int, rounds: int) -> None:
    """Ask all rows in turn, `rounds` times, then each row from several clients at once."""
    console = Console(stderr=True)
    for row in rows:
        for number in range(image_count):
            # An engine compiles for each size once.
            row.ask(number)
    for number in track(range(rounds), "in turn", console=console):
        for row in rows:
            row.measure(number)
    for row in track(rows, "together", console=console):
        row.measure_together(rounds, CLIENTS)


def print_table(rows: list[Row]) -> None:
    """Median and 90th percentile one by one, and predictions a second from several clients."""
    table = Table("asked", "median ms", "p90 ms", f"1/s, {CLIENTS} clients", "to the first row")
    first_ms = float(np.median(rows[0].times_ms))
    for row in rows:
        median_ms = float(np.median(row.times_ms))
        p90_ms = float(np.percentile(row.times_ms, 90))
        table.add_row(
            row.name,
            f"{median_ms:.1f}",
            f"{p90_ms:.1f}",
            f"{row.per_s_together:.1f}",
            f"{median_ms / first_ms:.2f}",
        )
    Console(width=100).print(table)


if __name__ == "__main__":
    engines()

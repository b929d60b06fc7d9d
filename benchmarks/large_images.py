"""What `/predict` costs on a large image: boxes and masks, drawn, and with points of every hand.

    python -m benchmarks.large_images --models folder --model masks --points hand-points

A model of masks or boxes and one of keypoints are served by `boxwright up`, the two as a pipeline,
and asked in turn about drawn hands in 12 megapixels and about the same image at a fourth of the
sides, so that what disturbs the machine disturbs every row alike. The stages are those of the
gateway's `Server-Timing`: reading and decoding lie in `read` and `predict`, drawing and encoding
in `render`. Memory is how far the gateway's resident set rose above what it was before.
"""

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import click
import httpx
import numpy as np
import psutil
from PIL import Image
from rich.console import Console
from rich.progress import track
from rich.table import Table

from server.embedded.engines.registry import ENGINE_NAMES
from tests.support.programs import Program
from tests.support.waiting import free_port
from training.synthetic_hands.scene import Wishes, draw_scene

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
STAGES = ("read", "predict", "render", "total")
TIMEOUT_S = 300.0
QUALITY = 90
# Hands are drawn in so many images across and down, at this share of the sides.
TILES, DRAWN_SHARE = 2, 8
PIPELINE = "both"


@dataclass
class Asked:
    """One way to ask, and what it cost.

    Args:
        name: for the table.
        image: the file.
        query: of the address.
        accept: the media type wanted.
        stages_ms: of each answer, by stage.
        most_bytes: that the gateway grew by, at most.
        answer_bytes: of the last answer.
    """

    name: str
    image: bytes
    query: str = ""
    accept: str = "application/json"
    stages_ms: list[dict[str, float]] = field(default_factory=list)
    most_bytes: int = 0
    answer_bytes: int = 0

    def measure(self, http: httpx.Client, workers: list[psutil.Process]) -> None:
        """Ask once."""
        before = sum(map(_forget_peak, workers))
        answer = http.post(
            f"/predict?{self.query}", content=self.image, headers={"Accept": self.accept}
        )
        answer.raise_for_status()
        stages = {}
        for stage in answer.headers["Server-Timing"].split(", "):
            name, _, spent_ms = stage.partition(";dur=")
            stages[name] = float(spent_ms)
        self.stages_ms.append(stages)
        self.most_bytes = max(self.most_bytes, sum(map(_peak, workers)) - before)
        self.answer_bytes = len(answer.content)

    def stage_ms(self, name: str) -> float:
        """The median."""
        return median(each.get(name, 0.0) for each in self.stages_ms)


def hands(width: int, height: int) -> Image.Image:
    """Drawn hands, one in each of some parts of the image."""
    size_wh = (width // TILES // DRAWN_SHARE, height // TILES // DRAWN_SHARE)
    wishes = Wishes(size_wh=size_wh, empty_share=0, smallest=0.7, largest=0.9)
    whole = Image.new("RGB", (size_wh[0] * TILES, size_wh[1] * TILES))
    for number in range(TILES * TILES):
        tile = draw_scene(wishes, np.random.default_rng(number)).pixels
        whole.paste(tile, (number % TILES * size_wh[0], number // TILES * size_wh[1]))
    return whole.resize((width, height), Image.Resampling.BICUBIC)


def jpeg(image: Image.Image) -> bytes:
    """As a file."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


def rows_of(width: int, height: int, *, with_points: bool) -> list[Asked]:
    """The ways to ask; the first is what the others are compared with."""
    image = hands(width, height)
    large = jpeg(image)
    rows = [
        Asked("a fourth of the sides", jpeg(image.reduce(4))),
        Asked("large", large),
        Asked("every detection", large, "score_threshold=0"),
        Asked("large, drawn", large, accept="image/jpeg"),
        Asked("every detection, drawn", large, "score_threshold=0", "image/jpeg"),
    ]
    if with_points:
        query = f"pipeline={PIPELINE}"
        rows += [
            Asked("pipeline", large, query),
            Asked("pipeline, every hand", large, f"{query}&score_threshold=0"),
            Asked("pipeline, with beliefs", large, f"{query}&overlay=belief", "image/jpeg"),
        ]
    return rows


@contextmanager
def served(
    folder: Path, models_dir: Path, model: str, points: str | None, engine: str
) -> Iterator[tuple[str, list[psutil.Process]]]:
    """`boxwright up`; the address, and the gateway's worker processes."""
    port = free_port()
    settings = {"GATEWAY_WORKERS": "1", "LOG_LEVEL": "warning"}
    if points:
        settings["PIPELINES"] = f"{PIPELINE}:{model}+{points}"
    words = ["up", "--models", str(models_dir), "--model", model, "--engine", engine]
    with Program("boxwright", [*words, "--port", str(port)], folder / "up.log", settings) as up:
        url = f"http://127.0.0.1:{port}"
        up.wait_for(f"{url}/readyz")
        yield url, [each for each in up.children() if "client_api" in " ".join(each.cmdline())]


def _forget_peak(process: psutil.Process) -> int:
    """Let the kernel count the highest resident set anew; the one now, in bytes."""
    Path(f"/proc/{process.pid}/clear_refs").write_text("5")
    return int(process.memory_info().rss)


def _peak(process: psutil.Process) -> int:
    status = Path(f"/proc/{process.pid}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024


@click.command()
@click.option("--models", "models_dir", type=FOLDER, required=True, help="Folder of models.")
@click.option("--model", required=True, help="Of masks or boxes.")
@click.option("--points", help="Of keypoints, for the pipeline.")
@click.option("--engine", type=click.Choice(ENGINE_NAMES), default="openvino")
@click.option("--width", type=click.IntRange(64, 8_000), default=4000, show_default=True)
@click.option("--height", type=click.IntRange(64, 6_000), default=3000, show_default=True)
@click.option("--rounds", type=click.IntRange(1, 1_000), default=10, show_default=True)
def bench(
    models_dir: Path,
    model: str,
    points: str | None,
    engine: str,
    width: int,
    height: int,
    rounds: int,
) -> None:
    """Measure what a large image costs; needs Linux, whose /proc tells of memory."""
    rows = rows_of(width, height, with_points=points is not None)
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder), models_dir.resolve(), model, points, engine) as (url, workers),
        httpx.Client(
            base_url=url, timeout=TIMEOUT_S, headers={"Content-Type": "image/jpeg"}, trust_env=False
        ) as http,
    ):
        for row in rows:
            row.measure(http, workers)
            row.stages_ms.clear()
            row.most_bytes = 0
        for _ in track(range(rounds), "in turn", console=Console(stderr=True)):
            for row in rows:
                row.measure(http, workers)
    table = Table(
        "asked", *(f"{name} ms" for name in STAGES), "to the first", "MB more", "answer kB"
    )
    for row in rows:
        table.add_row(
            row.name,
            *(f"{row.stage_ms(name):.0f}" for name in STAGES),
            f"{row.stage_ms('total') / rows[0].stage_ms('total'):.1f}",
            f"{row.most_bytes / 1e6:.0f}",
            f"{row.answer_bytes / 1e3:.0f}",
        )
    Console(width=110).print(table)


if __name__ == "__main__":
    bench()

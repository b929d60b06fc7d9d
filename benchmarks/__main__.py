"""`make bench` and `make bench-quick`: the stack against the machine's limit and against others."""

import json
import os
import platform
import shlex
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import click
from rich.console import Console

from benchmarks.calls import REPOSITORY
from benchmarks.comparison import contenders, report
from benchmarks.comparison.details import measure_details
from benchmarks.comparison.load import LoadFailed, check_wrk
from benchmarks.comparison.measuring import Rounds
from benchmarks.comparison.networks import write_networks
from benchmarks.comparison.sample_images import write_sample_images
from model_repository.card import read_model_card

RESULTS = REPOSITORY / "benchmarks" / "results.md"
RATIOS = RESULTS.with_suffix(".json")
PLOT = RESULTS.with_suffix(".svg")
ROUNDS, SECONDS = 3, 3
CLIENTS, QUICK_CLIENTS = (1, 4, 16, 64), (1, 16)
DRAWN = "image/jpeg"
FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.option("--models", "models_dir", type=FOLDER, required=True, help="Folder of models.")
@click.option("--model", required=True, help="The one that is asked, of our export.")
@click.option("--image", type=FILE, help="A photo; the model's canary image if none is given.")
@click.option("--rounds", type=click.IntRange(1, 100), default=ROUNDS, show_default=True)
@click.option("--seconds", type=click.IntRange(1, 60), default=SECONDS, show_default=True)
@click.option(
    "--quick", is_flag=True, help="The stack and the limit alone, held against results.json."
)
def bench(
    models_dir: Path, model: str, image: Path | None, rounds: int, seconds: int, quick: bool
) -> None:
    """Measure the stack, the limit, and the peers that `make bench` installed.

    Without --quick it writes benchmarks/results.md, its plot and the ratios.
    """
    try:
        check_wrk()
        _measure(models_dir, model, image, rounds, seconds, quick=quick)
    except LoadFailed as error:
        raise click.ClickException(str(error)) from error


def _measure(
    models_dir: Path, model: str, image: Path | None, rounds: int, seconds: int, *, quick: bool
) -> None:
    say = _reporter(Console(stderr=True))
    versions = (models_dir / model).resolve().glob("[0-9]*")
    version_dir = max(versions, key=lambda each: int(each.name))
    card = read_model_card(version_dir)
    if card is None:
        raise click.ClickException(f"{version_dir} has no model card; it is not of our export")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        say("converting the model for those who have no converter of ours")
        networks = write_networks(version_dir, card.model["input_size_hw"][0], folder)
        photo = image or next((version_dir / "canary").glob("*.jpg"))
        images = write_sample_images(photo, folder)
        ours = contenders.boxwright(models_dir.resolve(), model)
        others = [] if quick else contenders.peers(version_dir, networks)
        clients = QUICK_CLIENTS if quick else CLIENTS
        measuring = Rounds(rounds, clients, seconds, folder)
        rows = measuring.measure(ours, others, networks, images, say)
        if quick:
            _compare(report.ratios(rows))
            return
        highest = max(rows[contenders.OURS].per_s(count) for count in clients)
        drawn = contenders.boxwright(models_dir.resolve(), model, DRAWN)
        details = measure_details(ours, drawn, images, highest, seconds, folder, say)
    command = shown_command(models_dir.name, model, image.name if image else "", rounds, seconds)
    scaled = f"the photo `{image.name}`" if image else "the model's canary image"
    page = report.markdown(rows, details, _machine(), command, scaled, PLOT.name)
    RESULTS.write_text(page, "utf-8")
    report.draw(rows, PLOT)
    RATIOS.write_text(json.dumps(report.ratios(rows), indent=2) + "\n", "utf-8")
    click.echo(RESULTS.read_text("utf-8"))


def shown_command(models: str, model: str, image: str, rounds: int, seconds: int) -> str:
    """What was run, with the names of its folder and its photo and not where they lie."""
    if (rounds, seconds) == (ROUNDS, SECONDS):
        given = {"MODEL": model, "MODELS": "" if models == "models" else models, "IMAGE": image}
        words = [f"{name}={value}" for name, value in given.items() if value]
        return shlex.join(["make", "bench", *words])
    options = {"models": models, "model": model, "image": image, "rounds": rounds,
               "seconds": seconds}  # fmt: skip
    words = [word for name, value in options.items() if value for word in (f"--{name}", f"{value}")]
    return shlex.join(["python", "-m", "benchmarks", *words])


def _compare(now: dict[str, float]) -> None:
    for name, share in now.items():
        click.echo(f"{name}: {share:.0%} of the limit")
    if not RATIOS.exists():
        raise click.ClickException(f"no {RATIOS.name} to compare with: make bench writes it")
    lines = report.slower(now, RATIOS)
    if lines:
        raise click.ClickException("slower than the committed figures:\n" + "\n".join(lines))


def _reporter(console: Console) -> Callable[[str], None]:
    start_s = time.monotonic()

    def say(line: str) -> None:
        console.print(f"{time.monotonic() - start_s:5.0f} s  {line}", highlight=False)

    return say


def _machine() -> str:
    """Processor, cores and commit."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    commit = subprocess.run(  # noqa: S603
        ["git", "-C", f"{REPOSITORY}", "rev-parse", "--short", "HEAD"],  # noqa: S607
        capture_output=True, text=True, check=False,
    ).stdout.strip()  # fmt: skip
    return f"{len(os.sched_getaffinity(0))} cores of an {model}, commit {commit or 'unknown'}"


if __name__ == "__main__":
    bench()

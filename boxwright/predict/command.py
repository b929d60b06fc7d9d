"""The command `boxwright predict`: images in, detections of a running gateway out."""

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from boxwright.predict.coco_images import number_images, read_image_ids
from boxwright.predict.gateway_client import (
    GatewayClient,
    GatewayRefused,
    GatewayUnreachable,
    PredictOptions,
)
from boxwright.predict.image_files import find_images
from boxwright.predict.model_choice import check_model_choice, model_choice_options
from boxwright.predict.reports import (
    CocoReport,
    JsonLinesReport,
    Report,
    TableReport,
)

Answer = TypeVar("Answer")

MEDIA_TYPE_OF_SUFFIX = {".png": "image/png", ".webp": "image/webp"}


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--url", default="http://127.0.0.1:5000", show_default=True, envvar="BOXWRIGHT_URL",
              show_envvar=True, help="Address of the gateway.")  # fmt: skip
@model_choice_options
@click.option(
    "--score-threshold",
    type=click.FloatRange(0, 1),
    help="Lowest score to return.  [the model's own, else 0.5]",
)
@click.option("--max-detections", type=click.IntRange(1, 300), help="Per image.  [gateway: 100]")
@click.option("--classes", help="Only these classes: names or ids, separated by commas.")
@click.option("--overlay", type=click.Choice(["belief"]),
              help="Draw a keypoint model's belief maps on images.")  # fmt: skip
@click.option("--truncated", type=click.Choice(["refuse", "accept"]),
              help="Whether to accept a JPEG or PNG that ends too early.  "
              "[gateway: refuse]")  # fmt: skip
@click.option("--label-map", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="A label_map.pbtxt to use instead of the model's.")  # fmt: skip
@click.option("--format", "form", default="table",
              type=click.Choice(["table", "jsonl", "coco", "images", "pictures"]),
              show_default=True,
              help="What to write; images: copies with the detections drawn.")  # fmt: skip
@click.option("--output", type=click.Path(path_type=Path),
              help="File to write, or folder for --format images.  [standard output]")  # fmt: skip
@click.option("--coco-images", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="COCO annotations with the image ids, for --format coco.")  # fmt: skip
@click.option("--jobs", type=click.IntRange(1, 32), default=4, show_default=True,
              help="Requests at a time.")  # fmt: skip
def predict(
    paths: tuple[Path, ...],
    url: str,
    api_key: str | None,
    form: str,
    output: Path | None,
    coco_images: Path | None,
    jobs: int,
    **asked: Any,
) -> None:
    """Detect objects in PATHS, images or folders of them, with a running gateway.

    An image that the gateway refuses is reported and skipped; the exit code is then 1.

    Example: boxwright predict photos/ --format coco --output results.json
    """
    options = _options(**asked)
    try:
        images = find_images(paths)
    except FileNotFoundError as error:
        raise click.ClickException(str(error)) from error
    if not images:
        raise click.ClickException(f"no images in {', '.join(map(str, paths))}")
    try:
        gateway = GatewayClient(url, api_key=api_key)
    except GatewayUnreachable as error:
        raise click.ClickException(str(error)) from error
    try:
        if form in ("images", "pictures"):
            failures = _annotate(gateway, images, options, output, jobs)
        else:
            failures = _report(gateway, images, options, form, output, coco_images, jobs)
    finally:
        gateway.close()
    if failures:
        click.echo(f"{failures} of {len(images)} images failed", err=True)
        sys.exit(1)


def _options(
    *,
    model: str | None,
    version: int | None,
    label: str | None,
    label_map: Path | None,
    **parameters: Any,
) -> PredictOptions:
    check_model_choice(model, version, label)
    return PredictOptions(
        model=model,
        version=version,
        label=label,
        parameters={name: str(value) for name, value in parameters.items() if value is not None},
        label_map=label_map.read_bytes() if label_map else None,
    )


def _report(
    gateway: GatewayClient,
    images: list[Path],
    options: PredictOptions,
    form: str,
    output: Path | None,
    coco_images: Path | None,
    jobs: int,
) -> int:
    with _opened(output) as file:
        report: Report
        if form == "coco":
            try:
                annotated = read_image_ids(coco_images) if coco_images else {}
                report = CocoReport(file, number_images(images, annotated))
            except ValueError as error:
                raise click.ClickException(str(error)) from error
        else:
            report = JsonLinesReport(file) if form == "jsonl" else TableReport(file)
        try:
            return _for_each(
                images, lambda image: gateway.predict(image, options), report.add, jobs,
                gateway.stop_retrying,
            )  # fmt: skip
        finally:
            # Keep what was answered when the gateway stops or Ctrl-C is pressed.
            report.finish()


def _annotate(
    gateway: GatewayClient,
    images: list[Path],
    options: PredictOptions,
    folder: Path | None,
    jobs: int,
) -> int:
    if folder is None:
        raise click.UsageError("--format images needs --output FOLDER")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.ClickException(f"cannot write into {folder}: {error.strerror}") from error
    targets = _targets(images, folder)

    def write(image: Path, annotated: bytes) -> None:
        targets[image].write_bytes(annotated)

    def annotate(image: Path) -> bytes:
        media_type = MEDIA_TYPE_OF_SUFFIX.get(targets[image].suffix, "image/jpeg")
        return gateway.annotate(image, options, media_type)

    return _for_each(images, annotate, write, jobs, gateway.stop_retrying)


def _targets(images: Iterable[Path], folder: Path) -> dict[Path, Path]:
    """Choose a file for each annotated image: its own name, numbered if that is taken."""
    targets: dict[Path, Path] = {}
    taken: set[str] = set()
    for image in images:
        suffix = image.suffix.lower()
        suffix = suffix if suffix in MEDIA_TYPE_OF_SUFFIX else ".jpg"
        name, number = f"{image.stem}{suffix}", 1
        while name in taken:
            number += 1
            name = f"{image.stem}-{number}{suffix}"
        taken.add(name)
        targets[image] = folder / name
    return targets


def _for_each(
    images: list[Path],
    ask: Callable[[Path], Answer],
    take: Callable[[Path, Answer], None],
    jobs: int,
    stop_retrying: Callable[[], None],
) -> int:
    """Send every image, `jobs` at a time, and take the answers in order; return the failures.

    On an early end, as by Ctrl-C, requests not yet sent are dropped and `stop_retrying` is called
    for those under way.
    """
    failures = 0
    console = Console(stderr=True)
    columns = (
        TextColumn("predicting"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with (
        Progress(*columns, console=console) as progress,
        ThreadPoolExecutor(jobs) as pool,
        _nothing_left(pool, stop_retrying),
    ):
        task = progress.add_task("predicting", total=len(images))
        # Popped from the left, since annotated images are large: each is freed once taken.
        answers: deque[tuple[Path, Future[Answer]]] = deque(
            (image, pool.submit(ask, image)) for image in images
        )
        while answers:
            image, answer = answers.popleft()
            try:
                take(image, answer.result())
            except BrokenPipeError:
                # The reader has left, as `| head` does.
                raise
            except (GatewayRefused, OSError) as error:
                failures += 1
                console.print(f"{image}: {error}", markup=False, highlight=False)
            except GatewayUnreachable as error:
                answered = len(images) - len(answers) - 1 - failures
                raise click.ClickException(
                    f"{error} {answered} of {len(images)} images were done before"
                ) from error
            progress.advance(task)
    return failures


@contextmanager
def _nothing_left(pool: ThreadPoolExecutor, stop_retrying: Callable[[], None]) -> Iterator[None]:
    """Cancel what the pool has not begun if the block raises, since leaving the pool waits."""
    try:
        yield
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        stop_retrying()
        raise


@contextmanager
def _opened(output: Path | None) -> Iterator[TextIO]:
    if output is None:
        yield sys.stdout
        return
    try:
        file = output.open("w", encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"cannot write {output}: {error.strerror}") from error
    with file:
        yield file

"""The command `boxwright predict`."""

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
from boxwright.predict.gateway import Gateway, GatewayRefused, GatewayUnreachable, Question
from boxwright.predict.images import find_images
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
              show_envvar=True, help="The gateway.")  # fmt: skip
@click.option("--api-key", envvar="API_KEY", show_envvar=True, help="Where the gateway wants one.")
@click.option("--model", help="Which model; else the gateway's default.")
@click.option("--version", type=int, help="Which version of --model.")
@click.option("--label", help="Which version of --model, by its label, such as stable.")
@click.option(
    "--score-threshold",
    type=click.FloatRange(0, 1),
    help="Lowest score.  [the model's own, else 0.5]",
)
@click.option("--max-detections", type=click.IntRange(1, 300), help="An image.  [gateway: 100]")
@click.option("--classes", help="Only these: names or ids, with commas.")
@click.option("--pipeline", help="A pair of models that the gateway sets up: the second finds the "
              "keypoints of what the first finds.")  # fmt: skip
@click.option("--overlay", type=click.Choice(["belief"]),
              help="On images: where a model of keypoints thinks that they are.")  # fmt: skip
@click.option("--truncated", type=click.Choice(["refuse", "accept"]),
              help="Whether to read what is there of a JPEG or PNG that ends too early.  "
              "[gateway: refuse]")  # fmt: skip
@click.option("--label-map", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="A label_map.pbtxt in the place of the model's.")  # fmt: skip
@click.option("--format", "form", default="table",
              type=click.Choice(["table", "jsonl", "coco", "images", "pictures"]),
              show_default=True)  # fmt: skip
@click.option("--output", type=click.Path(path_type=Path),
              help="File, or for images the folder; else standard output.")  # fmt: skip
@click.option("--coco-images", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="COCO annotations that number the images, for --format coco.")  # fmt: skip
@click.option("--jobs", type=click.IntRange(1, 32), default=4, show_default=True,
              help="Images asked about at once.")  # fmt: skip
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
    """Ask a running gateway what is in PATHS: images, or folders of them.

    An image that the gateway refuses is reported and the others go on; the exit code is then 1.
    """
    question = _question(**asked)
    try:
        images = find_images(paths)
    except FileNotFoundError as error:
        raise click.ClickException(str(error)) from error
    if not images:
        raise click.ClickException(f"no images in {', '.join(map(str, paths))}")
    try:
        gateway = Gateway(url, api_key=api_key)
    except GatewayUnreachable as error:
        raise click.ClickException(str(error)) from error
    try:
        if form in ("images", "pictures"):
            failures = _annotate(gateway, images, question, output, jobs)
        else:
            failures = _report(gateway, images, question, form, output, coco_images, jobs)
    finally:
        gateway.close()
    if failures:
        click.echo(f"{failures} of {len(images)} images have no answer", err=True)
        sys.exit(1)


def _question(
    *,
    model: str | None,
    version: int | None,
    label: str | None,
    label_map: Path | None,
    **parameters: Any,
) -> Question:
    if (version is not None or label is not None) and model is None:
        raise click.UsageError("--version and --label choose among the versions of --model")
    if version is not None and label is not None:
        raise click.UsageError("give --version or --label, not both")
    return Question(
        model=model,
        version=version,
        label=label,
        parameters={name: str(value) for name, value in parameters.items() if value is not None},
        label_map=label_map.read_bytes() if label_map else None,
    )


def _report(
    gateway: Gateway,
    images: list[Path],
    question: Question,
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
                images, lambda image: gateway.ask(image, question), report.add, jobs,
                gateway.give_up,
            )  # fmt: skip
        finally:
            # What was answered is kept, where the gateway goes away or Ctrl-C is pressed too.
            report.finish()


def _annotate(
    gateway: Gateway, images: list[Path], question: Question, folder: Path | None, jobs: int
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
        return gateway.annotate(image, question, media_type)

    return _for_each(images, annotate, write, jobs, gateway.give_up)


def _targets(images: Iterable[Path], folder: Path) -> dict[Path, Path]:
    """Where each annotated image goes: under its own name, numbered where that is taken."""
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
    give_up: Callable[[], None],
) -> int:
    """Ask about every image, `jobs` at once, and take the answers in order; how many failed.

    Where that ends early, as by Ctrl-C, `give_up` is called for what is being asked then, and what
    has not been asked is not.
    """
    failures = 0
    console = Console(stderr=True)
    columns = (
        TextColumn("asking"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with (
        Progress(*columns, console=console) as progress,
        ThreadPoolExecutor(jobs) as pool,
        _nothing_left(pool, give_up),
    ):
        task = progress.add_task("asking", total=len(images))
        # Left to right, each let go of once it is taken: annotated images are large.
        answers: deque[tuple[Path, Future[Answer]]] = deque(
            (image, pool.submit(ask, image)) for image in images
        )
        while answers:
            image, answer = answers.popleft()
            try:
                take(image, answer.result())
            except BrokenPipeError:
                # Nobody reads the answers any more, as behind `| head`.
                raise
            except (GatewayRefused, OSError) as error:
                failures += 1
                console.print(f"{image}: {error}", markup=False, highlight=False)
            except GatewayUnreachable as error:
                answered = len(images) - len(answers) - 1 - failures
                raise click.ClickException(
                    f"{error} {answered} of {len(images)} images were answered before"
                ) from error
            progress.advance(task)
    return failures


@contextmanager
def _nothing_left(pool: ThreadPoolExecutor, give_up: Callable[[], None]) -> Iterator[None]:
    """Leave nothing to do in the pool, which waits for it, where the block ends by an error."""
    try:
        yield
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        give_up()
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

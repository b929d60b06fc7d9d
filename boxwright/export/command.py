"""The command `boxwright export`: a checkpoint, as a version to serve."""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click
from rich.console import Console

from boxwright.models.folder import config_of
from boxwright.models.folder import plain_errors as plain_publishing_errors
from boxwright.models.publication import (
    card_options,
    print_progress,
    print_published,
    version_options,
)
from boxwright.own_packages import MODEL_SERVER
from export.quantization.availability import check_quantizable
from model_repository.canary.serving_check import ModelServerCanary
from model_repository.publishing.models_folder import STAGED_VERSION
from model_repository.publishing.publish import Publication, publish
from training.datasets.defects import DatasetError
from training.datasets.workers import Workers

if TYPE_CHECKING:
    from detection.images import DecodedImage
    from export.exporting import Exported


@click.command()
@click.argument("checkpoint", type=click.Path(path_type=Path, exists=True, file_okay=False))
@version_options
@click.option("--which", "--checkpoint", "which",
              type=click.Choice(["best", "latest"]), default="best", show_default=True,
              help="Which checkpoint of a run.")  # fmt: skip
@click.option("--images", "--pictures", "images_dir",
              type=click.Path(path_type=Path, exists=True, file_okay=False),
              help="Folder of images to compare the exported model with the trained one on.  [the "
              "experiment's validation images]")  # fmt: skip
@click.option("--canary", "canary_file",
              type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="Image for the version's canary and warm-up requests.  [the one of those with "
              "the highest score]")  # fmt: skip
@click.option("--format", "formats", multiple=True, type=click.Choice(["openvino", "tflite"]),
              help="Also write OpenVINO's IR of image_tensor (openvino), or a file for phones and "
              "boards that takes one image in the model's input size (tflite); "
              "repeatable.")  # fmt: skip
@click.option("--weights", type=click.Choice(["float32", "float16"]), default="float32",
              show_default=True, help="Type of the stored weights: float16 halves the file; "
              "computation is in float32 either way.")  # fmt: skip
@click.option("--class-agnostic-nms/--nms-by-class", "class_agnostic_nms", default=None,
              help="Suppress overlapping detections across classes, or within each class only.  "
              "[as the model was trained]")  # fmt: skip
@click.option("--quantize", type=click.Choice(["int8"]),
              help="Also write openvino_int8, the IR quantized to 8 bits: calibrated on training "
              "images, measured on the validation images.")  # fmt: skip
@click.option("--metrics", "metrics_files", multiple=True,
              type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="A report.json of `boxwright evaluate`, whose metrics go into the model card "
              "under the file's name; repeatable.")  # fmt: skip
@card_options
def export(
    checkpoint: Path,
    name: str,
    which: Literal["best", "latest"],
    images_dir: Path | None,
    canary_file: Path | None,
    version: int | None,
    label: str | None,
    formats: tuple[str, ...],
    weights: Literal["float32", "float16"],
    class_agnostic_nms: bool | None,
    quantize: str | None,
    metrics_files: tuple[Path, ...],
    title: str,
    notes: tuple[str, ...],
    models_dir: Path,
    served_from: str | None,
) -> None:
    """Export CHECKPOINT, or the best one of a run, as a version to serve.

    The version takes image files (serving_default), pixels of any size (image_tensor) or of the
    network's own (resized_images). It is published only if it detects the same objects in real
    images as the trained model, in TensorFlow and in OpenVINO.

    Example: boxwright export runs/blood_cells --name cells
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _plain_errors(), plain_publishing_errors(), tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / STAGED_VERSION
        folder.mkdir()
        if quantize:
            check_quantizable()
        options = {} if class_agnostic_nms is None else {"class_agnostic_nms": class_agnostic_nms}
        exported, images = _loaded(checkpoint, which, images_dir, options)
        exported = _described(exported, title, notes, metrics_files)
        exported = replace(exported, weights=weights, with_tflite="tflite" in formats)
        _write(exported, images, canary_file, folder, formats)
        if quantize:
            _quantize(exported, folder)
        published = publish(
            Publication(folder, name, version, label),
            config_of(models_dir, served_from),
            ModelServerCanary(MODEL_SERVER),
            print_progress,
        )
    print_published(published, name)


def _loaded(
    checkpoint: Path,
    which: Literal["best", "latest"],
    images_dir: Path | None,
    options: Mapping[str, Any],
) -> "tuple[Exported, dict[str, DecodedImage]]":
    from boxwright.export.threshold import card_threshold
    from export.exporting import Exported
    from export.images import images_in, images_of
    from training.loop.checkpoints import read_progress
    from training.loop.images import read_validation
    from training.loop.loading import load_checkpoint

    chosen, detector, label_map, experiment = load_checkpoint(checkpoint, which, options)
    with Workers(console=Console(stderr=True)) as workers:
        try:
            validation = read_validation(experiment, label_map, workers)
        except DatasetError as error:
            if images_dir is None:
                raise
            click.echo(f"Cannot read the validation images: {error}", err=True)
            validation = None
        threshold = card_threshold(detector, label_map, experiment, validation, workers)
    _say_threshold(threshold)
    own = validation.images if validation else ()
    images = images_of(own) if images_dir is None else images_in(images_dir)
    if not images:
        raise click.ClickException(
            "the experiment has no validation images to compare the exported model on: give a "
            "folder of images with --images"
        )
    progress = read_progress(chosen)
    metrics: dict[str, Any] = {}
    if progress.best_step == progress.step and progress.best_ap >= 0:
        metrics = {"validation": {"AP": round(progress.best_ap, 4)}}
    exported = Exported(detector, label_map, experiment, metrics=metrics, score_threshold=threshold)
    return exported, images


def _described(
    exported: "Exported", title: str, notes: tuple[str, ...], metrics_files: tuple[Path, ...]
) -> "Exported":
    metrics = dict(exported.metrics)
    for metrics_file in metrics_files:
        try:
            measured = json.loads(metrics_file.read_bytes())
            metrics[metrics_file.stem] = {
                name: round(float(value), 4) for name, value in measured["coco"].items()
            }
        except (ValueError, TypeError, KeyError) as error:
            raise click.BadParameter(
                f"{metrics_file} is not a report.json of `boxwright evaluate`",
                param_hint="--metrics",
            ) from error
    return replace(exported, title=title, notes=notes, metrics=metrics)


def _write(
    exported: "Exported",
    images: "dict[str, DecodedImage]",
    canary_file: Path | None,
    folder: Path,
    formats: tuple[str, ...],
) -> None:
    from export.exporting import export as write_version

    known = None if canary_file is None else _image(canary_file)
    openvino = ModelServerCanary([*MODEL_SERVER, "--engine=openvino"])
    card = write_version(exported, images, folder, openvino, print_progress, known=known)
    for what, difference in card.parity["largest_difference_of_best_score"].items():
        click.echo(f"{what}: highest scores differ by at most {difference:.2g}", err=True)
    if "openvino" in formats:
        from boxwright.export.openvino_ir import write_openvino_ir

        write_openvino_ir(folder)


def _image(path: Path) -> "DecodedImage":
    from detection.images import ImageError, read_image
    from training.datasets.sources import MAX_PIXELS

    try:
        return read_image(path.read_bytes(), max_pixels=MAX_PIXELS)
    except (OSError, ImageError) as error:
        raise click.BadParameter(f"{path}: {error}", param_hint="--canary") from error


def _quantize(exported: "Exported", folder: Path) -> None:
    from boxwright.export.openvino_ir import read_calibration, write_int8_ir

    calibration = read_calibration(exported.experiment)
    print_progress(f"quantizing to int8 with {len(calibration.sample)} training images")
    compared = write_int8_ir(folder, exported.detector.input_size_hw, calibration)
    click.echo(
        f"int8: {compared.score_name} {compared.quantized_score:.4f} (float32: "
        f"{compared.full_score:.4f}), {compared.times_as_fast:.2f} times as fast",
        err=True,
    )


def _say_threshold(threshold: Mapping[str, Any]) -> None:
    if threshold:
        click.echo(
            f"score threshold {threshold['value']:.3g}, where F1 is highest on the validation "
            f"images: recall {threshold['recall']:.3f}, precision {threshold['precision']:.3f}, "
            f"{threshold['false_per_image']:.2f} false alarms an image", err=True,
        )  # fmt: skip


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Translate errors that the caller can fix into one line on standard error."""
    from export.errors import ExportError
    from server.embedded.engines.openvino_conversion import Unconvertible
    from training.configuration.errors import ConfigurationError
    from training.loop.errors import TrainingError
    from training.models.detector import ModelError

    try:
        yield
    except (
        ConfigurationError, DatasetError, ExportError, ModelError, TrainingError, Unconvertible,
    ) as error:  # fmt: skip
        raise click.ClickException(str(error)) from error

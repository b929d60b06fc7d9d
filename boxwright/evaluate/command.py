"""The command `boxwright evaluate`: a detector and annotated images in, a report out."""

import os
from pathlib import Path
from typing import Any, Literal

import click

from boxwright.dataset.options import format_options
from boxwright.dataset.source import Source, plain_errors
from boxwright.evaluate.detectors import DetectorOptions
from boxwright.evaluate.evaluation_run import EvaluationOptions, run_evaluation
from boxwright.predict.model_choice import model_choice_options
from training.evaluation.bootstrap import SAMPLES
from training.evaluation.errors import EvaluationError
from training.evaluation.evaluation import MOST_WORST

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.argument("detector", required=False, type=click.Path(path_type=Path))
@click.option("--data", type=click.Path(path_type=Path), help="Annotated images to measure on.  "
              "[a checkpoint's: its experiment's validation images]")  # fmt: skip
@click.option("--split", "chosen_split", help="Only this split of --data.")
@click.option("--output", type=click.Path(path_type=Path, file_okay=False),
              help="Folder for the report.  [evaluation; a checkpoint's: in its run]")  # fmt: skip
@click.option("--which", "--checkpoint", "checkpoint",
              type=click.Choice(["best", "latest"]), default="best",
              show_default=True, help="Which checkpoint of a run.")  # fmt: skip
@click.option("--url", help="Address of a running gateway, instead of DETECTOR.")
@model_choice_options
@click.option("--detector-label-map", "label_map_of_detector", type=_FILE,
              help="A label_map.pbtxt with the detector's class ids.")  # fmt: skip
@click.option("--coco-images", type=_FILE,
              help="COCO annotations with the image ids of COCO results.")  # fmt: skip
@click.option("--score-threshold", type=click.FloatRange(0, 1),
              help="Threshold for the confusion matrix and the worst images.  [the model's own; a "
              "checkpoint's: with the best F1 on its validation images; else on "
              "these]")  # fmt: skip
@click.option("--by-area", "area_share", type=click.FloatRange(0, 1), metavar="SHARE",
              help="Report recall separately for objects that cover at least this share of "
              "their image, such as 0.05, and for smaller ones, whatever their class; "
              "and how often the class is right.")  # fmt: skip
@click.option("--to-card", is_flag=True, help="Write the threshold with the best F1 on these "
              "images, or --score-threshold, into the exported model's card, as the gateway's "
              "default. Use validation images, never test images.")  # fmt: skip
@click.option("--bootstrap", "samples", type=click.IntRange(0, 100_000), default=SAMPLES,
              show_default=True, help="Bootstrap samples for the intervals; 0: none.")  # fmt: skip
@click.option("--look-in-train/--no-look-in-train", default=True, show_default=True,
              help="Search the training images for near-duplicates of these: a checkpoint's "
              "own, else the split train of --data.")  # fmt: skip
@click.option(
    "--against",
    metavar="OTHER",
    help="Compare with OTHER on the same images: a DETECTOR, a gateway's URL, or the folder of an "
    "earlier report.",
)
@click.option("--worst", "worst_count", type=click.IntRange(0, 500), default=MOST_WORST,
              show_default=True, help="Number of worst images in the report.")  # fmt: skip
@click.option("--learning-curve", is_flag=True, help="For a run: also train on a quarter and a "
              "half of its images, and predict the AP with 50 more.")  # fmt: skip
@click.option("--minutes", type=click.FloatRange(0, min_open=True),
              help="Time limit for the trainings of --learning-curve.  [as long as the run's "
              "steps take]")  # fmt: skip
@format_options
def evaluate(
    detector: Path | None,
    data: Path | None,
    chosen_split: str | None,
    output: Path | None,
    checkpoint: Literal["best", "latest"],
    url: str | None,
    model: str | None,
    version: int | None,
    label: str | None,
    pipeline: str | None,
    api_key: str | None,
    label_map_of_detector: Path | None,
    coco_images: Path | None,
    score_threshold: float | None,
    area_share: float | None,
    to_card: bool,
    worst_count: int,
    samples: int,
    look_in_train: bool,
    against: str | None,
    learning_curve: bool,
    minutes: float | None,
    **asked_of_data: Any,
) -> None:
    """Measure DETECTOR on annotated images (COCO metrics, PCK of keypoints), and write a report.

    DETECTOR is a run or one of its checkpoints, an exported model's folder, or a file of
    detections: COCO results (a list, an object with `annotations`, one record per line; also
    gzipped) or the output of `boxwright predict --format jsonl`. COCO results are matched by the
    data's category and image ids, as pycocotools does; all others by class name.

    Options after --minutes describe --data.

    Example: boxwright evaluate runs/blood_cells --data data/blood_cells --split test
    """
    asked = DetectorOptions(
        path=detector, url=url, api_key=api_key, model=model, version=version, label=label,
        pipeline=pipeline,
        checkpoint=checkpoint, label_map_file=label_map_of_detector, coco_images=coco_images,
    )  # fmt: skip
    if data is None and not asked.is_checkpoint:
        raise click.UsageError("--data is missing: name the annotated images to measure on")
    if minutes is not None and not learning_curve:
        raise click.UsageError("--minutes needs --learning-curve")
    if learning_curve and not samples:
        raise click.UsageError("--learning-curve needs intervals: give --bootstrap above 0")
    source = Source.of(source=data or Path(), **asked_of_data, images_needed=not asked.is_written)
    # TensorFlow warns of devices that it does not find; what matters here is an error anyway.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    wanted = EvaluationOptions(
        data, chosen_split, output, score_threshold, to_card, worst_count, samples, look_in_train,
        against, learning_curve, minutes, area_share,
    )  # fmt: skip
    try:
        with plain_errors():
            run_evaluation(asked, wanted, source)
    except EvaluationError as error:
        raise click.ClickException(str(error)) from error

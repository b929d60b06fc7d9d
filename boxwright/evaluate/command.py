"""The command `boxwright evaluate`."""

import os
from pathlib import Path
from typing import Any, Literal

import click

from boxwright.dataset.source import Source, format_options, plain_errors
from boxwright.evaluate.detectors import Asked
from boxwright.evaluate.running import Wanted, run_evaluation
from training.evaluation.bootstrap import SAMPLES
from training.evaluation.errors import EvaluationError
from training.evaluation.evaluation import MOST_WORST

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.argument("detector", required=False, type=click.Path(path_type=Path))
@click.option("--data", type=click.Path(path_type=Path), help="The images and what is in them.  "
              "[of a checkpoint: its experiment's validation images]")  # fmt: skip
@click.option("--split", "chosen_split", help="Of --data, this split alone.")
@click.option("--output", type=click.Path(path_type=Path, file_okay=False),
              help="Folder of the report.  [evaluation; of a checkpoint, in its run]")  # fmt: skip
@click.option("--which", "--checkpoint", "checkpoint",
              type=click.Choice(["best", "latest"]), default="best",
              show_default=True, help="Of a run, which of its checkpoints.")  # fmt: skip
@click.option("--url", help="A running gateway, in the place of DETECTOR.")
@click.option("--model", help="The gateway's model; else its default.")
@click.option("--version", type=int, help="Which version of --model.")
@click.option("--label", help="Which version of --model, by its label, such as stable.")
@click.option("--pipeline", help="A pair of the gateway's models: keypoints in whole images.")
@click.option("--api-key", envvar="API_KEY", show_envvar=True, help="Where the gateway wants one.")
@click.option("--detector-label-map", "label_map_of_detector", type=_FILE,
              help="A label_map.pbtxt: what the detector's class numbers mean.")  # fmt: skip
@click.option("--coco-images", type=_FILE,
              help="COCO annotations that number the images, for COCO results.")  # fmt: skip
@click.option("--score-threshold", type=click.FloatRange(0, 1),
              help="For the confusion matrix and the worst images.  [the model's own; of a "
              "checkpoint, where F1 is highest on the validation images of its training; else "
              "where it is highest on these]")  # fmt: skip
@click.option("--by-area", "area_share", type=click.FloatRange(0, 1), metavar="SHARE",
              help="Tell how many of the objects that cover this share of their image and more, "
              "such as 0.05, are found at the score threshold, and how many of the smaller ones: "
              "whatever class is said, and how often it is the right one.")  # fmt: skip
@click.option("--to-card", is_flag=True, help="Write the threshold where F1 is highest on these "
              "images, or --score-threshold, into the exported model's card: gateways answer down "
              "to it where a caller names none. For validation images, never for those of a "
              "test.")  # fmt: skip
@click.option("--bootstrap", "samples", type=click.IntRange(0, 100_000), default=SAMPLES,
              show_default=True, help="Samples of which the intervals are made.")  # fmt: skip
@click.option("--look-in-train/--no-look-in-train", default=True, show_default=True,
              help="Look for near-duplicates of the images among those that were learned from: "
              "of a checkpoint its training's, else the split train of --data.")  # fmt: skip
@click.option(
    "--against",
    metavar="OTHER",
    help="Compare with OTHER on the same images: anything "
    "that DETECTOR may be, a gateway's URL, or the folder of an earlier report.",
)
@click.option("--worst", "worst_count", type=click.IntRange(0, 500), default=MOST_WORST,
              show_default=True, help="Images in which most is wrong.")  # fmt: skip
@click.option("--learning-curve", is_flag=True, help="Of a run: train as it was trained on a "
              "quarter and a half of its images too, and say what 50 more would give.")  # fmt: skip
@click.option("--minutes", type=click.FloatRange(0, min_open=True),
              help="Of --learning-curve: how long its trainings may take.  [as long as the run's "
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
    """Measure how good DETECTOR is, and write a report: by COCO's numbers, or of keypoints by PCK.

    DETECTOR is a run or one of its checkpoints, an exported model's folder, or a file of
    detections: COCO results (a list, an object with `annotations`, a record a line, or packed by
    gzip), or the lines of `boxwright predict --format jsonl`. COCO results are measured as
    pycocotools measures them, by the data's own ids of categories and images.

    Classes are the same where their names are. Options below --minutes are about --data.
    """
    asked = Asked(
        path=detector, url=url, api_key=api_key, model=model, version=version, label=label,
        pipeline=pipeline,
        checkpoint=checkpoint, label_map_file=label_map_of_detector, coco_images=coco_images,
    )  # fmt: skip
    if data is None and not asked.is_checkpoint:
        raise click.UsageError("--data: images with what is in them are needed")
    if minutes is not None and not learning_curve:
        raise click.UsageError("--minutes is of --learning-curve")
    if learning_curve and not samples:
        raise click.UsageError("--learning-curve needs samples: --bootstrap above 0")
    source = Source.of(source=data or Path(), **asked_of_data, images_needed=not asked.is_written)
    # TensorFlow tells of what it does not find; what matters here is an error anyway.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    wanted = Wanted(data, chosen_split, output, score_threshold, to_card, worst_count, samples,
                    look_in_train, against, learning_curve, minutes, area_share)  # fmt: skip
    try:
        with plain_errors():
            run_evaluation(asked, wanted, source)
    except EvaluationError as error:
        raise click.ClickException(str(error)) from error

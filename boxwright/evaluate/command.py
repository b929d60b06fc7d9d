"""The command `boxwright evaluate`."""

import os
from pathlib import Path
from typing import Any, Literal

import click

from boxwright.dataset.source import Source, format_options, plain_errors
from boxwright.evaluate.detectors import Asked, Opened, opened
from boxwright.evaluate.printing import print_evaluation, print_keypoints
from detection.detections import Detections
from training.datasets.dataset import Dataset
from training.datasets.workers import Workers
from training.evaluation.class_names import ClassNames
from training.evaluation.errors import EvaluationError
from training.evaluation.evaluation import MOST_WORST, Evaluation
from training.evaluation.evaluation import evaluate as measure
from training.evaluation.keypoint_evaluation import evaluate_keypoints
from training.evaluation.keypoint_report import write_keypoint_report
from training.evaluation.picture_detector import MOST_DETECTIONS, PictureDetector
from training.evaluation.report import Circumstances, write_report
from training.evaluation.written_detections import WrittenDetections
from training.pretrained.own_folders import CHECKPOINTS

# Above it, what a detector does not say is missed in the curves.
LOW_ENOUGH = 0.05
CLASSES_SHOWN = 5

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.argument("detector", required=False, type=click.Path(path_type=Path))
@click.option("--data", type=click.Path(path_type=Path), help="The pictures and what is in them.  "
              "[of a checkpoint: its experiment's validation pictures]")  # fmt: skip
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
@click.option("--pipeline", help="A pair of the gateway's models: keypoints in whole pictures.")
@click.option("--api-key", envvar="API_KEY", show_envvar=True, help="Where the gateway wants one.")
@click.option("--detector-label-map", "label_map_of_detector", type=_FILE,
              help="A label_map.pbtxt: what the detector's class numbers mean.")  # fmt: skip
@click.option("--coco-images", type=_FILE,
              help="COCO annotations that number the pictures, for COCO results.")  # fmt: skip
@click.option("--score-threshold", type=click.FloatRange(0, 1), help="For the confusion matrix and "
              "the worst pictures.  [where F1 is highest]")  # fmt: skip
@click.option("--worst", "worst_count", type=click.IntRange(0, 500), default=MOST_WORST,
              show_default=True, help="Pictures in which most is wrong.")  # fmt: skip
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
    worst_count: int,
    **asked_of_data: Any,
) -> None:
    """Measure how good DETECTOR is, and write a report: by COCO's numbers, or of keypoints by PCK.

    DETECTOR is a run or one of its checkpoints, an exported model's folder, or a file of
    detections: COCO results (a list, an object with `annotations`, a record a line, or packed by
    gzip), or the lines of `boxwright predict --format jsonl`. COCO results are measured as
    pycocotools measures them, by the data's own ids of categories and images.

    Classes are the same where their names are. Options below --worst are about --data.
    """
    asked = Asked(
        path=detector, url=url, api_key=api_key, model=model, version=version, label=label,
        pipeline=pipeline,
        checkpoint=checkpoint, label_map_file=label_map_of_detector, coco_images=coco_images,
    )  # fmt: skip
    if data is None and not asked.is_checkpoint:
        raise click.UsageError("--data: pictures with what is in them are needed")
    source = Source.of(source=data or Path(), **asked_of_data, images_needed=not asked.is_written)
    # TensorFlow tells of what it does not find; what matters here is an error anyway.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        with plain_errors(), source.workers() as workers:
            with opened(asked, workers, with_data=data is None) as what:
                pictures = what.own_data
                if data is not None:
                    pictures = what.shown(source.read(workers))
                if pictures is not None:
                    what.tell_of(pictures)
                truth = _of_split(pictures, chosen_split, data)
                names = None
                if what.finds_keypoints:
                    found = _found(what.detector, truth, workers)
                    points = evaluate_keypoints(truth, found, worst_count=worst_count)
                else:
                    evaluation = _measured(what, truth, workers, score_threshold, worst_count)
                    names = evaluation.class_names
                circumstances = _circumstances(what, truth, data, names)
            folder = output or _folder(asked)
            if what.finds_keypoints:
                written = write_keypoint_report(points, circumstances, folder, workers)
                print_keypoints(points, circumstances, written)
                return
            written = write_report(evaluation, circumstances, folder, workers)
    except EvaluationError as error:
        raise click.ClickException(str(error)) from error
    print_evaluation(evaluation, circumstances, written)


def _of_split(truth: Dataset | None, split: str | None, path: Path | None) -> Dataset:
    if truth is None:
        raise EvaluationError(
            "the checkpoint's experiment names no validation pictures; --data names some"
        )
    if split is not None:
        splits = ", ".join(each or "(none)" for each in truth.splits)
        truth = truth.of_split(split)
        if not truth.pictures:
            raise EvaluationError(f"{path or 'the data'} has no split {split!r}; it has {splits}")
    if not truth.pictures:
        raise EvaluationError(f"{path or 'the data'} has no pictures")
    return truth


def _measured(
    what: Opened,
    truth: Dataset,
    workers: Workers,
    score_threshold: float | None,
    worst_count: int,
) -> Evaluation:
    detector = what.detector
    if detector.label_map is not None:
        # Before the work, where that can be.
        _matched(detector, truth)
    found = _found(detector, truth, workers)
    names = _matched(detector, truth)
    return measure(truth, found, names, score_threshold=score_threshold, worst_count=worst_count)


def _found(detector: PictureDetector, truth: Dataset, workers: Workers) -> list[Detections]:
    found = []
    with workers.progress("detecting", len(truth)) as advance:
        for detections in detector.detect(truth.pictures):
            found.append(detections)
            advance(1)
    return found


def _matched(detector: PictureDetector, truth: Dataset) -> ClassNames:
    numbered = detector.numbers(truth) if isinstance(detector, WrittenDetections) else None
    if numbered is not None:
        return numbered
    names = ClassNames.matched(detector.label_map, truth.label_map)
    if not names.numbers:
        raise EvaluationError(
            f"no class has the same name: the detector's are {', '.join(names.only_detector)}, "
            f"the data's {', '.join(names.only_data)}"
        )
    return names


def _circumstances(
    what: Opened, truth: Dataset, data: Path | None, names: ClassNames | None
) -> Circumstances:
    detector = what.detector
    splits = ", ".join(each for each in truth.splits if each)
    name = str(data) if data else "the experiment's validation pictures"
    notes = _notes_of_objects(truth)
    if isinstance(detector, WrittenDetections) and names is not None:
        notes += detector.notes(names)
    if detector.label_map is None and not what.finds_keypoints:
        notes.append(
            "Nothing names the detector's classes; its numbers are taken for the data's: "
            f"{_numbered(names, truth)}."
        )
    if detector.lowest_score > LOW_ENOUGH and not what.finds_keypoints:
        notes.append(
            f"No detection scores below {detector.lowest_score:.3g}: if they were left out, the "
            "true precision and recall reach further, and AP is higher."
        )
    if truth.defects:
        notes.append(f"{len(truth.defects)} defects of the data were repaired for this.")
    return Circumstances(
        detector=detector.description,
        data=f"{name}, {splits}" if splits else name,
        lowest_score=detector.lowest_score,
        most_detections=MOST_DETECTIONS,
        notes=tuple(notes),
    )


def _numbered(names: ClassNames | None, truth: Dataset) -> str:
    """The first few classes with the detector's number of each."""
    numbers = names.numbers if names is not None else {}
    listed = [f"{number} {truth.label_map.label(own)}" for number, own in sorted(numbers.items())]
    return ", ".join(listed[:CLASSES_SHOWN]) + (", ..." if len(listed) > CLASSES_SHOWN else "")


def _notes_of_objects(truth: Dataset) -> list[str]:
    """What does not count, where that is much."""
    objects = [each for picture in truth.pictures for each in picture.objects]
    crowds = sum(each.crowd for each in objects)
    counted = sum(not (each.crowd or each.difficult) for each in objects)
    if not objects:
        return ["The data has no objects, so that nothing can be found: AP is not measured."]
    if not counted:
        kind = "crowd" if crowds == len(objects) else "crowd or difficult"
        subject = f"All {len(objects)} objects" if len(objects) > 1 else "The only object"
        help_with_crowds = " (--crowd-as-single takes crowds as objects)" if crowds else ""
        return [
            f"{subject} of the data {'are' if len(objects) > 1 else 'is'} marked as {kind}, and so "
            f"neither found nor missed: AP is not measured{help_with_crowds}."
        ]
    return []


def _folder(asked: Asked) -> Path:
    """Where the report goes: of a checkpoint beside it, in its run, never into it."""
    if not asked.is_checkpoint or asked.path is None:
        return Path("evaluation")
    folder = asked.path.resolve()
    run = folder.parent.parent if folder.parent.name == CHECKPOINTS else asked.path
    return run / "evaluation"

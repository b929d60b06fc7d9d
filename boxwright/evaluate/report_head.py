"""Head of a report: the detector, the data, and notes that a reader of the metrics needs."""

from pathlib import Path

from boxwright.evaluate.detectors import OpenedDetector
from training.datasets.dataset import Dataset
from training.datasets.notes import NoteKind, counted
from training.evaluation.class_names import ClassNames
from training.evaluation.detection_files import DetectionFile
from training.evaluation.image_detector import MOST_DETECTIONS
from training.evaluation.report import Circumstances

# A detector that starts above this score leaves the end of the curves empty.
LOW_ENOUGH = 0.05
CLASSES_SHOWN = 5
ODD_SHOWN = 5


def circumstances_of(
    what: OpenedDetector, truth: Dataset, data: Path | None, names: ClassNames | None
) -> Circumstances:
    """Describe what was measured and how, with notes on what affects the metrics.

    Args:
        what: the detector, after it has seen every image.
        truth: the images.
        data: their path; None for the experiment's own.
        names: the detector's classes; None where boxes are not measured.
    """
    detector = what.detector
    splits = ", ".join(each for each in truth.splits if each)
    notes = _notes_of_objects(truth)
    if isinstance(detector, DetectionFile) and names is not None:
        notes += detector.notes(names)
    if detector.label_map is None and what.is_of_boxes:
        notes.append(
            "The detector has no class names; its class ids are taken for the data's: "
            f"{_numbered(names, truth)}."
        )
    if detector.lowest_score > LOW_ENOUGH and what.is_of_boxes:
        notes.append(
            f"No detection scores below {detector.lowest_score:.3g}: if lower ones were left out, "
            "the true AP is higher."
        )
    odd = [each for each in truth.notes if each.kind is NoteKind.ODD]
    notes += [f"The data: {each}." for each in odd[:ODD_SHOWN]]
    if len(odd) > ODD_SHOWN:
        notes.append(
            f"`boxwright dataset check` has {len(odd) - ODD_SHOWN} more notes on the data."
        )
    if truth.defects:
        notes.append(
            f"{counted(len(truth.defects), 'defect')} of the data repaired for this evaluation."
        )
    return Circumstances(
        detector=detector.description,
        data=data_name(data, splits),
        lowest_score=detector.lowest_score,
        most_detections=MOST_DETECTIONS,
        notes=tuple(notes),
    )


def data_name(data: Path | None, splits: str) -> str:
    """The images that were measured on: where they lie, and their splits there."""
    if data is not None:
        return f"{data}, {splits}" if splits else str(data)
    # An experiment may keep images of train, or of no split, to be measured on.
    of_splits = f" (of {splits} in its data)" if splits not in ("", "val") else ""
    return f"the experiment's validation images{of_splits}"


def _numbered(names: ClassNames | None, truth: Dataset) -> str:
    """First few classes, each with the detector's id."""
    numbers = names.numbers if names is not None else {}
    listed = [f"{number} {truth.label_map.label(own)}" for number, own in sorted(numbers.items())]
    return ", ".join(listed[:CLASSES_SHOWN]) + (", ..." if len(listed) > CLASSES_SHOWN else "")


def _notes_of_objects(truth: Dataset) -> list[str]:
    """Notes on objects that do not count, if none or hardly any do."""
    objects = [each for image in truth.images for each in image.objects]
    crowds = sum(each.crowd for each in objects)
    counted = sum(not (each.crowd or each.difficult) for each in objects)
    if not objects:
        return ["The data has no objects: AP is not measured."]
    if not counted:
        kind = "crowd" if crowds == len(objects) else "crowd or difficult"
        subject = f"All {len(objects)} objects" if len(objects) > 1 else "The only object"
        help_with_crowds = " (--crowd-as-single takes crowds as objects)" if crowds else ""
        return [
            f"{subject} of the data {'are' if len(objects) > 1 else 'is'} marked as {kind}, and so "
            f"neither found nor missed: AP is not measured{help_with_crowds}."
        ]
    return []

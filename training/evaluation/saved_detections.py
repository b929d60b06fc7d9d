"""What a detector found, beside its report, so that another can be compared with it later."""

import gzip
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from detection.boxes import to_pixels_xyxy
from detection.detections import Detections
from training.datasets.dataset import Dataset
from training.evaluation.coco_record import CocoResults

KEPT = "detections.jsonl.gz"
REPORT = "report.json"
_SIDES = ("x_min", "y_min", "x_max", "y_max")


def saved_detections(truth: Dataset, found: Sequence[Detections]) -> bytes | None:
    """A file in the form of `boxwright predict --format jsonl`, of boxes alone.

    None where they came from a file, which there is already.
    """
    if any(isinstance(each, CocoResults) for each in found):
        return None
    labels = {number: name for name, number in truth.class_ids.items()}
    names = Counter(each.name for each in truth.images)
    lines = []
    for image, each in zip(truth.images, found, strict=True):
        boxes = to_pixels_xyxy(each.boxes_yxyx, width=image.width, height=image.height)
        rows = zip(
            each.class_ids.tolist(), each.scores.tolist(), boxes.tolist(),
            each.boxes_yxyx.tolist(), strict=True,
        )  # fmt: skip
        detections: list[dict[str, Any]] = [
            {
                "class_id": number, "label": labels[number], "score": score,
                "box": dict(zip(_SIDES, box, strict=True)),
                "box_normalized": {"x_min": shares[1], "y_min": shares[0], "x_max": shares[3],
                                   "y_max": shares[2]},
            }
            for number, score, box, shares in rows if number in labels
        ]  # fmt: skip
        # Two splits may have files of the same name.
        name = image.name if names[image.name] == 1 else str(image.source)
        line = {"picture": name, "image": {"width": image.width, "height": image.height},
                "detections": detections}  # fmt: skip
        lines.append(json.dumps(line))
    return gzip.compress("".join(f"{line}\n" for line in lines).encode(), 6, mtime=0)


def saved_beside(path: Path) -> tuple[Path, float | None] | None:
    """The detections and the threshold of an earlier report; None where a path is no report's.

    Args:
        path: the report's folder, or its `report.json`.
    """
    folder = path.parent if path.name == REPORT else path
    if not (folder / KEPT).is_file():
        return None
    try:
        threshold = json.loads((folder / REPORT).read_bytes())["score_threshold"]
    except (OSError, ValueError, KeyError, TypeError):
        return folder / KEPT, None
    return folder / KEPT, float(threshold) if isinstance(threshold, int | float) else None

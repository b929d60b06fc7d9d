"""Hands from Synthetic Data: a JSON of 21 keypoints beside each picture, `synth1` to `synth4`.

Source: Simon et al., "Hand keypoint detection in single images using multiview bootstrapping"
(CVPR 2017). `{"hand_pts": [[x, y, visible] x 21], "is_left": 0 or 1}`, x and y in pixels. There is
no box: it is put around the keypoints that lie in the picture, widened for the flesh around them.
"""

import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from detection.hand_skeleton import KEYPOINT_NAMES
from training.datasets.annotated import HIDDEN, NOT_LABELLED, VISIBLE
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError, DefectKind
from training.datasets.drafts import Parsed, PictureDraft, dropped
from training.datasets.formats.gathering import gather
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.picture_files import SUFFIXES, draft_of_file, read_text
from training.datasets.sources import FilePicture
from training.datasets.workers import Workers

CLASS_NAME = "hand"
# A keypoint lies in the middle of a finger, whose width is about this share of the hand.
FLESH_SHARE = 0.08


def looks_like(path: Path) -> bool:
    """Whether `path` has JSON files with `hand_pts`, itself or one level below."""
    if not path.is_dir():
        return False
    first = next((file for depth in ("", "*/") for file in path.glob(f"{depth}*.json")), None)
    return first is not None and b'"hand_pts"' in first.read_bytes()[:100_000]


def read(path: Path, options: ReadOptions, workers: Workers) -> Dataset:
    """Read a folder of them.

    Raises:
        DatasetError: there are no JSON files.
    """
    files = sorted(path.rglob("*.json"))
    if not files:
        raise DatasetError(f"{path}: no JSON files with hand_pts")
    parsed = workers.map(partial(_read_file, root=path), files, "annotations")
    return gather(
        parsed, path, options, classes=options.classes or (CLASS_NAME,),
        keypoint_names=KEYPOINT_NAMES,
    )  # fmt: skip


def _read_file(file: Path, root: Path) -> Parsed:
    try:
        content = json.loads(read_text(file))
        points = _points(content)
    except json.JSONDecodeError as error:
        message = f"line {error.lineno}: {error.msg}"
        return dropped(str(file), DefectKind.BAD_ANNOTATION, message)
    except (ValueError, RecursionError) as error:
        return dropped(str(file), DefectKind.BAD_ANNOTATION, str(error))
    picture = next((each for suffix in SUFFIXES if (each := file.with_suffix(suffix)).is_file()),
                   file.with_suffix(".jpg"))  # fmt: skip
    name = picture.relative_to(root).as_posix()
    draft = draft_of_file(name, FilePicture(picture), str(file))
    if isinstance(draft, Parsed):
        return draft
    _add(draft, points)
    return draft.finish()


def _points(content: Any) -> Any:
    """(21, 3), x and y in pixels and COCO's visibility."""
    if not isinstance(content, dict) or "hand_pts" not in content:
        raise ValueError("an object with hand_pts was expected")
    try:
        points = np.array(content["hand_pts"], np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError("hand_pts is not made of numbers") from error
    if points.shape != (len(KEYPOINT_NAMES), 3) or not np.isfinite(points).all():
        raise ValueError(f"hand_pts: [[x, y, visible] x 21] was expected, not {points.shape}")
    points[:, 2] = np.where(points[:, 2] > 0, VISIBLE, HIDDEN)
    return points


def _add(draft: PictureDraft, points: Any) -> None:
    inside = ((points[:, :2] >= 0) & (points[:, :2] <= (draft.width, draft.height))).all(1)
    # Hands are often cut by the picture's edge: that is no defect here.
    points[~inside, 2] = NOT_LABELLED
    if inside.sum() < 2:
        draft.report("", DefectKind.BAD_KEYPOINTS, "the hand lies outside of the picture")
        return
    low, high = points[inside, :2].min(0), points[inside, :2].max(0)
    flesh = FLESH_SHARE * (high - low).max()
    low = np.maximum(low - flesh, 0)
    high = np.minimum(high + flesh, (draft.width, draft.height))
    truncated = not inside.all()
    draft.add("", CLASS_NAME, [*low, *high], keypoints_xyv=points, truncated=truncated)

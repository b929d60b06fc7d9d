"""Hands from Synthetic Data: a JSON of 21 keypoints beside each image, `synth1` to `synth4`.

Source: Simon et al., "Hand keypoint detection in single images using multiview bootstrapping"
(CVPR 2017). `{"hand_pts": [[x, y, visible] x 21], "is_left": 0 or 1}`, x and y in pixels. There is
no box: it is put around the keypoints that lie in the image, widened for the flesh around them.
"""

import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from detection.hands.skeleton import KEYPOINT_NAMES
from detection.images.formats import SUFFIXES as IMAGE_SUFFIXES
from training.datasets.annotated import HIDDEN, NOT_LABELLED, VISIBLE
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError, DefectKind
from training.datasets.drafts import ImageDraft, Parsed, dropped
from training.datasets.formats.files.annotation_finder import annotation_folders
from training.datasets.formats.files.image_files import read_text
from training.datasets.formats.files.image_finder import FoundImage
from training.datasets.formats.files.source_files import SourceFiles
from training.datasets.formats.gathering import gather
from training.datasets.formats.image_drafts import draft_of_image
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.text.json_values import as_number
from training.datasets.notes import NoteKind, counted
from training.datasets.sources import FileImage
from training.datasets.workers import Workers

CLASS_NAME = "hand"
# A keypoint lies in the middle of a finger, whose width is about this share of the hand.
FLESH_SHARE = 0.08


def find(files: SourceFiles) -> list[str]:
    """The JSON files of every folder that has some with `hand_pts`."""
    if not files.path.is_dir():
        return []
    folders = annotation_folders(
        files, (".json",), lambda ends: b'"hand_pts"' in ends, with_end=True
    )
    return [path for folder in folders for path in (*folder.files, *folder.others)]


def read(files: SourceFiles, options: ReadOptions, workers: Workers) -> Dataset:
    """Read a folder of them.

    Raises:
        DatasetError: there are no JSON files.
    """
    found = sorted(files.index.with_suffix(".json"))
    if not found:
        raise DatasetError(f"{files.path}: no JSON files with hand_pts")
    files.use(*found)
    work = [(files.index.path(path), _image_beside(path, files)) for path in found]
    parsed = list(workers.map(partial(_read_file, encoding=files.encoding), work, "annotations"))
    files.note(NoteKind.READ, counted(len(found), "JSON file"), files.path)
    return gather(
        parsed, files.path, options, classes=options.classes or (CLASS_NAME,),
        keypoint_names=KEYPOINT_NAMES,
    )  # fmt: skip


def _image_beside(path: str, files: SourceFiles) -> FoundImage:
    """The image of the same name in the same folder."""
    stem = path.removesuffix(".json")
    names = [f"{stem}{suffix}" for suffix in IMAGE_SUFFIXES]
    name = next((each for each in names if each in files.index.known), names[0])
    files.images.used.add(name)
    return FoundImage(name, FileImage(files.index.path(name)), name)


def _read_file(work: tuple[Path, FoundImage], encoding: str | None = None) -> Parsed:
    file, image = work
    try:
        content = json.loads(read_text(file, encoding))
        points = _points(content)
    except json.JSONDecodeError as error:
        message = f"line {error.lineno}: {error.msg}"
        return dropped(str(file), DefectKind.BAD_ANNOTATION, message)
    except (ValueError, RecursionError) as error:
        return dropped(str(file), DefectKind.BAD_ANNOTATION, str(error))
    draft = draft_of_image(image, str(file))
    if isinstance(draft, Parsed):
        return draft
    _add(draft, points)
    return draft.finish()


def _points(content: Any) -> Any:
    """(21, 3), x and y in pixels and COCO's visibility."""
    if not isinstance(content, dict) or "hand_pts" not in content:
        raise ValueError("an object with hand_pts was expected")
    try:
        points = np.array(content["hand_pts"], object)
        for value in points.ravel():
            as_number(value, "a number of hand_pts")
        points = points.astype(np.float64)
    except TypeError as error:
        raise ValueError("hand_pts is not made of numbers") from error
    if points.shape != (len(KEYPOINT_NAMES), 3) or not np.isfinite(points).all():
        raise ValueError(f"hand_pts: [[x, y, visible] x 21] was expected, not {points.shape}")
    points[:, 2] = np.where(points[:, 2] > 0, VISIBLE, HIDDEN)
    return points


def _add(draft: ImageDraft, points: Any) -> None:
    inside = ((points[:, :2] >= 0) & (points[:, :2] <= (draft.width, draft.height))).all(1)
    # Hands are often cut by the image's edge: that is no defect here.
    points[~inside, 2] = NOT_LABELLED
    if inside.sum() < 2:
        draft.drop("", DefectKind.BAD_KEYPOINTS, "the hand lies outside of the image")
        return
    low, high = points[inside, :2].min(0), points[inside, :2].max(0)
    flesh = FLESH_SHARE * (high - low).max()
    low = np.maximum(low - flesh, 0)
    high = np.minimum(high + flesh, (draft.width, draft.height))
    truncated = not inside.all()
    draft.add("", CLASS_NAME, [*low, *high], keypoints_xyv=points, truncated=truncated)

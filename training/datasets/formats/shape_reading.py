"""From `ImageShapes` to a data set: the images are found, and what is drawn becomes objects."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import PurePath
from typing import Any

import numpy as np
import numpy.typing as npt

from detection.kinds.masks.run_lengths import RunLengths
from detection.label_map import LabelMap
from training.datasets.box_checks import are_shares, shares_complaint
from training.datasets.dataset import Dataset
from training.datasets.defects import DefectKind
from training.datasets.drafts import ImageDraft, Parsed
from training.datasets.exif_frames import ExifFrame
from training.datasets.formats.files.image_finder import FoundImage, ImageName
from training.datasets.formats.files.own_names import FileOfImage, settle_names
from training.datasets.formats.files.source_files import SourceFiles
from training.datasets.formats.gathering import gather
from training.datasets.formats.image_drafts import draft_of_image
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.shapes import ImageShapes, PatchMask, Shape
from training.datasets.notes import NoteKind, counted
from training.datasets.workers import Workers


def read_shapes(
    files: SourceFiles,
    images: Sequence[ImageShapes],
    options: ReadOptions,
    workers: Workers,
    *,
    classes: Iterable[str] | LabelMap | None = None,
    unread: Iterable[Parsed] = (),
) -> Dataset:
    """The data set.

    Args:
        files: the data set's.
        images: in an order that does not depend on the file system.
        options: the person's.
        workers: read the images' headers.
        classes: the names in order, as the files have them; None for those that objects have.
        unread: the defects of files that could not be read.

    Raises:
        DatasetError: there are no images, or no classes.
    """
    names = _names(files, images)
    _note_lines(files, images)
    found = [
        replace(image, source=each.embedded, name=image.name or each.said[0])
        if image.source is None and each.embedded is not None else image
        for each, image in zip(images, files.images.find_all(names), strict=True)
    ]  # fmt: skip
    keypoint_names = tuple(dict.fromkeys(
        name for each in images for shape in each.shapes for name in shape.keypoints_xyv
    ))  # fmt: skip
    in_shares = {whole: _are_shares(each for each in images if each.whole == whole)
                 for whole in {each.whole for each in images} - {1}}  # fmt: skip
    one = partial(_read_one, keypoint_names=keypoint_names, in_shares=in_shares,
                  needed=options.images_needed, exif_frame=options.exif_frame)  # fmt: skip
    parsed = list(workers.map(one, list(zip(images, found, strict=True)), "images"))
    return gather(
        [*parsed, *unread], files.path, options, classes=options.classes or classes,
        keypoint_names=keypoint_names,
    )  # fmt: skip


def one_class(options: ReadOptions) -> str:
    """The class of objects that have none: the only one of `--classes`; empty without."""
    return options.classes[0] if len(options.classes) == 1 else ""


def most_used(labels: Iterable[str]) -> str:
    """What is there, for a message: the most frequent names, a few of them.

    Example:
        >>> most_used(["cup", "fork", "cup"])
        'cup (2), fork (1)'
    """
    counts = Counter(labels).most_common(5)
    return ", ".join(f"{label} ({count})" for label, count in counts)


def _names(files: SourceFiles, images: Sequence[ImageShapes]) -> list[ImageName]:
    names = [ImageName(each.said, each.beside, (each.split,) if each.split else (), each.split)
             for each in images]  # fmt: skip
    if not all(each.own for each in images):
        return names
    return settle_names(files, [
        FileOfImage(PurePath(each.origin).name, each.own, name, each.size_wh, each.embedded)
        for each, name in zip(images, names, strict=True)
    ])  # fmt: skip


def _note_lines(files: SourceFiles, images: Iterable[ImageShapes]) -> None:
    """A note on lines, which may be scratches and roads, or may be no objects."""
    lines = [
        (shape.label, f"{each.origin}, {shape.place}") for each in images for shape in each.shapes
        if shape.is_line and not shape.ignored and _has_area(shape)
    ]  # fmt: skip
    if lines:
        taken = "taken as an object by the box around it"
        if len(lines) > 1:
            taken = "taken as objects by the boxes around them"
        labels = most_used(label for label, _ in lines)
        message = f"{counted(len(lines), 'line')} {taken}: {labels}; the first is {lines[0][1]}"
        files.note(NoteKind.GUESSED, message)


def _has_area(shape: Shape) -> bool:
    x_min, y_min, x_max, y_max = shape.box_xyxy or (0, 0, 0, 0)
    return x_min < x_max and y_min < y_max


def _read_one(
    work: tuple[ImageShapes, FoundImage],
    *,
    keypoint_names: tuple[str, ...],
    in_shares: Mapping[float | None, bool],
    needed: bool,
    exif_frame: ExifFrame | None,
) -> Parsed:
    each, found = work
    draft = draft_of_image(
        found, each.origin, said_size_wh=each.size_wh, split=each.split, needed=needed,
        exif_frame=exif_frame,
    )  # fmt: skip
    if isinstance(draft, Parsed):
        return draft
    draft.group = each.group
    if each.size_fault:
        repair = "taken from the image"
        draft.report("", DefectKind.BAD_ANNOTATION, each.size_fault, repair)
    for place, message in each.defects:
        draft.drop(place, DefectKind.BAD_ANNOTATION, message)
    scale = np.ones(2)
    if each.whole is not None:
        scale = np.array([draft.width, draft.height]) / each.whole
    shares = in_shares.get(each.whole, False)
    expected = "pixels" if each.whole is None else "percent"
    for shape in each.shapes:
        if shares and (corners := _corners(shape)):
            complaint = shares_complaint(corners[0], expected)
            draft.drop(shape.place, complaint.kind, complaint.message)
        else:
            _add(draft, shape, scale, keypoint_names)
    return draft.finish()


def _are_shares(images: Iterable[ImageShapes]) -> bool:
    """Whether all that is drawn lies in 0..1, where a file has pixels or percent."""
    return are_shares(
        corners for each in images for shape in each.shapes for corners in _corners(shape)
    )


def _corners(shape: Shape) -> list[Sequence[float]]:
    """A shape's box and its polygons' points, in the file's unit; a mask is always of pixels."""
    box: list[Sequence[float]] = [] if shape.box_xyxy is None else [shape.box_xyxy]
    return [*box, *(polygon.ravel().tolist() for polygon in shape.polygons_xy)]


def _add(
    draft: ImageDraft, shape: Shape, scale: npt.NDArray[Any], keypoint_names: tuple[str, ...]
) -> None:
    if shape.unsure:
        draft.report(shape.place, DefectKind.BAD_ANNOTATION, shape.unsure, "first taken")
    box, mask = shape.box_xyxy, None
    if shape.mask is not None:
        mask = _whole_mask(shape.mask, draft)
        if mask is None:
            draft.report(shape.place, DefectKind.BAD_MASK, "a mask without a pixel in the image",
                         "mask dropped")  # fmt: skip
        elif box is None:
            y_min, x_min, y_max, x_max = mask.box_yxyx()
            box = (x_min * draft.width, y_min * draft.height,
                   x_max * draft.width, y_max * draft.height)  # fmt: skip
    corners = None if box is None else (np.array(box) * np.tile(scale, 2)).tolist()
    if shape.ignored and corners is not None:
        draft.ignore(shape.place, corners)
        return
    draft.add(
        shape.place,
        shape.label,
        corners,
        polygons_xy=[polygon * scale for polygon in shape.polygons_xy],
        mask=mask,
        keypoints_xyv=_keypoints(shape, scale, keypoint_names),
        difficult=shape.difficult,
        truncated=shape.truncated,
        crowd=shape.crowd,
    )


def _keypoints(shape: Shape, scale: npt.NDArray[Any], names: tuple[str, ...]) -> Any:
    """(K, 3), x, y and visibility of every name; None where the shape has none."""
    if not shape.keypoints_xyv:
        return None
    points = np.array([shape.keypoints_xyv.get(name, (0, 0, 0)) for name in names], np.float64)
    points[:, :2] *= scale
    return points


def _whole_mask(mask: PatchMask, draft: ImageDraft) -> RunLengths | None:
    """A mask of the whole image; None where no pixel of it is inside."""
    rows, columns = mask.bitmap.shape
    top, left = max(mask.top, 0), max(mask.left, 0)
    bottom, right = min(mask.top + rows, draft.height), min(mask.left + columns, draft.width)
    if top >= bottom or left >= right:
        return None
    whole = np.zeros((draft.height, draft.width), np.bool_)
    whole[top:bottom, left:right] = mask.bitmap[
        top - mask.top : bottom - mask.top, left - mask.left : right - mask.left
    ]
    return RunLengths.of(whole) if whole.any() else None

"""Writing YOLO: `data.yaml`, `images/<split>`, `labels/<split>`."""

from pathlib import Path

import numpy as np
import yaml

from training.datasets.annotated import AnnotatedImage, AnnotatedObject
from training.datasets.box_checks import SMALLEST_SIDE_PX
from training.datasets.dataset import Dataset
from training.datasets.formats.files.image_files import copy_images, flat_names, write_text
from training.datasets.formats.label_map_file import write_label_map
from training.datasets.formats.options import WriteOptions
from training.datasets.outlines import one_outline
from training.datasets.polygons import Points
from training.datasets.workers import Workers


def write(dataset: Dataset, folder: Path, options: WriteOptions, workers: Workers) -> None:
    """Write the data set with boxes; or keypoints where it has them; or else polygons if asked.

    A line of YOLO's holds either keypoints or one polygon: an object in several parts becomes one
    outline with bridges, and the box that is read back is the outline's.
    """
    names = flat_names(dataset.images, suffix_matters=False)
    class_numbers = {name: number for number, name in enumerate(dataset.class_names)}
    copies = []
    for image in dataset.images:
        split = image.split or ""
        name = names[image.split, image.name]
        lines = [
            f"{class_numbers[each.label]} {_numbers(each, image, dataset, options)}\n"
            for each in image.objects
        ]
        write_text(folder / "labels" / split / f"{Path(name).stem}.txt", "".join(lines))
        copies.append((image.source, folder / "images" / split / name))
    write_text(folder / "data.yaml", _description(dataset))
    write_label_map(dataset.label_map, folder)
    copy_images(copies, workers)


def _description(dataset: Dataset) -> str:
    content: dict[str, object] = {
        split: f"images/{split}" for split in dataset.splits if split is not None
    }
    content["names"] = dict(enumerate(dataset.class_names))
    if dataset.keypoint_names:
        content["kpt_shape"] = [len(dataset.keypoint_names), 3]
        content["kpt_names"] = {0: list(dataset.keypoint_names)}
    return str(yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True))


class _Dumper(yaml.SafeDumper):
    """Text with unprintable letters in quotes, where YAML has a way to write them all."""


def _represent_text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = None if text.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def _numbers(
    each: AnnotatedObject, image: AnnotatedImage, dataset: Dataset, options: WriteOptions
) -> str:
    if dataset.keypoint_names:
        count = len(dataset.keypoint_names)
        points = each.keypoints if each.keypoints is not None else np.zeros((count, 3))
        words = (f"{_share(x)} {_share(y)} {visibility:.0f}" for y, x, visibility in points)
        return f"{_box(each)} {' '.join(words)}"
    if options.include_masks and each.has_mask:
        outline = one_outline(each, width=image.width, height=image.height)
        # One that covers nothing would be read back as no object.
        if outline is not None and _smallest_side_px(outline, image) >= SMALLEST_SIDE_PX:
            return " ".join(f"{_share(x)} {_share(y)}" for y, x in outline)
    return _box(each)


def _smallest_side_px(outline: Points, image: AnnotatedImage) -> float:
    return float((np.ptp(outline, axis=0) * (image.height, image.width)).min())


def _box(each: AnnotatedObject) -> str:
    y_min, x_min, y_max, x_max = each.box_yxyx
    values = ((x_min + x_max) / 2, (y_min + y_max) / 2, x_max - x_min, y_max - y_min)
    return " ".join(map(_share, values))


def _share(value: float) -> str:
    """Enough digits that a pixel of the largest image is read back to a thousandth."""
    return f"{value:.10f}".rstrip("0").rstrip(".") or "0"

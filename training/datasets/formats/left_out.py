"""What a format does not keep of a data set, told before it is written."""

from collections.abc import Sequence

from detection.label_map import LabelMapItem
from training.datasets.annotated import AnnotatedObject
from training.datasets.dataset import Dataset
from training.datasets.formats.options import WriteOptions
from training.datasets.formats.registry import FORMATS, Format
from training.datasets.notes import counted, listed


def left_out(dataset: Dataset, format_name: str, options: WriteOptions) -> list[str]:
    """What of a data set a format, or what was asked for, does not keep as it is: a line each."""
    row, notes = FORMATS[format_name], []
    has_splits = any(split is not None for split in dataset.splits)
    if has_splits and row.any_split and "split" not in (options.columns or {"split"}):
        notes.append("the images' splits, for which the columns have no place")
    without = sum(image.split is None for image in dataset.images)
    if has_splits and without and row.name == "yolo":
        images = counted(without, "image")
        notes.append(f"{images} without a split: copied, and not named in data.yaml")
    objects = [each for image in dataset.images for each in image.objects]
    notes += _masks(dataset, objects, row, options)
    with_points = sum(each.keypoints is not None for each in objects)
    if with_points and not row.keypoints:
        notes.append(f"keypoints of {with_points} objects, for which {row.title} has no place")
    regions = sum(len(image.ignored_yxyx) for image in dataset.images)
    if regions and not row.ignored:
        notes.append(f"{regions} regions to ignore, for which {row.title} has no place")
    for flag in ("difficult", "truncated", "crowd"):
        count = sum(getattr(each, flag) for each in objects)
        if count and flag not in row.flags:
            notes.append(f"`{flag}` of {count} objects, for which {row.title} has no place")
    groups = {image.group for image in dataset.images} - {None}
    if groups and not _has_groups(row, options):
        names = f"{counted(len(groups), 'group')} of images ({listed(sorted(map(str, groups)))})"
        notes.append(f"{names}, which stay on one side of a split: {row.title} has no place")
    shown = [f"{item.label} for {item.name}" for item in dataset.label_map
             if item.display_name and not _is_shown(item, row)]  # fmt: skip
    if shown:
        names = counted(len(shown), "display name")
        notes.append(f"{names} ({listed(shown)}), for which {row.title} has no place")
    return notes


def _masks(
    dataset: Dataset, objects: Sequence[AnnotatedObject], row: Format, options: WriteOptions
) -> list[str]:
    with_masks = sum(each.has_mask for each in objects)
    if not with_masks:
        return []
    if not row.masks:
        return [f"masks of {with_masks} objects, for which {row.title} has no place"]
    if not options.include_masks:
        return [f"masks of {with_masks} objects (--include-masks keeps them)"]
    if row.name == "yolo" and dataset.keypoint_names:
        return [f"masks of {with_masks} objects: a line of YOLO's has keypoints or an outline"]
    if "polygon" not in (options.columns or {"polygon"}):
        return [f"masks of {with_masks} objects, for which the columns have no place"]
    in_parts = sum(each.mask is not None or len(each.polygons) > 1 for each in objects)
    if row.outlines and in_parts:
        return [f"parts and holes of {in_parts} masks, each of which becomes one outline"]
    return []


def _has_groups(row: Format, options: WriteOptions) -> bool:
    return row.groups and "group" in (options.columns or {"group"})


def _is_shown(item: LabelMapItem, row: Format) -> bool:
    """Whether a class's display name is read back; KITTI's label map has a name's spaces there."""
    return row.display_names and not (row.name == "kitti" and len(item.name.split()) > 1)

"""Writing COCO's JSON: `annotations/instances_<split>.json` and a folder of images a split."""

import json
from pathlib import Path
from typing import Any

from training.datasets.annotated import NOT_LABELLED, AnnotatedImage, AnnotatedObject
from training.datasets.dataset import Dataset
from training.datasets.formats.files.image_files import copy_images, write_text
from training.datasets.formats.label_map_file import write_label_map
from training.datasets.formats.options import WriteOptions
from training.datasets.workers import Workers


def write(dataset: Dataset, folder: Path, options: WriteOptions, workers: Workers) -> None:
    """Write a JSON file a split; all of them number the classes as the label map does."""
    copies = []
    for split in dataset.splits:
        images = dataset.of_split(split).images
        name = f"instances_{split}.json" if split else "instances.json"
        content = _content(dataset, images, include_masks=options.include_masks)
        write_text(folder / "annotations" / name, json.dumps(content, ensure_ascii=False))
        root = folder / (split or "images")
        copies += [(image.source, root / image.name) for image in images]
    write_label_map(dataset.label_map, folder)
    copy_images(copies, workers)


def _content(
    dataset: Dataset, images: tuple[AnnotatedImage, ...], *, include_masks: bool
) -> dict[str, Any]:
    annotations: list[dict[str, Any]] = []
    image_ids = _image_ids(images)
    for image_id, image in zip(image_ids, images, strict=True):
        for each in image.objects:
            annotation = _annotation(each, image, include_masks=include_masks)
            annotation["id"] = len(annotations) + 1
            annotation["image_id"] = image_id
            annotation["category_id"] = dataset.class_ids[each.label]
            annotations.append(annotation)
    return {
        "images": [
            {"id": image_id, "file_name": image.name, "width": image.width,
             "height": image.height}
            for image_id, image in zip(image_ids, images, strict=True)
        ],
        "annotations": annotations,
        "categories": [_category(dataset, item.id, item.name) for item in dataset.label_map],
    }  # fmt: skip


def _image_ids(images: tuple[AnnotatedImage, ...]) -> list[int | str]:
    """Those that they had, where each has one of its own; else numbers from 1."""
    had = [image.image_id for image in images if image.image_id is not None]
    kept = len(set(had)) == len(images) and len({type(each) for each in had}) == 1
    return had if kept else list(range(1, len(images) + 1))


def _category(dataset: Dataset, number: int, name: str) -> dict[str, Any]:
    category: dict[str, Any] = {"id": number, "name": name, "supercategory": ""}
    if dataset.keypoint_names:
        category |= {"keypoints": list(dataset.keypoint_names), "skeleton": []}
    return category


def _annotation(
    each: AnnotatedObject, image: AnnotatedImage, *, include_masks: bool
) -> dict[str, Any]:
    x_min, y_min, width, height = image.pixels_xywh(each.box_yxyx)
    annotation: dict[str, Any] = {
        "bbox": [x_min, y_min, width, height],
        "iscrowd": int(each.crowd),
        "area": round(width * height, 6),
    }
    # COCO has no word for these two; readers pass over what they do not know.
    if each.difficult:
        annotation["difficult"] = 1
    if each.truncated:
        annotation["truncated"] = 1
    if include_masks and each.has_mask:
        annotation |= _segmentation(each, image)
    if each.keypoints is not None:
        annotation |= _keypoints(each, image)
    if each.area_px is not None:
        annotation["area"] = each.area_px
    return annotation


def _segmentation(each: AnnotatedObject, image: AnnotatedImage) -> dict[str, Any]:
    mask = each.mask_in(width=image.width, height=image.height)
    area = mask.area if mask else 0
    if each.mask is None:
        polygons = [image.pixels_xy(polygon).ravel().tolist() for polygon in each.polygons]
        return {"segmentation": polygons, "area": area}
    return {"segmentation": each.mask.as_coco(), "area": area}


def _keypoints(each: AnnotatedObject, image: AnnotatedImage) -> dict[str, Any]:
    if each.keypoints is None:
        return {}
    points_xy = image.pixels_xy(each.keypoints[:, :2]).tolist()
    visibility = each.keypoints[:, 2].astype(int).tolist()
    values = [number for (x, y), seen in zip(points_xy, visibility, strict=True)
              for number in (x, y, seen)]  # fmt: skip
    labelled = sum(seen != NOT_LABELLED for seen in visibility)
    return {"keypoints": values, "num_keypoints": labelled}

"""COCO's files drawn by Hypothesis, and what pycocotools says of them by its own reader."""

import copy
import json
import math
from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st
from PIL import Image
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from detection.boxes import to_coco_xywh
from detection.detections import Detections
from training.datasets.box_checks import are_shares
from training.datasets.dataset import Dataset

Record = dict[str, Any]
SIZES_WH = ((64, 48), (300, 200), (7, 5), (33, 120))
# Two names alike but for their folders, as cameras write them.
NAMES = ("a.png", "b/1.png", "c/1.png", "d e.png")
KEYPOINT_COUNT = 17
# Scores of two digits are often the same, and then the order counts.
scores = st.one_of(
    st.integers(0, 20).map(lambda tenth: tenth / 20), st.floats(0, 1), st.floats(-50, 50)
)


def draw_images(folder: Path) -> None:
    """The files of `NAMES`, of `SIZES_WH`."""
    for name, size in zip(NAMES, SIZES_WH, strict=True):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", size).save(folder / name)


def _sides(length: int, room: int) -> st.SearchStrategy[tuple[float, float]]:
    """A beginning and a length: half pixels, or with many digits; `room` beyond the side at most.

    Some of it is within.
    """
    whole = st.integers(-2 * room, 2 * (length + room)).map(lambda half: half / 2)
    broken = st.floats(-room, length + room).map(lambda value: float(np.float32(value)))
    ends = st.lists(st.one_of(whole, broken), min_size=2, max_size=2, unique=True)
    return (
        ends.map(sorted)
        .filter(lambda pair: min(length, pair[1]) - max(0, pair[0]) >= 0.5)
        .map(lambda pair: (pair[0], pair[1] - pair[0]))
    )


@st.composite
def boxes_xywh(draw: st.DrawFn, size_wh: tuple[int, int], room: int) -> list[float]:
    x, width = draw(_sides(size_wh[0], room))
    y, height = draw(_sides(size_wh[1], room))
    return [x, y, width, height]


@st.composite
def outlines(draw: st.DrawFn, size_wh: tuple[int, int]) -> Any:
    """Polygons, or run-lengths of either kind."""
    width, height = size_wh
    if draw(st.booleans()):
        points = st.tuples(st.integers(0, 4 * width), st.integers(0, 4 * height))
        polygon = st.lists(points, min_size=3, max_size=6, unique=True)
        return [
            [value / 4 for point in each for value in point]
            for each in draw(st.lists(polygon, min_size=1, max_size=2))
        ]
    rows = sorted(draw(st.lists(st.integers(0, height), min_size=2, max_size=2, unique=True)))
    columns = sorted(draw(st.lists(st.integers(0, width), min_size=2, max_size=2, unique=True)))
    bitmap = np.zeros((height, width), np.uint8, order="F")
    bitmap[slice(*rows), slice(*columns)] = 1
    packed = coco_mask.encode(bitmap)
    if draw(st.booleans()):
        return {"size": [height, width], "counts": packed["counts"].decode()}
    flat = bitmap.ravel(order="F")
    edges = np.flatnonzero(np.diff(flat, prepend=0))
    return {"size": [height, width], "counts": np.diff(edges, prepend=0, append=flat.size).tolist()}


@st.composite
def points_xyv(draw: st.DrawFn, size_wh: tuple[int, int], *, scored: bool) -> list[float]:
    width, height = size_wh
    half_pixels = st.lists(
        st.integers(0, 2 * width * height * 3), min_size=KEYPOINT_COUNT, max_size=KEYPOINT_COUNT
    )
    values: list[float] = []
    for number in draw(half_pixels):
        place, seen = divmod(number, 3)
        values += [place % (2 * width) / 2, place // (2 * width) / 2, 1 if scored else seen]
    return values


@st.composite
def coco_files(draw: st.DrawFn, *, kind: str) -> tuple[Record, list[Record]]:
    """Annotations and results.

    Args:
        draw: Hypothesis's.
        kind: `bbox`, `segm` or `keypoints`: what the results have.
    """
    ids = draw(
        st.one_of(
            st.lists(st.integers(0, 10**12), min_size=1, max_size=4, unique=True),
            st.lists(st.text("ab01-", min_size=1), min_size=1, max_size=4, unique=True),
        )
    )
    places = draw(st.permutations(range(4)))[: len(ids)]
    images: list[Record] = [
        {"id": image_id, "file_name": NAMES[place], "width": SIZES_WH[place][0],
         "height": SIZES_WH[place][1]}
        for image_id, place in zip(ids, places, strict=True)
    ]  # fmt: skip
    category_ids = draw(st.lists(st.integers(0, 90), min_size=1, max_size=3, unique=True))
    points = {"keypoints": [f"p{number}" for number in range(KEYPOINT_COUNT)]}
    categories = [
        {"id": number, "name": f"class {number}", **(points if kind == "keypoints" else {})}
        for number in category_ids
    ]
    annotations: list[Record] = []
    results: list[Record] = []
    for image in images:
        size = (image["width"], image["height"])
        for _ in range(draw(st.integers(0, 4))):
            annotation: Record = draw(_annotations(size, kind, category_ids))
            annotations.append(annotation | {"id": len(annotations) + 1, "image_id": image["id"]})
        for _ in range(draw(st.integers(0, 5))):
            near = [each for each in annotations if each["image_id"] == image["id"]]
            result = draw(_results(size, kind, category_ids, near))
            results.append(result | {"image_id": image["id"]})
    # A box or two below a pixel are taken for shares of the image, and are a defect.
    assume(not are_shares(each["bbox"] for each in annotations))
    shuffled = draw(st.permutations(results))
    content = {"images": images, "annotations": annotations, "categories": categories}
    return content, list(shuffled)


@st.composite
def _annotations(
    draw: st.DrawFn, size_wh: tuple[int, int], kind: str, category_ids: list[int]
) -> Record:
    # As much beyond the edge as is no defect: there the reader clips.
    box = draw(boxes_xywh(size_wh, 1))
    annotation: Record = {
        "bbox": box,
        # COCO's own areas are of the outline, and smaller than the box.
        "area": box[2] * box[3] * draw(st.sampled_from([1, 0.5, 0.01])),
        "iscrowd": int(draw(st.integers(0, 5)) == 0),
        "category_id": draw(st.sampled_from(category_ids)),
    }
    if kind == "segm":
        annotation["segmentation"] = draw(outlines(size_wh))
    if kind == "keypoints":
        annotation["keypoints"] = draw(points_xyv(size_wh, scored=False))
        annotation["num_keypoints"] = sum(seen > 0 for seen in annotation["keypoints"][2::3])
    return annotation


@st.composite
def _results(
    draw: st.DrawFn,
    size_wh: tuple[int, int],
    kind: str,
    category_ids: list[int],
    near: list[Record],
) -> Record:
    # Some are of a category that the data does not have.
    result: Record = {
        "category_id": draw(st.sampled_from([*category_ids, *category_ids, 91])),
        "score": draw(scores),
    }
    # Every other one is where an object is.
    copied: Record = draw(st.sampled_from([{}, *near]))
    if copied:
        result["category_id"] = copied["category_id"]
    if kind == "bbox":
        result["bbox"] = copied.get("bbox") or draw(boxes_xywh(size_wh, 20))
    if kind == "segm":
        result["segmentation"] = copied.get("segmentation") or draw(outlines(size_wh))
        if isinstance(result["segmentation"], list) or "," in str(
            result["segmentation"].get("counts", "")
        ):
            # `loadRes` takes areas of compressed run-lengths alone, where there is no box.
            result["bbox"] = copied.get("bbox") or draw(boxes_xywh(size_wh, 20))
    if kind == "keypoints":
        result["keypoints"] = copied.get("keypoints") or draw(points_xyv(size_wh, scored=True))
    return result


def pycocotools_stats(annotations: Path, results: list[Record], iou_type: str) -> list[float]:
    """What pycocotools says by itself: its own reader of both files, and its evaluation."""
    with redirect_stdout(StringIO()):
        truth = COCO(str(annotations))
        found = truth.loadRes(copy.deepcopy(results))
        evaluation = COCOeval(truth, found, iou_type)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    stats = [float(value) for value in evaluation.stats]
    assert not any(map(math.isnan, stats))
    return stats


def coco_of(truth: Dataset, found: Sequence[Detections], iou_type: str = "bbox") -> COCOeval:
    """pycocotools' own evaluation of them, not run yet; ids of images are places from 1."""
    annotations: list[Record] = []
    results: list[Record] = []
    for number, (image, each) in enumerate(zip(truth.images, found, strict=True), 1):
        size = (image.width, image.height)
        for one in image.objects:
            box = list(image.pixels_xywh(one.box_yxyx))
            annotations.append(
                {"id": len(annotations) + 1, "image_id": number, "bbox": box,
                 "category_id": truth.class_ids[one.label], "area": box[2] * box[3],
                 "iscrowd": int(one.crowd)}
            )  # fmt: skip
        boxes = to_coco_xywh(each.boxes_yxyx, width=size[0], height=size[1]).tolist()
        results += [
            {"image_id": number, "category_id": class_id, "bbox": box, "score": score}
            for class_id, box, score in zip(
                each.class_ids.tolist(), boxes, each.scores.tolist(), strict=True
            )
        ]
    data = COCO()
    data.dataset = {
        "images": [
            {"id": number, "width": each.width, "height": each.height}
            for number, each in enumerate(truth.images, 1)
        ],
        "annotations": annotations,
        "categories": [{"id": each} for each in sorted(truth.class_ids.values())],
    }
    with redirect_stdout(StringIO()):
        data.createIndex()
        return COCOeval(data, data.loadRes(results), iou_type)


def write(folder: Path, content: Record, results: Any) -> tuple[Path, Path]:
    """Both files."""
    (folder / "annotations.json").write_text(json.dumps(content))
    (folder / "results.json").write_text(json.dumps(results))
    return folder / "annotations.json", folder / "results.json"

"""pycocotools' evaluation, fed with a data set and detections instead of files.

What is added to it: difficult objects, as Pascal VOC treats them, and regions in which nobody has
looked, as KITTI has them.
"""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

import numpy as np
from pycocotools import mask as coco_mask
from pycocotools.cocoeval import COCOeval

from detection.boxes import to_coco_xywh
from detection.detections import Detections
from training.datasets.annotated import AnnotatedImage, AnnotatedObject
from training.datasets.dataset import Dataset
from training.evaluation.coco_record import CocoResults, Record

# By image and class.
_Records = defaultdict[tuple[int, int], list[Record]]


class BoxEvaluation(COCOeval):  # type: ignore[misc]  # pycocotools has no types
    """pycocotools' evaluation of boxes.

    Args:
        truth: the images.
        found: what was found in each, in their order, with the class ids of `truth`.

    Attributes:
        order: the place in `truth` of each image as pycocotools counts them.
    """

    def __init__(self, truth: Dataset, found: Sequence[Detections]) -> None:
        super().__init__(iouType="bbox")
        self.params.imgIds = list(range(len(truth.images)))
        self.order = _order(truth)
        self.params.catIds = sorted(truth.class_ids.values())
        self._truth = truth
        self._found = found
        self._as_written = any(isinstance(each, CocoResults) for each in found)

    def _prepare(self) -> None:
        self._gts: _Records = defaultdict(list)
        self._dts: _Records = defaultdict(list)
        self.evalImgs: list[Any] = []
        self.eval: dict[str, Any] = {}
        # Numbers start at 1: a match is written down as the number of its other side, none as 0.
        next_id = 1
        for image_id, place in enumerate(self.order):
            for record in self.objects(self._truth.images[place]):
                self._gts[image_id, record["category_id"]].append(record | {"id": next_id})
                next_id += 1
        next_id = 1
        for image_id, place in enumerate(self.order):
            for record in self.detections(self._truth.images[place], self._found[place]):
                self._dts[image_id, record["category_id"]].append(record | {"id": next_id})
                next_id += 1

    def computeIoU(self, imgId: int, catId: int) -> Any:  # noqa: N802, N803  # pycocotools' names
        """As pycocotools', but what may be found many times is not always compared as a crowd."""
        objects, found = self._gts[imgId, catId], self._dts[imgId, catId]
        if not objects and not found:
            return []
        # `Detections` are by falling score already.
        found = found[: self.params.maxDets[-1]]
        as_crowds = [int(each["compared_as_crowd"]) for each in objects]
        return coco_mask.iou(self.shapes(found), self.shapes(objects), as_crowds)

    def objects(self, image: AnnotatedImage) -> list[Record]:
        """The objects as COCO's annotations, then the unlabelled regions."""
        return _objects(image, self._truth.class_ids, as_written=self._as_written)

    def detections(self, image: AnnotatedImage, found: Detections) -> list[Record]:
        """The detections as COCO's results."""
        return _detections(image, found)

    def shapes(self, records: Sequence[Record]) -> list[Any]:
        """What pycocotools compares: boxes."""
        return [each["bbox"] for each in records]


def summarized(evaluation: COCOeval) -> tuple[str, ...]:
    """The lines that pycocotools prints of an evaluation, after which `stats` has its numbers."""
    with redirect_stdout(StringIO()):
        evaluation.evaluate()
        evaluation.accumulate()
    with redirect_stdout(StringIO()) as printed:
        evaluation.summarize()
    return tuple(printed.getvalue().splitlines())


def _order(truth: Dataset) -> list[int]:
    """The places of the images by their ids, as pycocotools takes them, where each has one.

    Of detections that score the same, those of the image that comes first count first.
    """
    ids: list[Any] = [image.image_id for image in truth.images]
    places = list(range(len(ids)))
    if None in ids or len({type(each) for each in ids}) != 1 or len(set(ids)) != len(ids):
        return places
    return sorted(places, key=ids.__getitem__)


def _objects(image: AnnotatedImage, class_ids: dict[str, int], *, as_written: bool) -> list[Record]:
    """The objects as COCO's annotations.

    COCO results are compared with the boxes as they stand in COCO's file, `as_written`; other
    detections end at the image's edges, and so do the objects.

    What `iscrowd` marks is ignored, and any number of detections may lie on it. A difficult object
    is that, but a detection has to fit it as it would another object.
    """
    records = []
    for each in image.objects:
        written = each.written_xywh if as_written else None
        box = list(written or image.pixels_xywh(each.box_yxyx))
        records.append(
            {
                "category_id": class_ids[each.label],
                "bbox": box,
                "area": _area(each, box, image),
                "iscrowd": int(each.crowd or each.difficult),
                "ignore": int(each.crowd or each.difficult),
                "compared_as_crowd": each.crowd,
            }
        )
    regions_xywh = to_coco_xywh(
        np.array(image.ignored_yxyx, np.float64).reshape(-1, 4),
        width=image.width,
        height=image.height,
    )
    records += [
        {"category_id": class_id, "bbox": box, "area": box[2] * box[3], "iscrowd": 1,
         "ignore": 1, "compared_as_crowd": True}
        for box in regions_xywh.tolist() for class_id in class_ids.values()
    ]  # fmt: skip
    return records


def _area(each: AnnotatedObject, box_xywh: Sequence[float], image: AnnotatedImage) -> float:
    """What the file says, else its mask's, else its box's; in pixels."""
    if each.area_px is not None:
        return each.area_px
    mask = each.mask_in(width=image.width, height=image.height)
    return float(mask.area) if mask is not None else box_xywh[2] * box_xywh[3]


def _detections(image: AnnotatedImage, found: Detections) -> list[Record]:
    if isinstance(found, CocoResults):
        return list(found.records)
    boxes_xywh = to_coco_xywh(found.boxes_yxyx, width=image.width, height=image.height)
    return [
        {"category_id": class_id, "bbox": box, "area": box[2] * box[3], "score": score}
        for class_id, box, score in zip(
            found.class_ids.tolist(), boxes_xywh.tolist(), found.scores.tolist(), strict=True
        )
    ]

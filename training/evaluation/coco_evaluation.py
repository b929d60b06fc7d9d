"""pycocotools' evaluation, fed with a data set and detections instead of files.

What is added to it: difficult objects, as Pascal VOC treats them, and regions in which nobody has
looked, as KITTI has them.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from pycocotools import mask as coco_mask
from pycocotools.cocoeval import COCOeval

from detection.boxes import to_coco_xywh
from detection.detections import Detections
from training.datasets.annotated import AnnotatedPicture
from training.datasets.dataset import Dataset

# An object or a detection, as COCO writes it.
Record = dict[str, Any]
# By picture and class.
_Records = defaultdict[tuple[int, int], list[Record]]


class BoxEvaluation(COCOeval):  # type: ignore[misc]  # pycocotools has no types
    """pycocotools' evaluation of boxes.

    Args:
        truth: the pictures.
        found: what was found in each, in their order, with the class ids of `truth`.
    """

    def __init__(self, truth: Dataset, found: Sequence[Detections]) -> None:
        super().__init__(iouType="bbox")
        self.params.imgIds = list(range(len(truth.pictures)))
        self.params.catIds = sorted(truth.class_ids.values())
        self._truth = truth
        self._found = found

    def _prepare(self) -> None:
        self._gts: _Records = defaultdict(list)
        self._dts: _Records = defaultdict(list)
        self.evalImgs: list[Any] = []
        self.eval: dict[str, Any] = {}
        # Numbers start at 1: a match is written down as the number of its other side, none as 0.
        next_id = 1
        for image_id, picture in enumerate(self._truth.pictures):
            for record in self.objects(picture):
                self._gts[image_id, record["category_id"]].append(record | {"id": next_id})
                next_id += 1
        next_id = 1
        for image_id, (picture, found) in enumerate(
            zip(self._truth.pictures, self._found, strict=True)
        ):
            for record in self.detections(picture, found):
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

    def objects(self, picture: AnnotatedPicture) -> list[Record]:
        """The objects as COCO's annotations, then the regions in which nobody has looked."""
        return _objects(picture, self._truth.class_ids)

    def detections(self, picture: AnnotatedPicture, found: Detections) -> list[Record]:
        """The detections as COCO's results."""
        return _detections(picture, found)

    def shapes(self, records: Sequence[Record]) -> list[Any]:
        """What pycocotools compares: boxes."""
        return [each["bbox"] for each in records]


def _objects(picture: AnnotatedPicture, class_ids: dict[str, int]) -> list[Record]:
    """The objects as COCO's annotations.

    What `iscrowd` marks is ignored, and any number of detections may lie on it. A difficult object
    is that, but a detection has to fit it as it would another object.
    """
    boxes_xywh = to_coco_xywh(
        np.array([each.box_yxyx for each in picture.objects], np.float64).reshape(-1, 4),
        width=picture.width,
        height=picture.height,
    )
    records = []
    for each, box in zip(picture.objects, boxes_xywh.tolist(), strict=True):
        mask = each.mask_in(width=picture.width, height=picture.height)
        records.append(
            {
                "category_id": class_ids[each.label],
                "bbox": box,
                "area": float(mask.area) if mask is not None else box[2] * box[3],
                "iscrowd": int(each.crowd or each.difficult),
                "ignore": int(each.crowd or each.difficult),
                "compared_as_crowd": each.crowd,
            }
        )
    regions_xywh = to_coco_xywh(
        np.array(picture.ignored_yxyx, np.float64).reshape(-1, 4),
        width=picture.width,
        height=picture.height,
    )
    records += [
        {"category_id": class_id, "bbox": box, "area": box[2] * box[3], "iscrowd": 1,
         "ignore": 1, "compared_as_crowd": True}
        for box in regions_xywh.tolist() for class_id in class_ids.values()
    ]  # fmt: skip
    return records


def _detections(picture: AnnotatedPicture, found: Detections) -> list[Record]:
    boxes_xywh = to_coco_xywh(found.boxes_yxyx, width=picture.width, height=picture.height)
    return [
        {"category_id": class_id, "bbox": box, "area": box[2] * box[3], "score": score}
        for class_id, box, score in zip(
            found.class_ids.tolist(), boxes_xywh.tolist(), found.scores.tolist(), strict=True
        )
    ]

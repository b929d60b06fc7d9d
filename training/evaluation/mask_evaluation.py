"""pycocotools' evaluation of masks, fed as that of boxes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from pycocotools import mask as coco_mask

from detection.detections import Detections
from detection.kinds.masks.kind import MASKS
from training.datasets.annotated import AnnotatedImage
from training.datasets.dataset import Dataset
from training.evaluation.coco_evaluation import BoxEvaluation
from training.evaluation.coco_record import CocoResults, Record, rectangle


class MaskEvaluation(BoxEvaluation):
    """pycocotools' evaluation of masks; an object of which only the box is known is its box.

    Args:
        truth: the images.
        found: what was found in each, in their order, with masks and the class ids of `truth`.

    Raises:
        ValueError: detections without masks.
    """

    def __init__(self, truth: Dataset, found: Sequence[Detections]) -> None:
        super().__init__(truth, found)
        # pycocotools keeps the limits; what it compares is this class's own.
        self.params.iouType = "segm"

    def objects(self, image: AnnotatedImage) -> list[Record]:
        """The objects as COCO's annotations, each with its run-lengths."""
        records = super().objects(image)
        for number, record in enumerate(records):
            mask = None
            if number < len(image.objects):
                mask = image.objects[number].mask_in(width=image.width, height=image.height)
            record["segmentation"] = (
                mask.as_coco() if mask is not None else _rectangle(record["bbox"], image)
            )
        return records

    def detections(self, image: AnnotatedImage, found: Detections) -> list[Record]:
        """The detections as COCO's results, each as large as its mask."""
        records = super().detections(image, found)
        if isinstance(found, CocoResults):
            return [_with_mask(record, image) for record in records]
        if not records:
            return records
        masks = MASKS.over_image(found, width=image.width, height=image.height)
        if masks is None:
            raise ValueError(
                f"{image.name}: masks are to be measured, but the detections have none"
            )
        for record, mask in zip(records, masks, strict=True):
            record["segmentation"] = mask.as_coco()
            record["area"] = float(mask.area)
        return records

    def shapes(self, records: Sequence[Record]) -> list[Any]:
        """What pycocotools compares: run-lengths."""
        return [each["segmentation"] for each in records]


def _with_mask(record: Record, image: AnnotatedImage) -> Record:
    """As pycocotools reads results: one without a mask is its box, and its area is the file's."""
    if "segmentation" in record:
        return record
    drawn = rectangle(record["bbox"], width=image.width, height=image.height)
    return record | {"segmentation": drawn}


def _rectangle(box_xywh: list[float], image: AnnotatedImage) -> Any:
    return coco_mask.frPyObjects(np.array([box_xywh]), image.height, image.width)[0]


def has_masks(found: Sequence[Detections]) -> bool:
    """Whether what was found has masks: where something was found, all of it.

    Of COCO results one is enough: pycocotools takes the box of the others.
    """
    results = [each for each in found if isinstance(each, CocoResults)]
    if results:
        return any("segmentation" in record for each in results for record in each.records)
    asked = [each for each in found if len(each)]
    return bool(asked) and all(MASKS in each.extras for each in asked)

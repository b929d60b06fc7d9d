"""pycocotools' evaluation of keypoints by object keypoint similarity (OKS), fed as that of boxes.

Source: cocodataset.org, "Keypoint Evaluation". A point that is off by sigma times twice the root of
the object's area is similar by 0.61 (e to the -1/2). The sigmas of COCO's 17 points of a person are
COCO's, measured of each; for K points of other things, nobody has measured any, and all are 1 / K.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from pycocotools.cocoeval import Params

from detection.detections import Detections
from detection.kinds.keypoints.kind import KEYPOINTS
from training.datasets.annotated import NOT_LABELLED, AnnotatedImage
from training.datasets.dataset import Dataset, label_map_of
from training.evaluation.beside_boxes import BesideMetrics
from training.evaluation.coco_evaluation import BoxEvaluation, summarized
from training.evaluation.coco_record import CocoResults, Record
from training.evaluation.errors import EvaluationError

# The one class of all, where classes are not compared.
ANY = "any"
# In the order of the lines that pycocotools prints.
METRICS = (
    "ap", "ap50", "ap75", "ap_medium", "ap_large", "ar", "ar50", "ar75", "ar_medium", "ar_large",
)  # fmt: skip


class OksEvaluation(BoxEvaluation):
    """pycocotools' evaluation of keypoints.

    Args:
        truth: the images; an object without keypoints that are labelled is ignored.
        found: with keypoints, COCO results or others.
    """

    def __init__(self, truth: Dataset, found: Sequence[Detections]) -> None:
        super().__init__(truth, found)
        self.params, boxes = Params(iouType="keypoints"), self.params
        self.params.imgIds, self.params.catIds = boxes.imgIds, boxes.catIds
        count = len(truth.keypoint_names)
        if count != len(self.params.kpt_oks_sigmas):
            self.params.kpt_oks_sigmas = np.full(count, 1 / count)

    def objects(self, image: AnnotatedImage) -> list[Record]:
        """The objects as COCO's annotations, each with its keypoints."""
        records = super().objects(image)
        count = len(self._truth.keypoint_names)
        # Of regions in which nobody has looked, nothing is known of points.
        for record, each in zip(records, image.objects, strict=False):
            points = each.keypoints if each.keypoints is not None else np.zeros((count, 3))
            in_pixels = np.column_stack([image.pixels_xy(points[:, :2]), points[:, 2]])
            record["keypoints"] = in_pixels.ravel().tolist()
            if not (points[:, 2] != NOT_LABELLED).any():
                record["ignore"] = 1
        return records[: len(image.objects)]

    def detections(self, image: AnnotatedImage, found: Detections) -> list[Record]:
        """The detections as COCO's results, each with its keypoints, as large as these spread."""
        records = super().detections(image, found)
        keypoints = KEYPOINTS.of(found)
        if isinstance(found, CocoResults) or keypoints is None:
            return records
        for record, points in zip(records, keypoints, strict=True):
            in_pixels = image.pixels_xy(np.asarray(points[:, :2], np.float64))  # (K, 2)
            record["keypoints"] = np.column_stack([in_pixels, points[:, 2]]).ravel().tolist()
            sides = in_pixels.max(axis=0) - in_pixels.min(axis=0)
            record["area"] = float(sides.prod())
        return records


@dataclass(frozen=True, eq=False)
class OksMetrics:
    """COCO's ten numbers of keypoints.

    Args:
        values: by the names in `METRICS`, each 0..1, or -1 where there is no object of the size.
        lines: as pycocotools prints them.
        sigmas: of each point.
    """

    values: dict[str, float]
    lines: tuple[str, ...]
    sigmas: tuple[float, ...]

    @property
    def sigmas_text(self) -> str:
        """Where the sigmas are from, in a sentence."""
        count = len(self.sigmas)
        if len(set(self.sigmas)) > 1:
            return f"OKS sigmas: COCO's own of a person's {count} points."
        return f"OKS sigmas: 1/{count} for each of the {count} points: none were measured of them."

    def as_json(self) -> dict[str, Any]:
        """For `json.dumps`."""
        return {
            "coco": self.values, "coco_lines": list(self.lines), "sigmas": list(self.sigmas),
            "sigmas_are": self.sigmas_text,
        }  # fmt: skip


def oks_metrics(truth: Dataset, found: Sequence[Detections]) -> OksMetrics | None:
    """COCO's numbers of keypoints; None where data or results have none.

    Raises:
        EvaluationError: a result has no keypoints, or another number of them.
    """
    records = [each for one in found if isinstance(one, CocoResults) for each in one.records]
    count = len(truth.keypoint_names)
    if not count or not any("keypoints" in each for each in records):
        return None
    for each in records:
        numbers = len(each.get("keypoints", ()))
        if numbers != 3 * count:
            raise EvaluationError(
                f"results of the data's {count} keypoints have {3 * count} numbers each, x, y and "
                f"a score of every one, but one has {numbers}"
            )
    return _measured(truth, found)


def keypoints_beside(truth: Dataset, found: Sequence[Detections]) -> BesideMetrics | None:
    """The same for a report.

    Raises:
        EvaluationError: as `oks_metrics`.
    """
    oks = oks_metrics(truth, found)
    if oks is None:
        return None
    return BesideMetrics("keypoints (OKS)", oks.values, oks.lines, oks.as_json(), oks.sigmas_text)


def keypoint_oks(truth: Dataset, found: Sequence[Detections]) -> OksMetrics:
    """COCO's numbers of keypoints of any detections; classes are not compared, as PCK does not.

    Args:
        truth: with keypoints.
        found: what was found in each image, with as many keypoints, or none at all.
    """
    label_map = label_map_of((ANY,))
    images = tuple(
        replace(each, objects=tuple(replace(one, label=ANY) for one in each.objects))
        for each in truth.images
    )
    of_one_class = [
        each if KEYPOINTS in each.extras and len(each) else each.select(max_detections=0)
        for each in found
    ]
    return _measured(
        replace(truth, label_map=label_map, images=images),
        [replace(each, class_ids=np.ones_like(each.class_ids)) for each in of_one_class],
    )


def _measured(truth: Dataset, found: Sequence[Detections]) -> OksMetrics:
    evaluation = OksEvaluation(truth, found)
    lines = summarized(evaluation)
    values = [float(value) for value in evaluation.stats]
    return OksMetrics(
        dict(zip(METRICS, values, strict=True)),
        lines,
        tuple(float(each) for each in evaluation.params.kpt_oks_sigmas),
    )

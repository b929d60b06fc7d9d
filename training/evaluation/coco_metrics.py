"""The twelve numbers of COCO, and those of each class, by pycocotools.

Source: cocodataset.org, "Detection Evaluation"; pycocotools' `cocoeval.py` computes them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from detection.detections import Detections
from training.datasets.dataset import Dataset
from training.evaluation.coco_evaluation import BoxEvaluation, summarized
from training.evaluation.mask_evaluation import MaskEvaluation

# In the order of the lines that pycocotools prints.
METRICS = (
    "ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large",
    "ar_1", "ar_10", "ar_100", "ar_small", "ar_medium", "ar_large",
)  # fmt: skip
# What COCO says of a class without objects, or of a size that no object has.
NOT_MEASURED = -1.0
# By what pycocotools calls them.
EVALUATIONS: dict[str, type[BoxEvaluation]] = {"bbox": BoxEvaluation, "segm": MaskEvaluation}
# Of pycocotools' parameters: all sizes, and 100 detections a class and image.
_ALL_SIZES, _HUNDRED = 0, 2


@dataclass(frozen=True, eq=False)
class ClassMatches:
    """All detections of a class, by falling score, and whether each found an object.

    Args:
        scores: (N,) float64.
        found: (T, N) bool, it found an object that counts; T rows for the ten limits of IoU,
            0.5, 0.55, ... 0.95.
        counted: (T, N) bool, it is right or wrong; false where it lies on what is ignored.
        image_of: (N,) int64, the place of each one's image in the data set.
        objects_of: (I,) float64, how many objects of the class count in each of the images.
    """

    scores: npt.NDArray[np.float64]
    found: npt.NDArray[np.bool_]
    counted: npt.NDArray[np.bool_]
    image_of: npt.NDArray[np.int64]
    objects_of: npt.NDArray[np.float64]

    @property
    def object_count(self) -> int:
        """The objects that count."""
        return int(self.objects_of.sum())


@dataclass(frozen=True, eq=False)
class ClassMetrics:
    """One class; its numbers are 0..1, or -1 where it has no objects.

    Args:
        name: of the class.
        ap: average precision, the mean over IoU 0.5 to 0.95.
        ap50: at IoU 0.5.
        ap75: at IoU 0.75.
        ar_100: average recall with 100 detections an image.
        matches: what they come from.
    """

    name: str
    ap: float
    ap50: float
    ap75: float
    ar_100: float
    matches: ClassMatches

    @property
    def object_count(self) -> int:
        """How many objects count; crowds and difficult ones do not."""
        return self.matches.object_count


@dataclass(frozen=True, eq=False)
class CocoMetrics:
    """COCO's numbers of one detector on one data set.

    Args:
        values: by the names in `METRICS`, each 0..1, or -1 where there is no object of the size.
        lines: the twelve lines as pycocotools prints them.
        classes: by rising number in the label map.
        image_count: of the data set.
    """

    values: dict[str, float]
    lines: tuple[str, ...]
    classes: tuple[ClassMetrics, ...]
    image_count: int

    @property
    def ap(self) -> float:
        """The mean over IoU 0.5 to 0.95, which COCO ranks by (mAP50-95)."""
        return self.values["ap"]

    @property
    def ap50(self) -> float:
        """At IoU 0.5 (mAP50)."""
        return self.values["ap50"]

    @property
    def score(self) -> float:
        """By which checkpoints are ranked: AP."""
        return self.ap

    @property
    def score_name(self) -> str:
        """What people call that."""
        return "AP"

    def summary(self) -> str:
        """A few numbers for a line of a log."""
        return f"AP {self.ap:.4f} AP50 {self.ap50:.4f}"

    def of_parts(self) -> dict[str, dict[str, float]]:
        """AP and AP50 by class."""
        return {each.name: {"ap": each.ap, "ap50": each.ap50} for each in self.classes}

    def table(self) -> str:
        """The twelve lines as pycocotools prints them."""
        return "\n".join(self.lines)

    def as_json(self) -> dict[str, Any]:
        """For `json.dumps`."""
        return {
            "coco": self.values,
            "classes": [
                {"name": each.name, "objects": each.object_count, "ap": each.ap,
                 "ap50": each.ap50, "ap75": each.ap75, "ar_100": each.ar_100}
                for each in self.classes
            ],
        }  # fmt: skip


def coco_metrics(
    truth: Dataset, found: Sequence[Detections], *, iou_type: str = "bbox"
) -> CocoMetrics:
    """Compare what was found with what is there.

    Objects that are difficult are neither missed nor wrong to find, as in Pascal VOC. Crowds are
    COCO's: what lies in one is not wrong. So are unlabelled regions, of any class.
    Small, medium and large are COCO's, in pixels of the image itself; as in COCO's own files, an
    object with polygons or a mask is as large as that, another as its box.

    Args:
        truth: the images; their pixels are not read.
        found: what was found in each, in their order; class ids are those of `truth.label_map`,
            others are passed over. Of a class, the 100 that score best count in an image.
        iou_type: what is compared: `bbox`, boxes, or `segm`, masks.

    Raises:
        ValueError: `found` is of another length or without the masks that are to be compared, or
            `iou_type` is not known.

    Example:
        >>> from training.datasets.dataset import label_map_of
        >>> coco_metrics(Dataset(label_map_of(["hand"]), ()), []).ap
        -1.0
    """
    if iou_type not in EVALUATIONS:
        raise ValueError(f"{' or '.join(EVALUATIONS)} is compared, not {iou_type!r}")
    if len(found) != len(truth.images):
        raise ValueError(f"detections of {len(found)} images for {len(truth.images)} images")
    evaluation = EVALUATIONS[iou_type](truth, found)
    lines = summarized(evaluation)
    values = [float(value) for value in evaluation.stats]
    return CocoMetrics(
        values=dict(zip(METRICS, values, strict=True)),
        lines=lines,
        classes=tuple(
            _class_metrics(evaluation, row, name) for row, name in enumerate(truth.class_names)
        ),
        image_count=len(truth.images),
    )


def _class_metrics(evaluation: BoxEvaluation, row: int, name: str) -> ClassMetrics:
    # (T, R, K, A, M): limits of IoU, 101 recalls, classes, sizes, detections an image.
    precision = evaluation.eval["precision"][:, :, row, _ALL_SIZES, _HUNDRED]  # (T, R)
    recall = evaluation.eval["recall"][:, row, _ALL_SIZES, _HUNDRED]  # (T,)
    return ClassMetrics(
        name=name,
        ap=_mean(precision),
        ap50=_mean(precision[0]),
        ap75=_mean(precision[5]),
        ar_100=_mean(recall),
        matches=_matches(evaluation, row),
    )


def _matches(evaluation: BoxEvaluation, row: int) -> ClassMatches:
    image_count, size_count = len(evaluation.params.imgIds), len(evaluation.params.areaRng)
    start = (row * size_count + _ALL_SIZES) * image_count
    all_images = evaluation.evalImgs[start : start + image_count]
    places = [place for place, each in zip(evaluation.order, all_images, strict=True) if each]
    images = [each for each in all_images if each]
    objects_of = np.zeros(image_count)
    for place, each in zip(places, images, strict=True):
        objects_of[place] = (each["gtIgnore"] == 0).sum()
    limits = len(evaluation.params.iouThrs)
    scores = np.concatenate([np.zeros(0), *(each["dtScores"] for each in images)])
    empty = np.zeros((limits, 0), bool)
    matched = np.hstack([empty, *(each["dtMatches"] != 0 for each in images)])
    ignored = np.hstack([empty, *(each["dtIgnore"] for each in images)]).astype(bool)
    order = np.argsort(-scores, kind="stable")
    return ClassMatches(
        scores=scores[order],
        found=(matched & ~ignored)[:, order],
        counted=~ignored[:, order],
        image_of=np.repeat(np.array(places, np.int64), [len(each["dtScores"]) for each in images])[
            order
        ],
        objects_of=objects_of,
    )


def _mean(values: npt.NDArray[Any]) -> float:
    measured = values[values > NOT_MEASURED]
    return float(measured.mean()) if measured.size else NOT_MEASURED

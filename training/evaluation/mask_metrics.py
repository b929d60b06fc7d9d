"""COCO's numbers of a model of masks: those of the masks first, and those of the boxes."""

from collections.abc import Sequence
from dataclasses import dataclass

from detection.detections import Detections
from training.datasets.dataset import Dataset
from training.evaluation.beside_boxes import BesideMetrics
from training.evaluation.coco_metrics import CocoMetrics, coco_metrics
from training.evaluation.mask_evaluation import has_masks

# What the numbers of masks are called, so that `ap` is the boxes' everywhere.
PREFIX = "segm_"


@dataclass(frozen=True, eq=False)
class MaskMetrics:
    """Both of COCO's evaluations of the same detections.

    Args:
        masks: by the IoU of masks (segm).
        boxes: by that of boxes (bbox).
    """

    masks: CocoMetrics
    boxes: CocoMetrics

    @property
    def values(self) -> dict[str, float]:
        """The boxes' by their names, and the masks' with `segm_` before them."""
        of_masks = {f"{PREFIX}{name}": value for name, value in self.masks.values.items()}
        return {**self.boxes.values, **of_masks}

    @property
    def score(self) -> float:
        """By which checkpoints are ranked: the masks' AP."""
        return self.masks.ap

    @property
    def score_name(self) -> str:
        """What people call that."""
        return "segm AP"

    def summary(self) -> str:
        """A few numbers for a line of a log."""
        return f"segm {self.masks.summary()} bbox {self.boxes.summary()}"

    def of_parts(self) -> dict[str, dict[str, float]]:
        """AP and AP50 of both, by class."""
        return {
            mask.name: {
                "ap": box.ap, "ap50": box.ap50,
                f"{PREFIX}ap": mask.ap, f"{PREFIX}ap50": mask.ap50,
            }
            for mask, box in zip(self.masks.classes, self.boxes.classes, strict=True)
        }  # fmt: skip

    def table(self) -> str:
        """Both times twelve lines, as pycocotools prints them."""
        return f"segm\n{self.masks.table()}\nbbox\n{self.boxes.table()}"


def mask_metrics(truth: Dataset, found: Sequence[Detections]) -> MaskMetrics:
    """Compare masks and boxes with what is there.

    Args:
        truth: the images.
        found: what was found in each, in their order, with masks.

    Raises:
        ValueError: `found` is of another length, or without masks.
    """
    return MaskMetrics(coco_metrics(truth, found, iou_type="segm"), coco_metrics(truth, found))


def masks_beside(truth: Dataset, found: Sequence[Detections]) -> BesideMetrics | None:
    """COCO's numbers of the masks alone; None where what was found has none."""
    if not has_masks(found):
        return None
    metrics = coco_metrics(truth, found, iou_type="segm")
    document = {**metrics.as_json(), "coco_lines": list(metrics.lines)}
    return BesideMetrics("masks (segm)", metrics.values, metrics.lines, document)

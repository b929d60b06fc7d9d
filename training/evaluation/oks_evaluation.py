"""pycocotools' evaluation of keypoints by object keypoint similarity (OKS), fed as that of boxes.

Source: cocodataset.org, "Keypoint Evaluation". The similarity of COCO's 17 points of a person takes
what COCO measured of each; for other numbers of points, all count alike: 1 / K.
"""

from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any

import numpy as np
from pycocotools.cocoeval import Params

from detection.detections import Detections
from training.datasets.annotated import NOT_LABELLED, AnnotatedPicture
from training.datasets.dataset import Dataset
from training.evaluation.coco_evaluation import BoxEvaluation
from training.evaluation.coco_record import CocoResults, Record
from training.evaluation.errors import EvaluationError

# In the order of the lines that pycocotools prints.
METRICS = (
    "ap", "ap50", "ap75", "ap_medium", "ap_large", "ar", "ar50", "ar75", "ar_medium", "ar_large",
)  # fmt: skip


class OksEvaluation(BoxEvaluation):
    """pycocotools' evaluation of keypoints.

    Args:
        truth: the images; an object without keypoints that are labelled is ignored.
        found: COCO results with keypoints.
    """

    def __init__(self, truth: Dataset, found: Sequence[Detections]) -> None:
        super().__init__(truth, found)
        self.params, boxes = Params(iouType="keypoints"), self.params
        self.params.imgIds, self.params.catIds = boxes.imgIds, boxes.catIds
        count = len(truth.keypoint_names)
        if count != len(self.params.kpt_oks_sigmas):
            self.params.kpt_oks_sigmas = np.full(count, 1 / count)

    def objects(self, picture: AnnotatedPicture) -> list[Record]:
        """The objects as COCO's annotations, each with its keypoints."""
        records = super().objects(picture)
        count = len(self._truth.keypoint_names)
        # Of regions in which nobody has looked, nothing is known of points.
        for record, each in zip(records, picture.objects, strict=False):
            points = each.keypoints if each.keypoints is not None else np.zeros((count, 3))
            in_pixels = np.column_stack([picture.pixels_xy(points[:, :2]), points[:, 2]])
            record["keypoints"] = in_pixels.ravel().tolist()
            if not (points[:, 2] != NOT_LABELLED).any():
                record["ignore"] = 1
        return records[: len(picture.objects)]


@dataclass(frozen=True, eq=False)
class OksMetrics:
    """COCO's ten numbers of keypoints.

    Args:
        values: by the names in `METRICS`, each 0..1, or -1 where there is no object of the size.
        lines: as pycocotools prints them.
    """

    values: dict[str, float]
    lines: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """For `json.dumps`."""
        return {"coco": self.values, "coco_lines": list(self.lines)}


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
    evaluation = OksEvaluation(truth, found)
    with redirect_stdout(StringIO()):
        evaluation.evaluate()
        evaluation.accumulate()
    with redirect_stdout(StringIO()) as printed:
        evaluation.summarize()
    values = [float(value) for value in evaluation.stats]
    return OksMetrics(
        dict(zip(METRICS, values, strict=True)), tuple(printed.getvalue().splitlines())
    )

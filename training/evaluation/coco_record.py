"""One COCO result, checked, with the parts that pycocotools' `loadRes` adds.

Source: `COCO.loadRes` and `COCO.annToRLE` of pycocotools. A result's area is its box's where it has
one, else its mask's, else that of the box around its keypoints.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pycocotools import mask as coco_mask

from detection.detections import Detections
from detection.kinds.masks.kind import MASKS
from detection.kinds.masks.run_lengths import RunLengths

# A result or an annotation, as COCO writes it.
Record = dict[str, Any]
# Drawing an outline takes memory by its length.
FARTHEST_PX = 1e6
_FARTHEST_SHARE = 1e9


@dataclass(frozen=True, eq=False)
class CocoResults(Detections):
    """What COCO results say of one image: `Detections`, and each record to the last digit.

    The boxes are cut at the image's edges, at most 100, and are drawn. What pycocotools counts are
    the records, and the confusion matrix is of the first of them.

    Args:
        records: `category_id`, `bbox`, `area` and `score`, and `segmentation` (COCO's compressed
            run-lengths) and `keypoints` where the file has them; by falling score. The first are
            those of the boxes.
    """

    records: tuple[Record, ...] = ()

    def __getitem__(self, rows: npt.NDArray[Any] | slice) -> "CocoResults":
        """Those of the given rows, and of the records theirs alone."""
        some = super().__getitem__(rows)
        places = np.arange(len(self))[rows].tolist()
        return CocoResults(
            some.boxes_yxyx, some.scores, some.class_ids, some.extras,
            records=tuple(self.records[place] for place in places),
        )  # fmt: skip

    def written_yxyx(self, *, width: int, height: int) -> npt.NDArray[np.float64]:
        """(N, 4): the boxes as shares of an image of that size, beyond its edges where they are."""
        return shares_yxyx([each["bbox"] for each in self.records[: len(self)]], width, height)


def shares_yxyx(
    boxes_xywh: Sequence[Sequence[float]], width: int, height: int
) -> npt.NDArray[np.float64]:
    """Boxes [x, y, width, height] in pixels as (N, 4) shares of the image, not cut at its edges."""
    boxes = np.array(boxes_xywh, np.float64).reshape(-1, 4)
    corners = np.hstack([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]])[:, [1, 0, 3, 2]]
    # Areas of numbers of 300 digits would be infinite, and overlap with everything.
    return np.clip(corners / ([height, width] * 2), -_FARTHEST_SHARE, _FARTHEST_SHARE)


def checked_record(record: Record, *, width: int, height: int) -> Record:
    """What is compared of a result.

    Args:
        record: as it stands in the file; its category is looked at by the caller.
        width: of its image, in pixels.
        height: of its image, in pixels.

    Raises:
        ValueError: a part is missing or is something else; says which.
    """
    score = record.get("score")
    if not _is_number(score):
        raise ValueError(f"a score, a finite number, was expected, not {_told(record, 'score')}")
    checked: Record = {"category_id": record["category_id"], "score": score}
    if record.get("keypoints"):
        checked["keypoints"] = _numbers(record["keypoints"], "keypoints", None)
    if record.get("segmentation"):
        checked["segmentation"] = _run_lengths(record["segmentation"], width, height)
    if record.get("bbox"):
        x, y, box_width, box_height = _numbers(record["bbox"], "bbox", 4)
        return checked | {"bbox": [x, y, box_width, box_height], "area": box_width * box_height}
    if "segmentation" in checked:
        box = coco_mask.toBbox(checked["segmentation"]).tolist()
        return checked | {"bbox": box, "area": float(coco_mask.area(checked["segmentation"]))}
    if "keypoints" in checked:
        x, y = checked["keypoints"][0::3], checked["keypoints"][1::3]
        box = [min(x), min(y), max(x) - min(x), max(y) - min(y)]
        return checked | {"bbox": box, "area": box[2] * box[3]}
    raise ValueError(
        f"a bbox of x, y, width and height was expected, not {_told(record, 'bbox')}, and there is "
        "neither a segmentation nor keypoints"
    )


def rectangle(bbox: Sequence[float], *, width: int, height: int) -> Any:
    """The pixels of a box, as `loadRes` draws it where a result has no mask."""
    x, y, box_width, box_height = bbox
    right, bottom = x + box_width, y + box_height
    return _drawn([[x, y, x, bottom, right, bottom, right, y]], width, height)


def _run_lengths(segmentation: Any, width: int, height: int) -> Any:
    if isinstance(segmentation, list):
        polygons = [_numbers(each, "polygon", None) for each in segmentation]
        if any(len(each) < 6 or len(each) % 2 for each in polygons):
            raise ValueError("polygons of three points or more, x and y in turn, were expected")
        return _drawn(polygons, width, height)
    if not isinstance(segmentation, dict) or segmentation.get("size") != [height, width]:
        size = segmentation.get("size") if isinstance(segmentation, dict) else segmentation
        raise ValueError(
            f"run-lengths of the image's size, [{height}, {width}], were expected, not {size!r}"
        )
    counts = segmentation.get("counts")
    if isinstance(counts, list):
        numbers = [int(each) for each in _numbers(counts, "counts", None)]
        mask = RunLengths.of_counts(numbers, width=width, height=height)
    elif isinstance(counts, str):
        mask = RunLengths.of_coco(segmentation)
    else:
        raise ValueError("counts of run-lengths, a text or a list, were expected")  # noqa: TRY004 (one kind for all that a file can hold)
    return mask.as_coco()


def _drawn(polygons: list[list[float]], width: int, height: int) -> Any:
    if max(abs(value) for each in polygons for value in each) > FARTHEST_PX:
        raise ValueError(f"an outline goes {FARTHEST_PX:.0f} pixels beyond its image")
    return coco_mask.merge(coco_mask.frPyObjects(polygons, height, width))


def _numbers(values: Any, name: str, count: int | None) -> list[float]:
    if not isinstance(values, list) or not all(map(_is_number, values)):
        raise ValueError(f"{name}: finite numbers in a list were expected, not {str(values)[:80]}")
    if (len(values) != count) if count is not None else not values:
        raise ValueError(f"{name}: {count or 'some'} numbers were expected, not {len(values)}")
    return [float(value) for value in values]


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < 1e300 if isinstance(value, int) else math.isfinite(value)


def _told(record: Record, key: str) -> str:
    return repr(record[key])[:80] if key in record else "none"


def as_detections(records: Sequence[Record], *, width: int, height: int, most: int) -> CocoResults:
    """The checked records of one image, of that size; their categories are numbers.

    Args:
        records: in the file's order, which decides between equal scores.
        width: in pixels.
        height: in pixels.
        most: so many of the best have boxes; all are kept as records.
    """
    order = np.argsort([-each["score"] for each in records], kind="mergesort").tolist()
    ordered = tuple(records[place] for place in order)
    best = ordered[:most]
    shares = np.clip(shares_yxyx([each["bbox"] for each in best], width, height), 0, 1)
    masks = _whole_masks(best)
    return CocoResults(
        shares.astype(np.float32),
        np.clip([each["score"] for each in best], -1e30, 1e30).astype(np.float32),
        np.array([each["category_id"] for each in best], np.int64),
        {MASKS: masks} if masks is not None else {},
        records=ordered,
    )


def _whole_masks(records: Sequence[Record]) -> tuple[RunLengths, ...] | None:
    """Of records that all have some."""
    if not records or not all("segmentation" in each for each in records):
        return None
    return tuple(RunLengths.of_coco(each["segmentation"]) for each in records)

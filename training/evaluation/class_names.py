"""A detector's classes and a data set's: the same name is the same class, whatever the numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from detection.detections import Detections
from detection.label_map import LabelMap, LabelMapItem
from training.evaluation.coco_record import CocoResults


def label_map_from(names: Mapping[int, str]) -> LabelMap:
    """The label map of a detector that numbers its classes so.

    Raises:
        LabelMapError: there is none, a number is below 0, or a name is empty.
    """
    return LabelMap(tuple(LabelMapItem(number, name) for number, name in sorted(names.items())))


@dataclass(frozen=True)
class ClassNames:
    """How a detector's class numbers become a data set's.

    Args:
        numbers: the data set's number of each of the detector's.
        only_detector: names that the data set does not have; what is found of them is left out.
        only_data: names that the detector does not have; their objects are all missed.
    """

    numbers: dict[int, int]
    only_detector: tuple[str, ...]
    only_data: tuple[str, ...]

    @classmethod
    def matched(cls, detector: LabelMap | None, data: LabelMap) -> "ClassNames":
        """Match by name, else by what people are shown.

        Args:
            detector: None where nothing names its classes; its numbers are then the data set's.
            data: the data set's.

        Example:
            >>> detector = LabelMap((LabelMapItem(1, "face"), LabelMapItem(4, "open")))
            >>> data = LabelMap((LabelMapItem(1, "open"), LabelMapItem(2, "fist")))
            >>> ClassNames.matched(detector, data)
            ClassNames(numbers={4: 1}, only_detector=('face',), only_data=('fist',))
        """
        if detector is None:
            return cls({item.id: item.id for item in data}, (), ())
        numbers: dict[int, int] = {}
        for item in detector:
            number = _number_of(item, data)
            if number is not None and number not in numbers.values():
                numbers[item.id] = number
        return cls(
            numbers,
            tuple(item.label for item in detector if item.id not in numbers),
            tuple(item.label for item in data if item.id not in numbers.values()),
        )

    @classmethod
    def numbered(cls, numbers: Mapping[int, int]) -> "ClassNames":
        """Of a detector whose numbers are known to be the data's, or its files'."""
        return cls(dict(numbers), (), ())

    def as_data(self, found: Detections) -> Detections:
        """`found` with the data set's numbers, without what it has no class for."""
        known = found[np.isin(found.class_ids, list(self.numbers))]
        numbers = [self.numbers[number] for number in known.class_ids.tolist()]
        renumbered = replace(known, class_ids=np.array(numbers, np.int64))
        if not isinstance(found, CocoResults):
            return renumbered
        records = (
            record | {"category_id": self.numbers[record["category_id"]]}
            for record in found.records
            if record["category_id"] in self.numbers
        )
        return CocoResults(
            renumbered.boxes_yxyx, renumbered.scores, renumbered.class_ids, renumbered.extras,
            records=tuple(records),
        )  # fmt: skip


def _number_of(item: LabelMapItem, data: LabelMap) -> int | None:
    for name in (item.name, item.label):
        numbers = data.ids_of(name)
        if numbers:
            return numbers[0]
    return None

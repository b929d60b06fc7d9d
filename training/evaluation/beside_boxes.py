"""What a report has of a kind of output beside COCO's numbers of boxes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from detection.detections import Detections
from training.datasets.dataset import Dataset


@dataclass(frozen=True, eq=False)
class BesideMetrics:
    """The numbers of one kind, of the detections whose boxes are measured too.

    Args:
        title: what is measured and how, for people.
        values: the numbers by name.
        lines: as they are printed.
        document: for `json.dumps`.
        note: a sentence to know about them; empty for none.
    """

    title: str
    values: Mapping[str, float]
    lines: tuple[str, ...]
    document: Mapping[str, Any]
    note: str = ""


# None where the data or what was found has nothing of the kind.
MeasureBeside = Callable[[Dataset, Sequence[Detections]], BesideMetrics | None]

"""`KINDS`: the kinds of output that there are, in a table that programs are handed."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from detection.kinds.boxes.kind import BOXES
from detection.kinds.keypoints.kind import KEYPOINTS
from detection.kinds.masks.kind import MASKS
from detection.kinds.output_kind import Array, OutputKind


@dataclass(frozen=True)
class OutputKinds:
    """The kinds that a program knows.

    Args:
        beside: those that are answered beside boxes, which every detector answers. In this order
            they are drawn and stand in JSON, and of two that a model answers the later names it.
    """

    beside: tuple[OutputKind, ...]

    def __iter__(self) -> Iterator[OutputKind]:
        """Boxes, and those beside them."""
        return iter((BOXES, *self.beside))

    def with_kind(self, kind: OutputKind) -> "OutputKinds":
        """These and another one."""
        return OutputKinds((*self.beside, kind))

    def of_outputs(self, outputs: Collection[str]) -> OutputKind:
        """What a detector finds that has outputs of these names.

        Example:
            >>> KINDS.of_outputs(["detection_boxes", "detection_scores", "keypoints"]).name
            'keypoints'
        """
        kinds: list[OutputKind] = [each for each in self.beside if each.is_answered_in(outputs)]
        return kinds[-1] if kinds else BOXES

    def own_extras(
        self, outputs: Mapping[str, Array], row: int, rows: npt.NDArray[np.intp]
    ) -> dict[OutputKind, Any]:
        """What a model of ours answers beside boxes, as `Detections` have it.

        Args:
            outputs: by the names of our own exports.
            row: which image of the batch.
            rows: which detections of it.

        Raises:
            NotADetection: a number is none of its kind.
        """
        found = {
            kind: kind.decode({kind.output: outputs[kind.output]}, row, rows)
            for kind in self.beside if kind.output in outputs
        }  # fmt: skip
        return {kind: values for kind, values in found.items() if values is not None}


KINDS = OutputKinds((MASKS, KEYPOINTS))

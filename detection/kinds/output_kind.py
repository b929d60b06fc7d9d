"""`OutputKind`: what a detector finds of each object, and everything that is done with it."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from detection.kinds.canvas import Canvas
from detection.label_map import LabelMap

if TYPE_CHECKING:
    from detection.detections import Detections
    from detection.tolerance import Tolerance

Array = npt.NDArray[Any]
# By name, the sizes that a signature declares of an output: None for a free one, or for all.
Declared = Mapping[str, tuple[int | None, ...] | None]

# No detector means a place that lies so many images beside the one that was asked about.
FARTHEST_PLACE = 1000.0


class NotADetection(ValueError):
    """The answer is no detector's; the message says what is wrong with it."""


class OutputKind(Protocol):
    """A kind of output. Its objects compare equal, so that `Detections` can be pickled.

    `Any` stands for the kind's own values: of N detections, whatever it is that `check` returns.
    """

    @property
    def name(self) -> str:
        """By which `GET /models`, model cards and the table of evaluations know it."""

    @property
    def output(self) -> str:
        """The output in which our own exports answer it, (N, M, ...) of M detections an image."""

    @property
    def locates(self) -> bool:
        """Whether an object is where this says, and the box around it may be another one."""

    def check(self, values: Any, count: int) -> Any:
        """The values of `count` detections, in the form in which they are kept.

        Raises:
            ValueError: they have another shape, or are not finite.
        """

    def rows(self, values: Any, rows: npt.NDArray[Any] | slice) -> Any:
        """The values of some of the detections: of a slice, a mask or indices."""

    def is_answered_in(self, outputs: Collection[str]) -> bool:
        """Whether a model with outputs of these names finds it."""

    def read_outputs(self, declared: Declared) -> frozenset[str]:
        """The names of the outputs that are read, of those that a signature declares."""

    def unread_outputs(self, declared: Declared) -> tuple[str, ...]:
        """The names of those that promise it, and whose shape is none that is read."""

    def check_outputs(self, outputs: Mapping[str, Array], batch: int, count: int) -> None:
        """Look at the shapes of what is answered of `batch` images, `count` rows each.

        Raises:
            NotADetection: one is another.
        """

    def decode(self, outputs: Mapping[str, Array], row: int, kept: npt.NDArray[np.intp]) -> Any:
        """The values of the rows `kept` of an image, in the model's own unit.

        None where the answer has none.

        Raises:
            NotADetection: a number is not finite, or none of its kind.
        """

    def oddities(self, outputs: Mapping[str, Array]) -> frozenset[str]:
        """What of an answer is passed over, by names of `serving_protocol.answer_rows`."""

    def normalized(self, values: Any, size_yx: npt.NDArray[np.float64] | None) -> Any:
        """What `decode` gave, in 0..1 of the image.

        Args:
            values: in the model's own unit.
            size_yx: what pixels refer to; None where places are in 0..1 already.

        Raises:
            NotADetection: they lie in no image.
        """

    def json_objects(
        self, found: "Detections", *, width: int, height: int, label_map: LabelMap | None
    ) -> list[dict[str, Any]]:
        """The fields of each detection in the gateway's JSON; the image's size is in pixels."""

    def parse_json(self, objects: Sequence[Mapping[str, Any]], *, width: int, height: int) -> Any:
        """The values of what `json_objects` gave; None where it is not in all of them.

        Raises:
            KeyError, TypeError, ValueError: a field holds something else.
        """

    def coco_fields(self, found: "Detections", *, width: int, height: int) -> list[dict[str, Any]]:
        """The fields of each detection in COCO results."""

    def coco_fields_of_json(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """The same fields of one detection of the gateway's JSON; none where it lacks them."""

    def draw(self, canvas: Canvas, found: "Detections") -> None:
        """Draw it of all detections, of the best on top."""

    def alike(
        self, these: "Detections", row: int, those: "Detections", tolerance: "Tolerance"
    ) -> npt.NDArray[np.bool_]:
        """(N,): which of N others are where detection `row` is, within the tolerance."""

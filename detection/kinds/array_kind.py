"""`ArrayKind`: what kinds have in common that are an array, (N, ...) float32, of one output."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from detection.kinds.output_form import OutputForm
from detection.kinds.output_kind import Array, Declared, NotADetection, OutputKind

if TYPE_CHECKING:
    from detection.detections import Detections


@dataclass(frozen=True)
class ArrayKind(OutputKind):
    """The part of an `OutputKind` that is the same for all of them; the rest is each one's own.

    Attributes:
        name: of the kind.
        form: of the output that is read.
    """

    name: ClassVar[str]
    form: ClassVar[OutputForm]
    locates: ClassVar[bool] = False

    @property
    def output(self) -> str:
        """In which our own exports answer it."""
        return self.form.name

    def of(self, found: "Detections") -> npt.NDArray[np.float32] | None:
        """(N, ...): of each detection; None of a model that says nothing of it."""
        values: npt.NDArray[np.float32] | None = found.extras.get(self)
        return values

    def check(self, values: Any, count: int) -> Any:
        """(N, ...) float32.

        Raises:
            ValueError: it is of another form, or not finite.
        """
        array = np.asarray(values, np.float32)
        form = f"(N, {self.form.form.removeprefix('(N, M, ')}"
        fits = array.ndim == self.form.rank - 1 and self.form.last in (None, array.shape[-1])
        if not fits or len(array) != count:
            raise ValueError(
                f"expected {self.name} {form} of {count} detections, but got {array.shape}"
            )
        if not np.isfinite(array).all():
            raise ValueError(f"{self.name} must be finite")
        return array

    def rows(self, values: Any, rows: npt.NDArray[Any] | slice) -> Any:
        """Those of some detections."""
        return values[rows]

    def is_answered_in(self, outputs: Collection[str]) -> bool:
        """Whether the output is there."""
        return self.form.name in outputs

    def read_outputs(self, declared: Declared) -> frozenset[str]:
        """The output, where it is declared in its form."""
        return frozenset({self.form.name} if self.form.is_declared(declared) else ())

    def unread_outputs(self, declared: Declared) -> tuple[str, ...]:
        """The output, where it is declared in another form."""
        is_other = self.form.name in declared and not self.form.is_declared(declared)
        return (self.form.name,) if is_other else ()

    def check_outputs(self, outputs: Mapping[str, Array], batch: int, count: int) -> None:
        """Look at the shape, where it is answered.

        Raises:
            NotADetection: it is another.
        """
        if self.form.name in outputs:
            self.form.check(outputs[self.form.name], batch, count)

    def decode(self, outputs: Mapping[str, Array], row: int, kept: npt.NDArray[np.intp]) -> Any:
        """The numbers as they came.

        Raises:
            NotADetection: one is not finite.
        """
        if self.form.name not in outputs:
            return None
        values = outputs[self.form.name][row, kept].astype(np.float32)
        if not np.isfinite(values).all():
            raise NotADetection(f"{self.form.name} holds numbers that are not finite")
        return values

    def oddities(self, outputs: Mapping[str, Array]) -> frozenset[str]:
        """None that are known."""
        return frozenset()

    def normalized(self, values: Any, size_yx: npt.NDArray[np.float64] | None) -> Any:
        """The same: these are no places in the image."""
        return values

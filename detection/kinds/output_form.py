"""`OutputForm`: the name and the shape of an output of a signature."""

from dataclasses import dataclass

from detection.kinds.output_kind import Array, Declared, NotADetection


@dataclass(frozen=True)
class OutputForm:
    """An output.

    Args:
        name: in the signature.
        form: its shape as a person reads it: `(N, M, K, 3)`, of N images with M rows each.
        last: how long the last axis is; None for any length.
    """

    name: str
    form: str
    last: int | None = None

    @property
    def rank(self) -> int:
        """How many axes it has."""
        return self.form.count(",") + 1

    def is_declared(self, declared: Declared) -> bool:
        """Whether a signature has it, in this form as far as it says: others mean other things.

        Example:
            >>> form = OutputForm("keypoints", "(N, M, K, 3)", last=3)
            >>> form.is_declared({"keypoints": (None, 10, 17, 3)})
            True
            >>> form.is_declared({"keypoints": (None, 17, 2)})
            False
        """
        if self.name not in declared:
            return False
        shape = declared[self.name]
        if shape is None:
            return True
        return len(shape) == self.rank and (self.last is None or shape[-1] in (self.last, None))

    def check(self, array: Array, batch: int, count: int, *, may_be_empty: bool = True) -> None:
        """Look at the shape that was answered.

        Args:
            array: the output.
            batch: of how many images.
            count: of how many rows each.
            may_be_empty: whether a row may be without any number.

        Raises:
            NotADetection: it is another.
        """
        shape = array.shape
        fits = len(shape) == self.rank and shape[:2] == (batch, count)
        fits = fits and self.last in (None, shape[-1]) and (may_be_empty or 0 not in shape[2:])
        if not fits:
            raise NotADetection(f"expected {self.name} {self.form}, M = {count}, but got {shape}")

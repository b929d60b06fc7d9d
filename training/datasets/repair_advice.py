"""Whether a repair can be advised: what it would leave out, and whether it would have to guess."""

from collections.abc import Sequence
from dataclasses import dataclass

from training.datasets.dataset import Dataset
from training.datasets.defects import Defect, DefectKind, Loss, counted_defects, first_ambiguous

# A larger share that is wrong has one cause, and that is to be mended.
MOST_LEFT_OUT = 0.1
# What was meant nobody knows: a repair drops, or takes something else for it.
_GUESSED = frozenset({
    DefectKind.UNKNOWN_CLASS, DefectKind.REPEATED_ID, DefectKind.MISSING_SPLIT,
    DefectKind.NO_LABELS,
})  # fmt: skip


@dataclass(frozen=True)
class RepairAdvice:
    """What is said of a repair.

    Args:
        is_advised: whether it mends without guesswork, and leaves little out.
        sentence: what it would do, where it is not advised; else empty.
    """

    is_advised: bool
    sentence: str = ""


def repair_advice(dataset: Dataset) -> RepairAdvice:
    """What is said of a repair of a data set.

    Args:
        dataset: as it was read or checked: what it has is what a repair leaves.
    """
    defects = dataset.defects
    if first_ambiguous(defects) is not None:
        return RepairAdvice(is_advised=False, sentence="no repair can know how it is to be read")
    images = sum(each.loses is Loss.IMAGE for each in defects)
    objects = sum(each.loses is Loss.OBJECT for each in defects)
    losses = [(images, images + len(dataset), "image"),
              (objects, objects + dataset.object_count, "object")]  # fmt: skip
    told = [f"{lost} of {total} {what}{'' if total == 1 else 's'}"
            for lost, total, what in losses if lost]  # fmt: skip
    guessed = [each for each in defects if each.kind in _GUESSED]
    if not guessed and all(lost <= MOST_LEFT_OUT * total for lost, total, _ in losses):
        return RepairAdvice(is_advised=True)
    if told:
        return RepairAdvice(False, f"--fix would leave out {' and '.join(told)}")
    return RepairAdvice(False, f"--fix would have to guess about {_counted(guessed)}")


def _counted(guessed: Sequence[Defect]) -> str:
    kinds = ", ".join(dict.fromkeys(map(str, (each.kind for each in guessed))))
    return f"{counted_defects(guessed)} ({kinds})"

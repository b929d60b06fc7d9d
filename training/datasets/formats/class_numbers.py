"""What class numbers count from, where files have numbers and the names have places in a list.

Numbers of labels are compared with those that have a name, over the whole data set: neither a file
nor a label alone tells.
"""

from collections.abc import Collection
from dataclasses import dataclass

from detection.label_map_text import BACKGROUND_NAMES
from training.datasets.defects import Defect, DefectKind

# More than any list of classes has: what is above is a mistake in a label, and not a number.
MOST_CLASSES = 100_000


@dataclass(frozen=True)
class ClassNumbers:
    """What class numbers were taken to count from.

    Args:
        first: the number of the first class.
        guess: a sentence on what was taken, where no file says it; else empty.
        doubt: why no class can be trusted, and what says how they count; else empty.
        otherwise: the first class's number with which all labels have a class, where `doubt` has
            found one.
    """

    first: int
    guess: str = ""
    doubt: str = ""
    otherwise: int | None = None

    def defects(self, where: str) -> list[Defect]:
        """The doubt, which no repair can decide."""
        if not self.doubt:
            return []
        option = "" if self.otherwise is None else f"--first-class {self.otherwise}"
        return [Defect(where, DefectKind.CLASS_NUMBERS, self.doubt, "not repaired", option)]


def class_numbers(
    used: Collection[int],
    names: Collection[str],
    *,
    said: int | None = None,
    asked: int | None = None,
    usual: int = 0,
    is_converted: bool = False,
) -> ClassNumbers:
    """What the numbers of a data set's labels count from.

    Args:
        used: those that its labels have.
        names: the classes in their order.
        said: the first class's number, as the file with the names has it; None where it is a list.
        asked: the same, as a person says it; None to find out.
        usual: where the format counts from.
        is_converted: whether a program has numbered the labels by the names: the first class may
            have no object, and that says nothing.

    Example:
        >>> class_numbers({1, 2}, ["cat", "dog"]).first
        1
    """
    if asked is not None:
        return ClassNumbers(asked)
    first = usual if said is None else said
    if not used or not names:
        return ClassNumbers(first)
    count, only = len(names), next(iter(names))
    lowest, highest = min(used), max(used)
    if count == 1 and len(used) == 1 and lowest != first:
        guess = (
            f"every label has the class number {lowest}, and there is one class: it is {only!r}; "
            f"--first-class {first} takes it at its word"
        )
        return ClassNumbers(lowest, guess)
    is_listed = said is None and usual == 0
    is_background = only.strip().strip("_").lower() in BACKGROUND_NAMES
    if is_listed and lowest >= 1 and highest == count and not is_background:
        guess = (
            f"class numbers were taken as counted from 1: no label has 0, some have {count}, and "
            f"there are {count} classes; --first-class 0 counts from 0"
        )
        return ClassNumbers(1, guess)
    otherwise = counted_otherwise(used, range(first, first + count))
    doubt = _doubt(used, first, count) if otherwise is None else shifted(otherwise, first)
    if doubt:
        return ClassNumbers(first, doubt=doubt, otherwise=otherwise)
    if first == 0 and lowest > 0 and count > 1 and not is_background and not is_converted:
        guess = (
            f"class numbers were taken as counted from 0: no label has 0, {only!r}; "
            "--first-class 1 counts from 1"
        )
        return ClassNumbers(first, guess)
    return ClassNumbers(first)


def counted_otherwise(used: Collection[int], named: Collection[int]) -> int | None:
    """What labels look counted from that do not fit the numbers with a name; None where they do.

    Args:
        used: the numbers that labels have.
        named: those that have a name.
    """
    if not used or not named:
        return None
    lowest, highest = min(named), max(named)
    beyond = set(used) - set(named)
    if beyond == {lowest - 1} and highest not in used:
        return lowest - 1
    return lowest + 1 if beyond == {highest + 1} and lowest not in used else None


def shifted(otherwise: int, first: int, labels: str = "labels", names: str = "names") -> str:
    """The sentence on labels that look numbered from another number than their names."""
    return (
        f"the {labels} look numbered from {otherwise}, and the {names} are from {first}: if so, "
        f"every class is the one {'after' if otherwise < first else 'before'}; --first-class "
        f"{otherwise} reads them so, --first-class {first} as they are"
    )


def _doubt(used: Collection[int], first: int, count: int) -> str:
    """Why numbers that are too high are not to be trusted; empty where they are."""
    last = first + count - 1
    if max(used) <= last or min(used) <= first:
        return ""
    named = f"the {count} names have {first} to {last}" if count > 1 else f"the name has {first}"
    return (
        f"labels have class numbers up to {max(used)}, {named}, "
        f"and no label has {first}: names are missing, or the numbers count otherwise; give all "
        f"names with --classes, or say --first-class {first} if those beyond are wrong"
    )

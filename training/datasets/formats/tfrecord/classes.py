"""What the numbers of classes in TFRecords mean, which records need not say themselves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from detection.label_map import LabelMap
from detection.label_map_text import LABEL_MAP_NAME
from training.datasets.annotated import AnnotatedObject
from training.datasets.dataset import label_map_of
from training.datasets.defects import Defect, DefectKind, Loss
from training.datasets.drafts import Parsed
from training.datasets.formats.class_numbers import ClassNumbers, counted_otherwise, shifted
from training.datasets.formats.files.image_files import read_text
from training.datasets.formats.label_map_file import read_label_map
from training.datasets.formats.options import ReadOptions

# An object whose class is a number until it is known what the data set counts from.
_NUMBERED = "\0class "
# TensorFlow Datasets' names, a line each from 0, beside features.json.
_TFDS_NAMES = ("objects-label.labels.txt", "label.labels.txt", "*.labels.txt")


@dataclass(frozen=True)
class Classes:
    """The classes of one record file.

    Args:
        label_map: as the file beside it says them; None where there is none.
        names: of TensorFlow Datasets, in order from 0; empty where there are none.
        files: those that say so.
    """

    label_map: LabelMap | None = None
    names: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()

    @classmethod
    def beside(cls, file: Path, root: Path) -> "Classes":
        """In the record file's folder, else in the data set's, else in the only folder with one.

        Roboflow calls the label map after the data set: any `.pbtxt` that is the only one is it.

        Raises:
            DatasetError: the file cannot be read; names the line.
        """
        for folder in dict.fromkeys((file.parent, root)):
            found = [folder / LABEL_MAP_NAME]
            if not found[0].is_file():
                found = sorted(folder.glob("*label_map*.pbtxt")) or sorted(folder.glob("*.pbtxt"))
            if len(found) == 1:
                return cls(label_map=read_label_map(found[0]), files=(found[0],))
            for pattern in _TFDS_NAMES:
                texts = sorted(folder.glob(pattern))
                if texts:
                    lines = [line.strip() for line in read_text(texts[0]).splitlines()]
                    return cls(names=tuple(filter(None, lines)), files=(texts[0],))
        # The tutorials keep it in a folder of its own.
        below = sorted(root.glob("*/*.pbtxt"))
        if len(below) == 1:
            return cls(label_map=read_label_map(below[0]), files=(below[0],))
        return cls()

    def by_number(self) -> dict[int, str]:
        """The name of each number, as the file beside has them."""
        if self.label_map is not None:
            return {item.id: item.name for item in self.label_map}
        return dict(enumerate(self.names))


def merged(found: Iterable[Classes]) -> LabelMap | None:
    """One label map of several files', by name; None where none has one."""
    several = [each for each in found if each.label_map is not None or each.names]
    maps = [each.label_map for each in several if each.label_map is not None]
    if maps and len(maps) == len(several) and all(each == maps[0] for each in maps):
        return maps[0]
    names = dict.fromkeys(name for each in several for _, name in sorted(each.by_number().items()))
    return label_map_of(list(names)) if names else None


def numbered(number: int) -> str:
    """A label for an object whose class has a number alone, until `named` names it."""
    return f"{_NUMBERED}{number}"


def numbers_in(parsed: Iterable[Parsed]) -> set[int]:
    """The numbers of all objects that have nothing else."""
    return {
        number
        for each in parsed
        if each.image is not None
        for found in each.image.objects
        if (number := _number(found)) is not None
    }


def names_of_numbers(
    classes: Classes, options: ReadOptions, numbers: set[int], *, from_zero: bool
) -> Mapping[int, str]:
    """What the numbers mean: by the options, else by what lies beside the records.

    Args:
        classes: what lies beside.
        options: whose label map or class names come first.
        numbers: all that the data set has.
        from_zero: whether its maker counts from 0.
    """
    if options.label_map is not None:
        classes = Classes(label_map=options.label_map)
    elif options.classes:
        return dict(enumerate(options.classes, _first(options, numbers, from_zero=from_zero)))
    by_number = classes.by_number()
    if options.first_class is not None and by_number:
        shift = options.first_class - min(by_number)
        return {number + shift: name for number, name in by_number.items()}
    if from_zero and classes.label_map is not None and 0 not in by_number:
        return {number - 1: name for number, name in by_number.items()}
    return by_number


def _first(options: ReadOptions, numbers: set[int], *, from_zero: bool) -> int:
    """What numbers count from that `--classes` names."""
    if options.first_class is not None:
        return options.first_class
    return 0 if from_zero or (0 in numbers and max(numbers) < len(options.classes)) else 1


def doubted(
    names: Mapping[int, str], options: ReadOptions, numbers: set[int], where: str
) -> list[Defect]:
    """Why no class can be trusted: numbers that look counted otherwise than those with a name."""
    otherwise = counted_otherwise(numbers, names)
    if otherwise is None or options.first_class is not None:
        return []
    first = min(names)
    numbering = ClassNumbers(first, doubt=shifted(otherwise, first), otherwise=otherwise)
    return numbering.defects(where)


def named(each: Parsed, names: Mapping[int, str]) -> Parsed:
    """The image with its objects' numbers as names; objects of no known number are defects."""
    if each.image is None or all(_number(found) is None for found in each.image.objects):
        return each
    kept: list[AnnotatedObject] = []
    defects = list(each.defects)
    for at, found in enumerate(each.image.objects, 1):
        number = _number(found)
        if number is None:
            kept.append(found)
        elif number in names:
            kept.append(replace(found, label=names[number]))
        else:
            where = f"{each.image.origin}, object {at}"
            message = f"class {number}, and {_allowed(names)}"
            kind = DefectKind.UNKNOWN_CLASS
            defects.append(Defect(where, kind, message, "dropped", loses=Loss.OBJECT))
    image = replace(each.image, objects=tuple(kept))
    return replace(each, image=image, defects=tuple(defects))


def _allowed(names: Mapping[int, str]) -> str:
    """What would have been a class, in words."""
    if not names:
        return "nothing names the numbers: give a label map (--label-map), or --classes"
    return f"the classes' numbers are {min(names)} to {max(names)}"


def _number(found: AnnotatedObject) -> int | None:
    label = found.label
    return int(label.removeprefix(_NUMBERED)) if label.startswith(_NUMBERED) else None

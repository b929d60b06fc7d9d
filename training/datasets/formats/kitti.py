"""KITTI: `label_2/*.txt` beside `image_2/`, a line an object, fields separated by spaces.

Source: the object development kit of the KITTI vision benchmark: type, truncated (0..1), occluded,
alpha, the box (left, top, right, bottom in pixels from 0), three dimensions, three coordinates,
rotation. `DontCare` marks regions that nobody has labelled. What is three-dimensional is not kept.
"""

from functools import partial
from pathlib import Path

from detection.label_map import LabelMap, LabelMapItem
from training.datasets.annotated import AnnotatedPicture
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError, DefectKind
from training.datasets.drafts import Parsed, dropped
from training.datasets.formats.gathering import gather
from training.datasets.formats.kitti_line import is_line, parse_line
from training.datasets.formats.label_map_file import label_map_in, write_label_map
from training.datasets.formats.options import ReadOptions, WriteOptions
from training.datasets.formats.picture_files import (
    copy_pictures,
    draft_of_file,
    flat_names,
    pictures_under,
    read_text,
    split_of_word,
    write_text,
)
from training.datasets.sources import FilePicture
from training.datasets.workers import Workers

DONT_CARE = "DontCare"
# KITTI says how much is out of the picture; from here on VOC's labellers said `truncated`.
TRUNCATED_FROM = 0.15
# What the development kit writes where a dimension is not known: alpha, size, place, rotation.
UNKNOWN_ALPHA, UNKNOWN_3D = "-10", "-1 -1 -1 -1000 -1000 -1000 -10"
_LABELS, _PICTURES = ("label_2", "labels"), ("image_2", "images")


def looks_like(path: Path) -> bool:
    """Whether `path` holds label files with KITTI's fields."""
    for labels, _ in _folders(path):
        for file in sorted(labels.glob("*.txt")):
            text = file.read_bytes()[:2000].decode("utf-8", "replace")
            if text.strip():
                return is_line(text.strip().splitlines()[0])
    return False


def read(path: Path, options: ReadOptions, workers: Workers) -> Dataset:
    """Read every pair of label and picture folders in `path`.

    Raises:
        DatasetError: there are none.
    """
    pairs = _folders(path)
    if not pairs:
        raise DatasetError(f"{path}: no folder label_2 beside one of pictures, image_2")
    parsed: list[Parsed] = []
    for labels, pictures in pairs:
        inside = labels.relative_to(path).parts
        split = next(filter(None, map(split_of_word, inside)), None)
        by_stem = {each.relative_to(pictures).with_suffix("").as_posix(): each
                   for each in pictures_under(pictures)}  # fmt: skip
        files = sorted(labels.rglob("*.txt"))
        work = [(file, by_stem.get(file.relative_to(labels).with_suffix("").as_posix(),
                                   pictures / f"{file.stem}.png")) for file in files]  # fmt: skip
        read_one = partial(_read_file, pictures=pictures, split=split)
        parsed += workers.map(read_one, work, "labels")
    classes = options.classes or label_map_in(path)
    return gather(parsed, path, options, classes=classes)


def write(dataset: Dataset, folder: Path, _options: WriteOptions, workers: Workers) -> None:
    """Write `label_2` and `image_2`, in a folder a split where there are splits."""
    names = flat_names(dataset.pictures, suffix_matters=False)
    copies = []
    for picture in dataset.pictures:
        root = folder / (picture.split or "")
        name = names[picture.split, picture.name]
        write_text(root / "label_2" / f"{Path(name).stem}.txt", format_labels(picture))
        copies.append((picture.source, root / "image_2" / name))
    write_label_map(_without_spaces(dataset.label_map), folder)
    copy_pictures(copies, workers)


def format_labels(picture: AnnotatedPicture) -> str:
    """The lines of one picture."""
    lines = []
    for each in picture.objects:
        box = " ".join(_number(value) for value in picture.pixels_xyxy(each.box_yxyx))
        truncated = "1.00" if each.truncated else "0.00"
        lines.append(
            f"{_class_word(each.label)} {truncated} 0 {UNKNOWN_ALPHA} {box} {UNKNOWN_3D}\n"
        )
    for region in picture.ignored_yxyx:
        box = " ".join(_number(value) for value in picture.pixels_xyxy(region))
        lines.append(f"{DONT_CARE} -1 -1 {UNKNOWN_ALPHA} {box} {UNKNOWN_3D}\n")
    return "".join(lines)


def _folders(path: Path) -> list[tuple[Path, Path]]:
    """Label folders in `path` and two levels below, each with its pictures."""
    return [
        (labels, labels.parent / pictures)
        for depth in ("", "*/", "*/*/")
        for name, pictures in zip(_LABELS, _PICTURES, strict=True)
        for labels in sorted(path.glob(depth + name))
        if labels.is_dir() and (labels.parent / pictures).is_dir()
    ]


def _read_file(files: tuple[Path, Path], pictures: Path, split: str | None) -> Parsed:
    path, picture = files
    try:
        text = read_text(path)
    except DatasetError as error:
        return dropped(str(path), DefectKind.BAD_ANNOTATION, str(error))
    name = picture.relative_to(pictures).as_posix()
    draft = draft_of_file(name, FilePicture(picture), str(path))
    if isinstance(draft, Parsed):
        return draft
    draft.split = split
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        place = f"line {number}"
        try:
            found = parse_line(line)
        except ValueError as error:
            draft.report(place, DefectKind.BAD_ANNOTATION, str(error))
            continue
        if found.label == DONT_CARE:
            draft.ignore(place, found.box_xyxy)
        else:
            truncated = found.truncated >= TRUNCATED_FROM
            draft.add(place, found.label, found.box_xyxy, truncated=truncated)
    return draft.finish()


def _class_word(name: str) -> str:
    return "_".join(name.split())


def _without_spaces(label_map: LabelMap) -> LabelMap:
    """The label map with the class names as the lines have them, and people's beside them."""
    return LabelMap(
        tuple(
            item if _class_word(item.name) == item.name
            else LabelMapItem(item.id, _class_word(item.name), item.label)
            for item in label_map
        )
    )  # fmt: skip


def _number(value: float) -> str:
    """Two decimals, as the development kit writes them, or as many as it takes."""
    return f"{value:.2f}" if round(value, 2) == value else f"{value:.6f}".rstrip("0")

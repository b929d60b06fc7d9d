"""Pascal VOC: `Annotations/*.xml`, `JPEGImages/`, `ImageSets/Main/*.txt`.

Source: the development kit of the VOC2012 challenge. Corners are pixels counted from 1, both in the
box, so that a box over a picture of 640 pixels goes from 1 to 640; some tools count from 0. A
folder of XML files beside their pictures, as labelling tools write it, is read as well.
"""

import math
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from xml.sax.saxutils import escape

from training.datasets.annotated import AnnotatedPicture
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError, DefectKind
from training.datasets.drafts import Parsed, PictureDraft, dropped
from training.datasets.formats.gathering import gather
from training.datasets.formats.label_map_file import label_map_in, write_label_map
from training.datasets.formats.options import ReadOptions, WriteOptions
from training.datasets.formats.picture_files import (
    SUFFIXES,
    PictureFinder,
    copy_pictures,
    draft_of_file,
    flat_names,
    read_text,
    split_of_word,
    write_text,
)
from training.datasets.formats.xml_tree import BadXml, Node, parse_xml
from training.datasets.workers import Workers

CORNERS = ("xmin", "ymin", "xmax", "ymax")


@dataclass
class _Marked:
    """An `object` element."""

    line: int
    label: str
    corners: tuple[float, ...]
    difficult: bool
    truncated: bool


@dataclass
class _Read:
    """An XML file: the draft without its objects, whose first pixel is not known yet."""

    draft: PictureDraft
    marked: list[_Marked] = field(default_factory=list)


def looks_like(path: Path) -> bool:
    """Whether `path` has VOC's folders, or XML files that begin like an annotation."""
    if not path.is_dir():
        return False
    if _annotations_dir(path).name == "Annotations":
        return True
    first = next(iter(sorted(path.glob("*.xml"))), None)
    return first is not None and b"<annotation" in first.read_bytes()[:1000]


def read(path: Path, options: ReadOptions, workers: Workers) -> Dataset:
    """Read a VOC folder, or one that holds it.

    Raises:
        DatasetError: there are no annotations in it.
    """
    annotations = _annotations_dir(path)
    root = annotations.parent if annotations.name == "Annotations" else path
    files = sorted(annotations.rglob("*.xml"))
    if not files:
        raise DatasetError(f"{path}: no Annotations/*.xml")
    folders = (root / "JPEGImages", root / "images", root, annotations)
    finder = PictureFinder((options.pictures_dir,) if options.pictures_dir else folders)
    results = list(workers.map(partial(_read_file, finder=finder), files, "annotations"))
    first_pixel = options.voc_first_pixel
    if first_pixel is None:
        corners = (each.corners[:2] for result in results if isinstance(result, _Read)
                   for each in result.marked)  # fmt: skip
        first_pixel = 0 if any(0 <= min(pair) < 1 for pair in corners) else 1
    splits, missing = _splits(root, {file.stem for file in files})
    parsed = [_finish(result, first_pixel, splits) for result in results]
    classes = options.classes or label_map_in(root)
    return gather([*parsed, *missing], path, options, classes=classes)


def write(dataset: Dataset, folder: Path, _options: WriteOptions, workers: Workers) -> None:
    """Write VOC's folders."""
    names = flat_names(dataset.pictures, suffix_matters=False)
    listed: dict[str, list[str]] = {}
    for picture in dataset.pictures:
        name = names[picture.split, picture.name]
        stem = Path(name).stem
        write_text(folder / "Annotations" / f"{stem}.xml", format_annotation(picture, name))
        if picture.split:
            listed.setdefault(picture.split, []).append(stem)
    for split, stems in listed.items():
        lines = "".join(f"{stem}\n" for stem in stems)
        write_text(folder / "ImageSets" / "Main" / f"{split}.txt", lines)
    write_label_map(dataset.label_map, folder)
    copies = [
        (picture.source, folder / "JPEGImages" / names[picture.split, picture.name])
        for picture in dataset.pictures
    ]
    copy_pictures(copies, workers)


def format_annotation(picture: AnnotatedPicture, file_name: str) -> str:
    """The XML of one picture."""
    lines = [
        "<annotation>",
        "\t<folder>JPEGImages</folder>",
        f"\t<filename>{escape(file_name)}</filename>",
        f"\t<size><width>{picture.width}</width><height>{picture.height}</height>"
        "<depth>3</depth></size>",
        "\t<segmented>0</segmented>",
    ]
    for each in picture.objects:
        x_min, y_min, x_max, y_max = picture.pixels_xyxy(each.box_yxyx)
        lines += [
            "\t<object>",
            f"\t\t<name>{escape(each.label)}</name>",
            "\t\t<pose>Unspecified</pose>",
            f"\t\t<truncated>{each.truncated:d}</truncated>",
            f"\t\t<difficult>{each.difficult:d}</difficult>",
            "\t\t<bndbox>",
            f"\t\t\t<xmin>{_number(x_min + 1)}</xmin>",
            f"\t\t\t<ymin>{_number(y_min + 1)}</ymin>",
            f"\t\t\t<xmax>{_number(x_max)}</xmax>",
            f"\t\t\t<ymax>{_number(y_max)}</ymax>",
            "\t\t</bndbox>",
            "\t</object>",
        ]
    return "\n".join([*lines, "</annotation>", ""])


def _annotations_dir(path: Path) -> Path:
    """The folder of XML files in `path` or one level below; else `path` itself."""
    candidates = [path / "Annotations", *sorted(path.glob("*/Annotations"))]
    return next((each for each in candidates if each.is_dir()), path)


def _read_file(path: Path, finder: PictureFinder) -> _Read | Parsed:
    try:
        root = parse_xml(path.read_bytes())
    except OSError as error:
        return dropped(str(path), DefectKind.BAD_ANNOTATION, str(error.strerror))
    except BadXml as error:
        return dropped(str(path), DefectKind.BAD_ANNOTATION, str(error))
    if root.tag != "annotation":
        message = f"line {root.line}: <annotation> was expected, but there is <{root.tag}>"
        return dropped(str(path), DefectKind.BAD_ANNOTATION, message)
    name = root.text_of("filename") or path.stem
    source = finder.find(name)
    if not source.exists():
        # The file's own name is right more often than what a renamed picture was called once.
        source = next(
            (other for suffix in (*SUFFIXES, *map(str.upper, SUFFIXES))
             if (other := finder.find(path.stem + suffix)).exists()), source
        )  # fmt: skip
    name = _relative(source.path, finder)
    size = root.first("size")
    width, height = (
        _whole(size.text_of(side)) if size is not None else 0 for side in ("width", "height")
    )
    if width < 1 or height < 1:
        # Some tools write 0.
        draft = draft_of_file(name, source, str(path))
        if isinstance(draft, Parsed):
            return draft
    else:
        draft = PictureDraft(name, source, width, height, str(path))
    marked = [_marked(node, draft) for node in root.all("object")]
    return _Read(draft, [each for each in marked if each is not None])


def _relative(path: Path, finder: PictureFinder) -> str:
    for folder in finder.folders:
        if path.is_relative_to(folder):
            return path.relative_to(folder).as_posix()
    return path.name


def _marked(node: Node, draft: PictureDraft) -> _Marked | None:
    box = node.first("bndbox")
    if box is None:
        draft.report(f"line {node.line}", DefectKind.BAD_ANNOTATION, "an object without a bndbox")
        return None
    corners = []
    for name in CORNERS:
        text = box.text_of(name)
        try:
            corners.append(float(text))
        except ValueError:
            message = f"{name} is {text!r}, a number was expected"
            draft.report(f"line {box.line}", DefectKind.BAD_ANNOTATION, message)
            return None
    return _Marked(
        line=node.line,
        label=node.text_of("name"),
        corners=tuple(corners),
        difficult=node.text_of("difficult") == "1",
        truncated=node.text_of("truncated") == "1",
    )


def _finish(result: _Read | Parsed, first_pixel: int, splits: dict[str, str]) -> Parsed:
    if isinstance(result, Parsed):
        return result
    draft = result.draft
    draft.split = splits.get(Path(draft.origin).stem)
    for each in result.marked:
        x_min, y_min, x_max, y_max = each.corners
        draft.add(
            f"line {each.line}",
            each.label,
            (x_min - first_pixel, y_min - first_pixel, x_max, y_max),
            difficult=each.difficult,
            truncated=each.truncated,
        )
    return draft.finish()


def _splits(root: Path, stems: set[str]) -> tuple[dict[str, str], list[Parsed]]:
    """The split of each annotation, and a defect for each one that is listed and missing."""
    splits: dict[str, str] = {}
    missing: dict[str, Parsed] = {}
    for path in sorted((root / "ImageSets" / "Main").glob("*.txt")):
        split = split_of_word(path.stem)
        # Files such as `trainval` hold two splits, and such as `cat_train` a class's pictures.
        if split is None:
            continue
        for line, text in enumerate(read_text(path).splitlines(), 1):
            stem = text.split()[0] if text.split() else ""
            if stem and stem not in stems:
                message = f"there is no Annotations/{stem}.xml"
                missing[stem] = dropped(f"{path}, line {line}", DefectKind.BAD_ANNOTATION, message)
            elif stem:
                splits.setdefault(stem, split)
    return splits, list(missing.values())


def _whole(text: str) -> int:
    try:
        return int(float(text))
    except (ValueError, OverflowError):
        return 0


def _number(value: float) -> str:
    """Whole numbers as such, which some readers demand."""
    rounded = round(value, 6)
    return str(int(rounded)) if math.floor(rounded) == rounded else repr(rounded)

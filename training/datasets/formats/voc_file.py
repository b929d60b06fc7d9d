"""One Pascal VOC file: an image's name, its size, and its objects, before the image is known."""

import math
from dataclasses import dataclass, field
from pathlib import Path

from training.datasets.defects import DefectKind
from training.datasets.drafts import Parsed, dropped
from training.datasets.formats.json_values import as_size
from training.datasets.formats.voc_corners import FROM_ONE, Corners
from training.datasets.formats.xml_tree import BadXml, Node, parse_xml
from training.datasets.slot_pickling import pickled_by_slots

CORNERS = ("xmin", "ymin", "xmax", "ymax")


@pickled_by_slots
@dataclass(frozen=True, slots=True)
class VocObject:
    """An `object` element.

    Args:
        line: where it begins.
        label: its class.
        corners: [xmin, ymin, xmax, ymax] as the file has them, finite.
        difficult: as `AnnotatedObject.difficult`.
        truncated: as `AnnotatedObject.truncated`.
    """

    line: int
    label: str
    corners: Corners
    difficult: bool
    truncated: bool


@dataclass
class VocFile:
    """What a file says.

    Args:
        path: the file.
        names: what it calls the image, by falling trust; its own name is the last.
        size_wh: width and height; None where it has none, or 0.
        from_one: whether it says that its corners count from 1, as ours do.
        encoding: what the text was taken as, where the file does not say; else empty.
        by_chance: as `GuessedText.by_chance`.
        objects: those that can be read.
        defects: a line and a sentence for each that cannot.
        inside: its path from the data set's root, where the caller has set it.
    """

    path: Path
    names: tuple[str, ...] = ()
    size_wh: tuple[int, int] | None = None
    from_one: bool = False
    encoding: str = ""
    by_chance: bool = False
    objects: list[VocObject] = field(default_factory=list)
    defects: list[tuple[int, str]] = field(default_factory=list)
    inside: str = ""


def read_voc_file(path: Path, encoding: str | None = None) -> VocFile | Parsed:
    """What a file says, or the defect that it is.

    Args:
        path: the file.
        encoding: as `ReadOptions.encoding`.
    """
    try:
        document = parse_xml(path.read_bytes(), encoding)
    except OSError as error:
        return dropped(str(path), DefectKind.BAD_ANNOTATION, str(error.strerror))
    except BadXml as error:
        return dropped(str(path), DefectKind.BAD_ANNOTATION, str(error))
    root = document.root
    if root.tag != "annotation":
        message = f"line {root.line}: <annotation> was expected, but there is <{root.tag}>"
        return dropped(str(path), DefectKind.BAD_ANNOTATION, message)
    folder, name = root.text_of("folder"), root.text_of("filename")
    names = [name, f"{folder}/{name}" if folder and name else "", root.text_of("path"), path.stem]
    size, source = root.first("size"), root.first("source")
    found = VocFile(
        path,
        tuple(dict.fromkeys(filter(None, names))),
        from_one=source is not None and source.text_of("annotation") == FROM_ONE,
        encoding=document.guessed,
        by_chance=document.by_chance,
    )
    if size is not None:
        try:
            found.size_wh = as_size(size.text_of("width"), size.text_of("height"))
        except ValueError as error:
            found.defects.append((size.line, f"{error}; the image's own size was taken"))
    for node in root.all("object"):
        _add(found, node)
    return found


def _add(found: VocFile, node: Node) -> None:
    box = node.first("bndbox")
    if box is None:
        others = [child.tag for child in node.children if child.tag in ("robndbox", "polygon")]
        instead = f", but a {others[0]}, which is not read" if others else ""
        found.defects.append((node.line, f"an object without a bndbox{instead}"))
        return
    corners = []
    for name in CORNERS:
        text = box.text_of(name)
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            found.defects.append((box.line, f"{name} is {text[:40]!r}, a number was expected"))
            return
        corners.append(value)
    x_min, y_min, x_max, y_max = corners
    found.objects.append(
        VocObject(
            line=node.line,
            label=node.text_of("name"),
            corners=(x_min, y_min, x_max, y_max),
            difficult=node.text_of("difficult") == "1",
            truncated=node.text_of("truncated") == "1",
        )
    )

"""One Pascal VOC file: an image's name, its size, and its objects, before the image is known."""

from dataclasses import dataclass, field
from pathlib import Path

from training.datasets.defects import DefectKind
from training.datasets.drafts import Parsed, dropped
from training.datasets.formats.text.json_values import as_size
from training.datasets.formats.text.xml_tree import BadXml, Node, parse_xml
from training.datasets.formats.voc.boxes import box_of, parse_box
from training.datasets.formats.voc.corners import FROM_ONE, Corners
from training.datasets.slot_pickling import pickled_by_slots

# What scripts call an object's class.
_NAMES = ("name", "label", "class", "category")
_OUTLINES = ("robndbox", "polygon")


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
        form: as `VocBox.form`.
        of_edges: as `VocBox.of_edges`.
    """

    line: int
    label: str
    corners: Corners
    difficult: bool
    truncated: bool
    form: str = ""
    of_edges: bool = False


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
    _lower(root)
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


def _lower(root: Node) -> None:
    """Write every tag in lower case; scripts in some languages begin them with a capital."""
    for node in root.iter():
        if not node.tag.islower():
            node.tag = node.tag.lower()


def _add(found: VocFile, node: Node) -> None:
    element = node.first("bndbox")
    element = box_of(node) if element is None else element
    if element is None:
        found.defects.append((node.line, f"an object without a bndbox{_instead(node)}"))
        return
    try:
        box = parse_box(element)
    except ValueError as error:
        found.defects.append((element.line, str(error)))
        return
    found.objects.append(
        VocObject(
            line=node.line,
            label=next(filter(None, map(node.text_of, _NAMES)), ""),
            corners=box.corners,
            difficult=node.text_of("difficult") == "1",
            truncated=node.text_of("truncated") == "1",
            form=box.form,
            of_edges=box.of_edges,
        )
    )


def _instead(node: Node) -> str:
    """What an object without a box has in its place."""
    outline = next((child for child in node.children if child.tag in _OUTLINES), None)
    if outline is None:
        return ""
    if outline.first("pt") is not None:
        return (
            ", but a polygon of LabelMe's old XML, which is not read: export as COCO JSON (from "
            "CVAT), or convert it (`datum convert -if label_me -f coco`)"
        )
    return f", but a {outline.tag}, which is not read"

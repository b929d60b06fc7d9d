"""CVAT's own XML, "for images 1.1" and "for video 1.1"; read alone.

Source: "CVAT for images" and "CVAT for videos" of docs.cvat.ai (manual/advanced/xml_format). Points
are pixels of the upright image, from 0. A task's subset is the split. Images of the task without
a shape are images without objects.
"""

from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError, DefectKind
from training.datasets.drafts import Parsed, dropped
from training.datasets.formats.cvat.frames import track_frames
from training.datasets.formats.cvat.shapes import add_shape, below
from training.datasets.formats.cvat.unmarked_images import unmarked_images
from training.datasets.formats.files.annotation_finder import annotation_folders
from training.datasets.formats.files.file_index import parent
from training.datasets.formats.files.source_files import SourceFiles
from training.datasets.formats.label_map_file import label_map_beside
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.shape_reading import read_shapes
from training.datasets.formats.shapes import ImageShapes
from training.datasets.formats.splits.folders import split_of_path, split_of_stem, split_of_word
from training.datasets.formats.text.files import encoding_for, note_encoding
from training.datasets.formats.text.json_values import shown
from training.datasets.formats.text.xml_tree import BadXml, Node, parse_xml
from training.datasets.notes import NoteKind, counted
from training.datasets.workers import Workers

# What CVAT calls the subset of a task that has none.
_NO_SUBSET = ("", "default")


def find(files: SourceFiles) -> list[str]:
    """The XML files that begin with CVAT's `<annotations>`."""
    folders = annotation_folders(files, [".xml"], _is_one)
    return [path for each in folders for path in each.files]


def read(files: SourceFiles, options: ReadOptions, workers: Workers) -> Dataset:
    """Read every file.

    Raises:
        DatasetError: there are none, or a video's frames are not there.
    """
    found = find(files)
    if not found:
        raise DatasetError(f"{files.path}: no XML files that begin with CVAT's <annotations>")
    images: list[ImageShapes] = []
    unread: list[Parsed] = []
    classes: dict[str, None] = {}
    for inside in found:
        path = files.path_of(inside)
        files.use(inside)
        try:
            data = path.read_bytes()
            document = parse_xml(data, files.encoding)
            if document.guessed or document.by_chance:
                document = parse_xml(data, encoding_for(files, path, data))
            root = _checked(document.root)
        except OSError as error:
            unread.append(dropped(str(path), DefectKind.BAD_ANNOTATION, str(error.strerror)))
            continue
        except BadXml as error:
            unread.append(dropped(str(path), DefectKind.BAD_ANNOTATION, str(error)))
            continue
        note_encoding(files, path, document.guessed)
        classes.update(dict.fromkeys(_labels(root)))
        read_ones = _images(root, str(path)) + track_frames(files, root, str(path))
        for each in read_ones:
            each.beside = parent(inside)
            each.split = each.split or split_of_path(inside) or split_of_stem(path.stem)
        read_ones += unmarked_images(files, root, path, read_ones, is_alone=len(found) == 1)
        images += read_ones
        empty = sum(not each.shapes and not each.defects for each in read_ones)
        without = f", {empty} of them without objects" if empty else ""
        count = counted(len(read_ones), "image")
        files.note(NoteKind.READ, f"CVAT's XML, {count}{without}", path)
        tags = sum(len(node.all("tag")) for node in root.all("image"))
        if tags:
            message = f"{counted(tags, 'tag')} of whole images, which have no box"
            files.note(NoteKind.UNUSED, message, path)
    label_map = label_map_beside(files)
    return read_shapes(
        files, images, options, workers, classes=label_map or list(classes) or None, unread=unread
    )


def _checked(root: Node) -> Node:
    if root.tag != "annotations":
        raise BadXml(f"line {root.line}: <annotations> was expected, but there is <{root.tag}>")
    return root


def _labels(root: Node) -> list[str]:
    """The classes in their order; the points of a skeleton are none."""
    labels = [node for meta in root.all("meta") for node in below(meta, "label")]
    return [name for node in labels
            if (name := node.text_of("name")) and not node.text_of("parent")]  # fmt: skip


def _images(root: Node, origin: str) -> list[ImageShapes]:
    images = []
    for node in root.all("image"):
        attributes = node.attributes
        name = attributes.get("name", "")
        said = (name,) if name.strip("/\\. ") else (f"{attributes.get('id', '')}.jpg",)
        subset = attributes.get("subset", "").strip()
        split = None if subset.lower() in _NO_SUBSET else split_of_word(subset) or subset
        image = ImageShapes(said, f"{origin}, image {shown(said[0])}", split=split)
        image.take_size(attributes.get("width"), attributes.get("height"))
        for child in node.children:
            if child.tag != "tag":
                add_shape(image, child, child.attributes.get("label", ""))
        images.append(image)
    return images


def _is_one(head: bytes) -> bool:
    return b"<annotations>" in head or b"<annotations " in head

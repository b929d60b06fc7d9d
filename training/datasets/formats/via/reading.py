"""VGG Image Annotator, versions 1 and 2: its project, its JSON and its CSV; read alone.

Source: via.js of the VGG Image Annotator 1.0.6 and 2.0.12 (gitlab.com/vgg/via), its exports. Shapes
are pixels of the image as browsers show it; the class is an attribute of the region, of any name.
"""

from collections.abc import Iterable
from typing import Any

from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError, DefectKind
from training.datasets.drafts import Parsed, dropped
from training.datasets.formats.files.annotation_finder import annotation_folders
from training.datasets.formats.files.file_index import parent
from training.datasets.formats.files.source_files import SourceFiles
from training.datasets.formats.label_map_file import label_map_beside
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.shape_reading import one_class, read_shapes
from training.datasets.formats.shapes import ImageShapes, Shape
from training.datasets.formats.splits.folders import split_of_path, split_of_stem
from training.datasets.formats.text.files import load_content, note_encoding
from training.datasets.formats.text.json_file import as_object, as_text, parse_json
from training.datasets.formats.text.json_values import shown
from training.datasets.formats.via.classes import ClassAttribute, class_attribute, ticked
from training.datasets.formats.via.csv_export import is_via_csv, parse_via_csv
from training.datasets.formats.via.shapes import draw
from training.datasets.notes import NoteKind, counted
from training.datasets.workers import Workers

_KEYS = (b'"region_attributes"', b'"shape_attributes"', b'"_via_img_metadata"')


def find(files: SourceFiles) -> list[str]:
    """The JSON and CSV files with regions."""
    folders = [
        *annotation_folders(files, [".json"], _is_json, with_end=True),
        *annotation_folders(files, [".csv"], is_via_csv),
    ]
    return sorted(path for each in folders for path in each.files)


def read(files: SourceFiles, options: ReadOptions, workers: Workers) -> Dataset:
    """Read every file; a folder or file called like a split is one.

    Raises:
        DatasetError: there are none, or no region has a class.
    """
    found = find(files)
    if not found:
        raise DatasetError(f"{files.path}: no files with VIA's regions")
    images: list[ImageShapes] = []
    unread: list[Parsed] = []
    for inside in found:
        path = files.path_of(inside)
        files.use(inside)
        try:
            is_csv = path.suffix.lower() == ".csv"
            loaded = load_content(files, path, parse_via_csv if is_csv else parse_json)
            content = loaded.value
            entries = _entries(content)
            note_encoding(files, path, loaded.text.note)
        except ValueError as error:
            unread.append(dropped(str(path), DefectKind.BAD_ANNOTATION, str(error)))
            continue
        chosen = class_attribute(_regions(entries), content, options.columns.get("class"))
        if chosen.name:
            files.note(NoteKind.GUESSED, chosen.sentence, path)
        split = split_of_path(inside) or split_of_stem(path.stem)
        named = f", split {split}" if split else ""
        files.note(NoteKind.READ, f"{counted(len(entries), 'image')}{named}", path)
        for key, entry in entries.items():
            origin = f"{path}, image {shown(key)}"
            try:
                image = parse_entry(entry, chosen, one_class(options))
            except ValueError as error:
                unread.append(dropped(origin, DefectKind.BAD_ANNOTATION, str(error)))
                continue
            image.origin, image.beside, image.split = origin, parent(inside), split
            images.append(image)
    shapes = [shape for each in images for shape in each.shapes]
    if shapes and not any(shape.label for shape in shapes):
        raise DatasetError(
            f"{files.path}: no region has an attribute that names its class; "
            "--classes NAME gives all of them one"
        )
    classes = label_map_beside(files)
    return read_shapes(files, images, options, workers, classes=classes, unread=unread)


def parse_entry(entry: Any, chosen: ClassAttribute, only_class: str = "") -> ImageShapes:
    """One image's entry.

    Raises:
        ValueError: it names no image, or its regions are no list.
    """
    entry = as_object(entry, "an object with `filename`")
    name = as_text(entry.get("filename"), "`filename`")
    if not name.strip("/\\. "):
        raise ValueError(f"`filename` is {shown(name)}, the image's was expected")
    image = ImageShapes((name,), "")
    for number, region in enumerate(_listed(entry.get("regions")), 1):
        place = f"region {number}"
        try:
            shape = Shape("", place)
            attributes = as_object(region, "a region").get("region_attributes")
            draw(shape, as_object(region.get("shape_attributes"), "`shape_attributes`"))
            labels = chosen.labels(attributes, entry.get("file_attributes"))
        except ValueError as error:
            image.defects.append((place, str(error)))
            continue
        shape.label = labels[0] if labels else only_class
        if len(labels) > 1:
            shape.unsure = f"a region of {len(labels)} classes: {', '.join(labels)}"
        shape.flag(ticked(attributes))
        image.shapes.append(shape)
    return image


def _entries(content: Any) -> dict[str, Any]:
    """The entries by their keys, of a project or an export."""
    if isinstance(content, dict) and "_via_img_metadata" in content:
        content = content["_via_img_metadata"]
    if isinstance(content, list):
        content = {str(number): entry for number, entry in enumerate(content, 1)}
    if not isinstance(content, dict) or not content:
        raise ValueError(f"an object with an entry an image was expected, not {shown(content)}")
    return content


def _regions(entries: dict[str, Any]) -> Iterable[tuple[Any, Any]]:
    """The attributes of each region, and of its image."""
    for entry in entries.values():
        if isinstance(entry, dict):
            try:
                regions = _listed(entry.get("regions"))
            except ValueError:
                continue
            for region in regions:
                if isinstance(region, dict):
                    yield region.get("region_attributes"), entry.get("file_attributes")


def _listed(regions: Any) -> list[Any]:
    """Version 1 numbers them in an object."""
    if regions is None:
        return []
    if isinstance(regions, dict):
        return list(regions.values())
    if isinstance(regions, list):
        return regions
    raise ValueError(f"`regions`, a list, was expected, not {shown(regions)}")


def _is_json(head: bytes) -> bool:
    if any(key in head for key in _KEYS):
        return True
    return b'"regions"' in head and b'"file_attributes"' in head and b'"filename"' in head

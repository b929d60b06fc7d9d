"""labelme's JSON: a file an image, with shapes; read alone.

Source: labelme's label file (labelme/_label_file.py, _utils/shape.py of its repository). Points are
pixels of the upright image; a rectangle has two opposite corners, a circle its center and a point
on it, a mask the PNG of the part between its two points, both included. Shapes of one label and
group are one object. X-AnyLabeling and AnyLabeling write the same with shapes of their own:
rectangles of four points, `rotation`.
"""

from functools import partial
from pathlib import Path
from typing import Any

from training.datasets.base64_image import Base64Image
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError, DefectKind
from training.datasets.drafts import Parsed, dropped
from training.datasets.formats.files.annotation_finder import annotation_folders
from training.datasets.formats.files.file_index import parent
from training.datasets.formats.files.source_files import SourceFiles
from training.datasets.formats.label_map_file import label_map_beside
from training.datasets.formats.labelme.shapes import parse_shapes
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.shape_reading import one_class, read_shapes
from training.datasets.formats.shapes import ImageShapes
from training.datasets.formats.splits.folders import split_of_path
from training.datasets.formats.text.files import read_alike
from training.datasets.formats.text.json_file import as_object, load_json
from training.datasets.notes import NoteKind, counted
from training.datasets.workers import Workers


def find(files: SourceFiles) -> list[str]:
    """The files with shapes and the path or the data of an image."""
    folders = annotation_folders(files, [".json"], _is_one, with_end=True)
    return [path for each in folders for path in each.files]


def read(files: SourceFiles, options: ReadOptions, workers: Workers) -> Dataset:
    """Read every file; a folder called like a split is one.

    Raises:
        DatasetError: there are none.
    """
    found = find(files)
    if not found:
        raise DatasetError(f"{files.path}: no JSON files with labelme's `shapes` and `imagePath`")
    files.use(*found)
    work = [(files.path_of(each), parent(each)) for each in found]
    one = partial(read_file, only_class=one_class(options))
    results = read_alike(one, work, files, workers, lambda each: each[0])
    images = [each for each in results if isinstance(each, ImageShapes)]
    unread = [each for each in results if isinstance(each, Parsed)]
    for each in images:
        each.split = split_of_path(f"{each.beside}/")
    files.note(NoteKind.READ, f"{counted(len(found), 'labelme file')}")
    classes = label_map_beside(files)
    return read_shapes(files, images, options, workers, classes=classes, unread=unread)


def read_file(
    work: tuple[Path, str], *, only_class: str = "", encoding: str | None = None
) -> ImageShapes | Parsed:
    """What one file says, or why it cannot be read."""
    path, beside = work
    try:
        loaded = load_json(path, encoding)
        content = as_object(loaded.value, "an object with `shapes`")
        shapes, defects = parse_shapes(content, only_class)
    except ValueError as error:
        return dropped(str(path), DefectKind.BAD_ANNOTATION, str(error))
    has_data = isinstance(content.get("imageData"), str) and bool(content["imageData"])
    image = ImageShapes(
        said=_image_names(content.get("imagePath"), path.stem),
        own=path.stem,
        origin=str(path),
        beside=beside,
        shapes=shapes,
        defects=defects,
        embedded=Base64Image(path, "imageData", loaded.text.encoding) if has_data else None,
        encoding=loaded.text.note,
        by_chance=loaded.text.by_chance,
    )
    image.take_size(content.get("imageWidth"), content.get("imageHeight"))
    return image


def _image_names(said: Any, stem: str) -> tuple[str, ...]:
    """What the file calls its image; its own name where it was renamed together with that."""
    own = f"{stem}.jpg"
    # labelme has written the JSON's own name where an image was opened out of it.
    is_name = isinstance(said, str) and said.strip("/\\. ") and not said.endswith(".json")
    return (said, own) if is_name else (own,)


def _is_one(head: bytes) -> bool:
    if not head.lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").startswith(b"{"):
        return False
    has_image = any(key in head for key in (b'"imagePath"', b'"imageData"', b'"imageHeight"'))
    return has_image and (b'"shapes"' in head or b'"imageData"' in head)

"""What a data set is that no reader knows: a sentence that says what to do."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from training.datasets.formats.csv_files.header import understand
from training.datasets.formats.csv_files.proposal import proposal
from training.datasets.formats.csv_files.table import first_fields
from training.datasets.formats.files.image_folders import IMAGE_FOLDERS
from training.datasets.formats.files.source_files import SAID_BY_NOBODY, SourceFiles
from training.datasets.formats.foreign_formats import FOREIGN
from training.datasets.formats.splits.folders import split_of_folder
from training.datasets.notes import counted, listed

# Annotation files lie among the first, and a folder of a million images is not opened.
MOST_LOOKED_AT = 300
_ANNOTATIONS = (".csv", ".json", ".xml")
# A key of JSON, as far as one can be told by its beginning.
_KEY = re.compile(rb'"([^"\\]{1,40})"\s*:')
_ARCHIVES = (".zip", ".tar", ".tgz", ".tar.gz", ".7z", ".rar")


def what_is_there(files: SourceFiles, formats: Iterable[str]) -> str:
    """A sentence on a data set that no reader knows, without its full stop: what it is, what to do.

    Args:
        files: the data set's.
        formats: what would be read.
    """
    none = f"{files.path} looks like none of the formats {', '.join(formats)} (--from names one)"
    if files.path.is_file():
        return _of_file(files, files.path.name) or f"{none}: {files.seen()}"
    images = set(files.index.images)
    others = [path for path in files.index.files if path not in images
              and PurePosixPath(path).name.lower() not in SAID_BY_NOBODY]  # fmt: skip
    known = (_of_file(files, inside) for inside in others[:MOST_LOOKED_AT])
    sentence = next(filter(None, known), "")
    if sentence:
        return sentence
    if not files.index.files:
        return (
            f"{files.path} looks like none of the formats: it is empty; a folder of images and "
            "their annotations was expected"
        )
    if not others:
        return (
            f"{files.path} looks like none of the formats: it has {counted(len(images), 'image')} "
            f"and no annotations; {_whole_images(files)}the labelling tool's export of them has to "
            "lie beside"
        )
    return f"{none}: {files.seen()}{_home_made(files, others)}"


def _whole_images(files: SourceFiles) -> str:
    """A half sentence where the images' folders look like classes of whole images."""
    folders = {PurePosixPath(path).parent.name for path in files.index.images}
    named = sorted(each for each in folders if each and split_of_folder(each) is None
                   and each.lower() not in IMAGE_FOLDERS)  # fmt: skip
    if len(named) < 2 or len(named) < len(folders):
        return ""
    return (
        f"their folders ({listed(named)}) look like classes of whole images, and a detector learns "
        "from boxes: "
    )


def _home_made(files: SourceFiles, others: Iterable[str]) -> str:
    """What the first JSON file holds that is of no tool that is known."""
    path = next((each for each in others if each.lower().endswith(".json")), None)
    keys = dict.fromkeys(_KEY.findall(files.head(path))) if path is not None else {}
    if not keys:
        return ""
    named = ", ".join(key.decode("utf-8", "replace") for key in list(keys)[:6])
    return f"; {path} is JSON of no tool that is known, with {named}: convert it to COCO JSON"


def _of_file(files: SourceFiles, inside: str) -> str:
    """What one file is; empty where it is nothing that is known."""
    path, lower = files.path_of(inside), inside.lower()
    suffix = PurePosixPath(lower).suffix
    if lower.endswith(_ARCHIVES):
        return (
            f"{path} is an archive; name it in the place of its folder if all is in it, else "
            "unpack it where it lies"
        )
    if suffix == ".gz":
        return (
            f"{path} is packed by gzip, which is not read for annotations: unpack it (`gunzip "
            f"--keep`) and name {path.with_suffix('').name}"
        )
    if suffix in _ANNOTATIONS and path.stat().st_size == 0:
        return f"{path} is empty"
    head = files.head(inside, with_end=suffix == ".json")
    for each in FOREIGN:
        if suffix in each.suffixes and each.is_one(head):
            return f"{path} is {each.whose}, which is not read: {each.advice}"
    if suffix == ".csv" and len(first_fields(head)) > 2 and not understand(first_fields(head)):
        return not_understood(str(path), head)
    return ""


def not_understood(path: str, head: bytes) -> str:
    """A sentence on a CSV file whose columns are none that are known.

    Args:
        path: the file.
        head: its beginning.
    """
    header = first_fields(head)
    command = proposal(path, head) or "--columns image=...,class=...,x_min=..."
    return (
        f"{path}: the columns {', '.join(header[:20]) or 'are none'} do not say where the image "
        f"and the box are; --columns says what those mean that are not known, perhaps: {command}"
    )

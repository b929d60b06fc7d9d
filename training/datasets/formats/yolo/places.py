"""Which images a YOLO data set has: the folders and lists that `data.yaml` names, or all there are.

`data.yaml` travels with its set, and its paths do not: what it names is looked for as it is said,
then without the leading folders of the machine that it was written on.
"""

import os
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from training.datasets.defects import Defect, DefectKind, Loss
from training.datasets.formats.files.file_index import FileIndex, is_image_name, parent, whole_path
from training.datasets.formats.files.image_finder import FoundImage, ImageFinder, ImageName
from training.datasets.formats.files.image_names import image_name, spellings
from training.datasets.formats.files.source_files import SourceFiles
from training.datasets.formats.splits.folders import split_of_path, split_of_word
from training.datasets.formats.splits.words import splits_around
from training.datasets.formats.text.files import read_noted_text
from training.datasets.formats.yolo.description import Description
from training.datasets.notes import listed
from training.datasets.sources import FileImage

_LONGEST_PATH = 4096
_LETTERS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class YoloImage:
    """An image of the data set.

    Args:
        file: where it is.
        inside: its path from the root; None where it is not below it.
        name: as `AnnotatedImage.name`.
        split: as `AnnotatedImage.split`.
        folder: as `SplitHints.folder`.
        listed: as `SplitHints.listed`.
        lists: as `SplitHints.lists`.
    """

    file: Path
    inside: str | None
    name: str
    split: str | None
    folder: str | None = None
    listed: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()


@dataclass
class YoloPlaces:
    """What was found.

    Args:
        images: in the order of the splits, by path.
        defects: splits that are not there, images that lists name and are not there.
    """

    images: list[YoloImage] = field(default_factory=list)
    defects: list[Defect] = field(default_factory=list)


def find_images(files: SourceFiles, description: Description) -> YoloPlaces:
    """The images of the splits that `data.yaml` names, or all below the folder of images or root.

    Args:
        files: the data set.
        description: of its `data.yaml`.
    """
    found = YoloPlaces()
    if files.images.first is not None:
        _take_all(found, files.images.first, files)
        files.images.used.update(each.inside for each in found.images if each.inside is not None)
    elif not description.splits:
        _take_all(found, files.index, files)
        files.images.used.update(files.index.images)
        _split_by_lists(found, files)
    else:
        _take_splits(found, files, description)
    return found


def _take_all(found: YoloPlaces, index: FileIndex, files: SourceFiles) -> None:
    siblings = files.images.lists.siblings
    for path in index.images:
        file = index.path(path)
        inside = path if index is files.index else files.index.inside(file)
        split, around = split_of_path(path), next(iter(splits_around(path, siblings)), None)
        own = split if split == around else None
        hints = files.images.lists.hints(path, path)
        files.use(*hints.lists)
        found.images.append(YoloImage(file, inside, image_name(path), own, around,
                                      hints.listed, hints.lists))  # fmt: skip


def _split_by_lists(found: YoloPlaces, files: SourceFiles) -> None:
    """Give images without a split that of the `train.txt` that lists them, as CVAT's exports do."""
    splits: dict[Path, str] = {}
    for path in files.index.with_suffix(".txt", max_depth=1):
        split = split_of_word(PurePosixPath(path).stem)
        if split is None or not _is_list(files.head(path)):
            continue
        files.use(path)
        for image in _listed(found, files, path, files.images):
            splits.setdefault(image.file, split)
    found.images = [
        each if each.split is not None else replace(each, split=splits.get(each.file))
        for each in found.images
    ]


def _is_list(head: bytes) -> bool:
    first = next((line.strip() for line in head.splitlines() if line.strip()), b"")
    return is_image_name(first.decode("utf-8", "replace"))


@dataclass(frozen=True)
class _Place:
    """A folder or list; `stripped` where it is not where `data.yaml` says."""

    path: Path
    stripped: bool


def _take_splits(found: YoloPlaces, files: SourceFiles, description: Description) -> None:
    places = {(split, said): _place(files, description, said)
              for split, paths in description.splits.items() for said in paths}  # fmt: skip
    sayers: dict[Path, set[str]] = {}
    for (_, said), place in places.items():
        if place is not None:
            sayers.setdefault(place.path, set()).add(said)
    for (split, said), place in places.items():
        where, shown = f"{description.file}, {split}", said[:_LETTERS_SHOWN]
        if place is None:
            message = f"there is no {shown}; looked for {_tried(files, description, said)}"
            if (outside := _outside(files, description, said)) is not None:
                message = f"{outside} lies outside of {files.root} and was not opened"
            found.defects.append(Defect(where, DefectKind.MISSING_SPLIT, message, "left out"))
        elif place.stripped and len(sayers[place.path]) > 1:
            others = listed(sorted(sayers[place.path] - {said}))
            message = f"there is no {shown}, and {place.path} may as well be {others}"
            found.defects.append(Defect(where, DefectKind.MISSING_SPLIT, message, "left out"))
        elif place.path.is_file():
            inside = files.index.inside(place.path)
            if inside is not None:
                files.use(inside)
            listed_images = _listed(found, files, place.path, files.images)
            found.images += [replace(each, split=split) for each in listed_images]
        else:
            before = len(found.images)
            found.images += _in_folder(files, place.path, split)
            if len(found.images) == before:
                message = f"there are no images in {place.path}"
                found.defects.append(Defect(where, DefectKind.MISSING_SPLIT, message, "left out"))


def _place(files: SourceFiles, description: Description, said: str) -> _Place | None:
    """The folder or list that is meant: as it is said, else below the root without what leads."""
    if description.file is None or len(said) > _LONGEST_PATH or "\0" in said + description.path:
        return None
    plain = said.replace("\\", "/")
    beside = description.file.parent
    stripped = plain.removeprefix("../")
    for base in (beside / description.path, beside):
        # Roboflow's exports say `../train/images` and mean `train/images` beside the file.
        for path in (plain, stripped):
            place = _there(files, base / path)
            if place is not None and _is_allowed(files, place):
                return _Place(place, stripped=False)
    root = files.index.inside(beside) or ""
    for parts in spellings(f"{description.path}/{plain}"):
        for start in range(1, len(parts)):
            tail = "/".join(parts[start:])
            inside = f"{root}/{tail}" if root else tail
            if inside in files.index.known or inside in files.index.folder_set:
                return _Place(files.index.path(inside), stripped=True)
    # A folder around the set, with `data.yaml` beside it.
    inner = [folder for folder in files.index.folder_set if folder.endswith(f"/{plain.strip('/')}")]
    return _Place(files.index.path(inner[0]), stripped=True) if len(inner) == 1 else None


def _there(files: SourceFiles, path: Path) -> Path | None:
    """A folder or file on the disk, or what an archive was unpacked as: `train` of `train.zip`."""
    below = _below(files, path)
    unpacked = files.archives.places.get(below, below)
    is_mounted = unpacked != below or not _exists(path)
    if is_mounted and (unpacked in files.index.known or unpacked in files.index.folder_set):
        return files.index.path(unpacked) if unpacked else None
    return Path(os.path.normpath(path)) if _exists(path) else None


def _below(files: SourceFiles, path: Path) -> str:
    """A path from the root; empty where it is not below it."""
    root, inside = whole_path(files.root), whole_path(path)
    below = inside.relative_to(root).as_posix() if inside.is_relative_to(root) else ""
    return "" if below == "." else below


def _is_allowed(files: SourceFiles, path: Path) -> bool:
    """Whether a place may be read: below the folder that was named, or said by a named file."""
    inside = whole_path(path)
    roots = (files.root, *files.index.links.values())
    return files.path.is_file() or any(
        inside.is_relative_to(whole_path(each)) or path.resolve().is_relative_to(each.resolve())
        for each in roots
    )


def _outside(files: SourceFiles, description: Description, said: str) -> Path | None:
    """Where a split would be that lies outside of the folder that was named."""
    beside = description.file.parent if description.file is not None else files.root
    path = beside / description.path / said.replace("\\", "/")
    return path if _exists(path) and not _is_allowed(files, path) else None


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _tried(files: SourceFiles, description: Description, said: str) -> str:
    beside = description.file.parent if description.file is not None else files.root
    plain = said.replace("\\", "/")
    stripped = plain.removeprefix("../")
    tries = dict.fromkeys(
        os.path.normpath(base / path)[:_LETTERS_SHOWN]
        for base in (beside / description.path, beside) for path in (plain, stripped)
    )  # fmt: skip
    return listed(list(tries))


def _in_folder(files: SourceFiles, folder: Path, split: str) -> list[YoloImage]:
    inside = files.index.inside(folder)
    if inside is None or inside not in files.index.folder_set:
        index = FileIndex.of(folder)
        return [YoloImage(index.path(path), None, path, split) for path in index.images]
    known = set(files.index.images)
    paths = [path for path in files.index.under(inside) if path in known]
    files.images.used.update(paths)
    start = len(inside) + 1 if inside else 0
    return [YoloImage(files.index.path(path), path, path[start:], split) for path in paths]


def _listed(
    found: YoloPlaces, files: SourceFiles, listing: Path | str, finder: ImageFinder
) -> list[YoloImage]:
    """The images that a list names, a line each; a defect for each that is not there."""
    path = listing if isinstance(listing, Path) else files.index.path(listing)
    beside = parent(files.index.inside(path) or "")
    lines = [(number, line.strip()) for number, line in
             enumerate(read_noted_text(path, files).splitlines(), 1) if line.strip()]  # fmt: skip
    images: list[FoundImage] = finder.find_all([ImageName((line,), beside) for _, line in lines])
    for (number, _), image in zip(lines, images, strict=True):
        if image.source is None:
            where = f"{path}, line {number}"
            defect = Defect(
                where, DefectKind.MISSING_IMAGE, image.failure, "dropped", loses=Loss.IMAGE
            )
            found.defects.append(defect)
    return [
        YoloImage(image.source.path, image.inside, image_name(image.name), None)
        for image in images if isinstance(image.source, FileImage)
    ]  # fmt: skip

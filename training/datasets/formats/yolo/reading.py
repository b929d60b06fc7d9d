"""YOLO: images and label files of the same name, classes in `data.yaml` or in a list.

Source: Ultralytics' data set formats, and the exports of Roboflow, CVAT, Label Studio and LabelImg.
An image without a label file has no objects; a data set in which none has one is a mistake.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError, Defect, DefectKind
from training.datasets.drafts import Parsed, dropped
from training.datasets.formats.files.annotation_finder import annotation_folders
from training.datasets.formats.files.file_index import parent
from training.datasets.formats.files.image_names import folded, without_image_suffix
from training.datasets.formats.files.path_lookup import PathLookup
from training.datasets.formats.files.source_files import SourceFiles
from training.datasets.formats.foreign_formats import foreign_text
from training.datasets.formats.gathering import gather
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.yolo.class_lists import with_own_classes
from training.datasets.formats.yolo.description import (
    CLASS_LISTS,
    NO_CLASS,
    Description,
    class_lists,
    describe,
    description_files,
    numbered_keypoints,
)
from training.datasets.formats.yolo.images import Labelled, read_images
from training.datasets.formats.yolo.label_folders import labels_elsewhere
from training.datasets.formats.yolo.labels import (
    labels_path,
    looks_like_labels,
    whole_lines,
    with_suffix,
)
from training.datasets.formats.yolo.places import YoloImage, YoloPlaces, find_images
from training.datasets.formats.yolo.poses import keypoint_shape_of
from training.datasets.notes import NoteKind, counted, listed
from training.datasets.workers import Workers

_LABELS = "labels"
# Label files that are looked at to tell poses from polygons.
_LOOKED_AT = 300
# Text files that are looked at to name another format.
_SEEN = 20


def find(files: SourceFiles) -> list[str]:
    """`data.yaml`, or label files with a list of classes or beside a folder of images."""
    described = description_files(files)
    if described or files.path.is_file():
        return described
    labels = [path for folder in annotation_folders(files, (".txt",), looks_like_labels)
              for path in folder.files]  # fmt: skip
    lists = class_lists(files) if files.index.images else []
    folders = files.index.folder_set
    pairs = [folder for folder in folders if PurePosixPath(folder).name.lower() == _LABELS
             and f"{parent(folder)}/images".lstrip("/") in folders]  # fmt: skip
    if labels or pairs:
        of_pairs = [path for folder in pairs for path in files.index.under(folder)
                    if path.endswith(".txt")]  # fmt: skip
        # KITTI has the same folders, and lines that begin with a class's name.
        return sorted({*labels, *lists, *(of_pairs if not labels else ())})
    return lists


def read(files: SourceFiles, options: ReadOptions, workers: Workers) -> Dataset:
    """Read the folder of a `data.yaml`, or any with images, labels and a list of classes.

    Raises:
        DatasetError: no images, or no classes; `data.yaml` is not as it should be.
    """
    description = describe(files, options)
    places = find_images(files, description)
    if not places.images and not places.defects:
        raise DatasetError(f"{files.path}: no images: {_seen(files)}")
    texts = PathLookup(list(files.index.with_suffix(".txt")), folded)
    labelled = [Labelled(each, _labels_of(each, files, texts, options.images_dir))
                for each in places.images]  # fmt: skip
    labelled = _with_labels_elsewhere(files, labelled)
    description = _with_poses(files, labelled, description)
    description, labelled = with_own_classes(files, labelled, description)
    files.use(*{each.labels for each in labelled if each.labels is not None})
    found = read_images(files, labelled, description, options, workers)
    lonely = _labels_without_image(files, {each.labels for each in labelled})
    own = [*places.defects, *found.defects, *_no_labels(files, labelled, lonely)]
    _note_places(files, places, description)
    _note_labels(files, labelled)
    return gather(
        [*found.parsed, *lonely, Parsed(None, tuple(own))], files.path, options,
        classes=list(filter(None, description.classes)),
        keypoint_names=description.keypoint_names,
        category_ids={name: number for number, name in
                      enumerate(description.classes, found.first_class) if name != NO_CLASS},
    )  # fmt: skip


def _with_labels_elsewhere(files: SourceFiles, labelled: list[Labelled]) -> list[Labelled]:
    """The images with labels in folders of other names, where none of a folder has any."""
    by_folder: dict[Path, list[Labelled]] = {}
    for each in labelled:
        by_folder.setdefault(each.image.file.parent, []).append(each)
    bare = [each.image for found in by_folder.values() if not any(one.labels for one in found)
            for each in found]  # fmt: skip
    if not bare or not files.path.is_dir():
        return labelled
    taken = {each.labels for each in labelled if each.labels is not None}
    found = labels_elsewhere(files, bare, taken | set(map(files.index.path, class_lists(files))))
    return [each if each.labels else replace(each, labels=found.get(each.image.file))
            for each in labelled]  # fmt: skip


def _with_poses(
    files: SourceFiles, labelled: list[Labelled], description: Description
) -> Description:
    """The description with keypoints, where it has none and the first label files are poses."""
    if description.keypoint_shape is not None:
        return description
    paths = [files.inside(each.labels) for each in labelled if each.labels is not None]
    lines = [line for path in paths[:_LOOKED_AT] for line in whole_lines(files.head(path))]
    shape = keypoint_shape_of(lines)
    if shape is None:
        return description
    count, numbers = shape
    message = (
        f"no kpt_shape says it, but each line was taken as a box and {counted(count, 'keypoint')} "
        f"of {numbers} numbers, not as a polygon; kpt_shape: [{count}, {numbers}] in data.yaml "
        "says so"
    )
    files.note(NoteKind.GUESSED, message, description.file or files.path)
    return replace(description, keypoint_shape=shape, keypoint_names=numbered_keypoints(count))


def _labels_of(
    image: YoloImage, files: SourceFiles, texts: PathLookup, images_dir: Path | None
) -> Path | None:
    """An image's label file, if it is there, in the same letters or in others' case."""
    index = files.index
    if image.inside is not None:
        tries = [labels_path(image.inside), with_suffix(image.inside, ".txt")]
        # Some tools put the suffix behind the image's whole name.
        suffix = PurePosixPath(image.inside).suffix
        tries += [with_suffix(each, f"{suffix}.txt") for each in tries]
        for inside in tries:
            if inside in index.known:
                return index.path(inside)
        other_case = next(filter(None, map(texts.at, tries)), None)
        if other_case is not None:
            return index.path(other_case)
    if image.inside is None or images_dir is not None:
        paths = [Path(labels_path(image.file.as_posix())), image.file.with_suffix(".txt")]
        if images_dir is not None:
            below = image.file.relative_to(images_dir).with_suffix(".txt")
            paths += [files.root / _LABELS / below, files.root / below]
        return next((path for path in paths if path.is_file()), None)
    return None


def _labels_without_image(files: SourceFiles, known: set[Path | None]) -> list[Parsed]:
    """A defect for each file in a folder `labels` that no image goes with, used or not."""
    stems = {PurePosixPath(without_image_suffix(path)).name for path in files.images.unused}
    found = [
        path for path in files.index.with_suffix(".txt")
        if _LABELS in map(str.lower, PurePosixPath(path).parts[:-1])
        and PurePosixPath(path).name not in CLASS_LISTS
        and files.index.path(path) not in known
        # An image of a split that is not asked for is in the account already.
        and PurePosixPath(path).stem not in stems
    ]  # fmt: skip
    files.use(*found)
    return [
        dropped(
            str(files.index.path(path)), DefectKind.MISSING_IMAGE,
            "there is no image of that name",
        )
        for path in found
    ]  # fmt: skip


def _no_labels(
    files: SourceFiles, labelled: Sequence[Labelled], lonely: Sequence[Parsed]
) -> list[Defect]:
    """A defect where no image at all has a label file."""
    if not labelled or lonely or any(each.labels is not None for each in labelled):
        return []
    first = labelled[0].image
    expected = labels_path(first.inside or first.file.as_posix())
    others = sorted({parent(path) or "." for path in files.index.with_suffix(".txt")
                     if PurePosixPath(path).name not in CLASS_LISTS})  # fmt: skip
    seen = f"text files lie in {listed(others)}" if others else "there are no text files"
    texts = [path for path in files.index.with_suffix(".txt") if parent(path) in others]
    foreign = next(filter(None, (foreign_text(files.head(path)) for path in texts[:_SEEN])), None)
    if foreign is not None:
        seen += f", each {foreign.whose}, which is not read: {foreign.advice}"
    message = (
        f"none of {counted(len(labelled), 'image')} has labels: there is no {expected}; {seen}"
    )
    return [Defect(str(files.path), DefectKind.NO_LABELS, message, "images without objects")]


def _note_places(files: SourceFiles, places: YoloPlaces, description: Description) -> None:
    counts: dict[str | None, int] = {}
    for image in places.images:
        counts[image.split] = counts.get(image.split, 0) + 1
    of = ", ".join(f"{count} {split or 'without a split'}" for split, count in counts.items())
    message = f"{counted(len(places.images), 'image')}{f' ({of})' if of else ''}"
    files.note(NoteKind.READ, message, description.file or files.path)


def _note_labels(files: SourceFiles, labelled: Sequence[Labelled]) -> None:
    """Notes on images without labels, and on those that share a file of them."""
    without = [each.image.name for each in labelled if each.labels is None]
    if without and len(without) < len(labelled):
        message = (
            f"{counted(len(without), 'image')} without a label file taken as without objects: "
            f"{listed(without)}"
        )
        files.note(NoteKind.GUESSED, message)
    whole = [each.labels.name for each in labelled if each.labels is not None
             and each.labels.stem.lower() == each.image.file.name.lower()]  # fmt: skip
    if whole:
        called = "label file is" if len(whole) == 1 else "label files are"
        message = f"{len(whole)} {called} called like an image with its suffix: {listed(whole)}"
        files.note(NoteKind.GUESSED, message)
    sharing: dict[Path, set[Path]] = {}
    for each in labelled:
        if each.labels is not None:
            sharing.setdefault(each.labels, set()).add(each.image.file)
    shared = {labels: found for labels, found in sharing.items() if len(found) > 1}
    if shared:
        labels, found = next(iter(shared.items()))
        names = " and ".join(sorted(path.name for path in found)[:3])
        message = f"{counted(len(shared), 'label file')} of several images: {labels} of {names}"
        files.note(NoteKind.ODD, message)


def _seen(files: SourceFiles) -> str:
    count = len(files.index.files)
    return f"{counted(count, 'file')} there ({listed(files.index.files)})" if count else "no files"

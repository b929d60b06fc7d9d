"""Label Studio's JSON and JSON-MIN exports; read alone.

Source: "Export annotations" of labelstud.io/guide/export and the converter of label-studio-sdk.
Coordinates are percents of the image. Of a task's annotations the newest that was not cancelled is
read; predictions are nobody's work and are not.
"""

from dataclasses import replace

from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError, DefectKind
from training.datasets.drafts import Parsed, dropped
from training.datasets.formats.files.annotation_finder import annotation_folders
from training.datasets.formats.files.file_index import parent
from training.datasets.formats.files.source_files import SourceFiles
from training.datasets.formats.label_map_file import label_map_beside
from training.datasets.formats.label_studio.images import (
    image_names,
    stored_names,
    without_upload_folders,
)
from training.datasets.formats.label_studio.results import parse_results
from training.datasets.formats.label_studio.tasks import (
    Chosen,
    as_task,
    choose_annotation,
    is_unsure,
)
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.shape_reading import one_class, read_shapes
from training.datasets.formats.shapes import ImageShapes
from training.datasets.formats.splits.folders import split_of_path, split_of_stem
from training.datasets.formats.text.files import load_content, note_encoding
from training.datasets.formats.text.json_file import as_list, parse_json
from training.datasets.notes import NoteKind, counted
from training.datasets.workers import Workers

_LABELS = (b"rectanglelabels", b"polygonlabels", b"ellipselabels", b"keypointlabels",
           b"brushlabels")  # fmt: skip


def find(files: SourceFiles) -> list[str]:
    """The JSON files with tasks."""
    folders = annotation_folders(files, [".json"], _is_one)
    return [path for each in folders for path in each.files]


def read(files: SourceFiles, options: ReadOptions, workers: Workers) -> Dataset:
    """Read every file; a folder or file called like a split is one.

    Raises:
        DatasetError: there are none, or no task has an annotation.
    """
    found = find(files)
    if not found:
        raise DatasetError(f"{files.path}: no JSON files with Label Studio's tasks")
    images: list[ImageShapes] = []
    unread: list[Parsed] = []
    for inside in found:
        path = files.path_of(inside)
        files.use(inside)
        try:
            loaded = load_content(files, path, parse_json)
            content = loaded.value
            note_encoding(files, path, loaded.text.note)
            tasks = [content] if isinstance(content, dict) else as_list(content, "tasks")
        except ValueError as error:
            unread.append(dropped(str(path), DefectKind.BAD_ANNOTATION, str(error)))
            continue
        split = split_of_path(inside) or split_of_stem(path.stem)
        chosen: list[Chosen] = []
        unsure = 0
        for number, value in enumerate(tasks, 1):
            try:
                task = as_task(value)
                origin = f"{path}, task {task.get('id', number)}"
                choice = choose_annotation(task)
                chosen.append(choice)
                if choice.results is None:
                    continue
                image = parse_results(choice.results, one_class(options))
                image.said = image_names(task)
                unsure += is_unsure(value)
            except ValueError as error:
                origin = f"{path}, task {number}"
                unread.append(dropped(origin, DefectKind.BAD_ANNOTATION, str(error)))
                continue
            image.origin, image.beside, image.split = origin, parent(inside), split
            images.append(image)
        _note(files, str(path), chosen)
        if unsure:
            message = (
                f"{counted(unsure, 'task')} of JSON-MIN without a region, and nothing says who "
                "annotated them: taken as images without objects"
            )
            files.note(NoteKind.GUESSED, message, path)
    if not images and not unread:
        raise DatasetError(
            f"{files.path}: no task has an annotation; Label Studio's export has to contain them"
        )
    for image, names in zip(images, stored_names([each.said for each in images]), strict=True):
        image.said = names
    classes = label_map_beside(files)
    dataset = read_shapes(files, images, options, workers, classes=classes, unread=unread)
    return replace(dataset, images=without_upload_folders(dataset.images))


def _note(files: SourceFiles, path: str, chosen: list[Chosen]) -> None:
    """What was left of a file's tasks."""
    read_ones = [each for each in chosen if each.results is not None]
    form = "JSON-MIN" if any(each.minimal for each in chosen) else "JSON"
    files.note(NoteKind.READ, f"Label Studio's {form}, {counted(len(read_ones), 'task')}", path)
    several = sum(each.others > 0 for each in read_ones)
    if several:
        message = f"{counted(several, 'task')} with several annotations: the newest was read"
        files.note(NoteKind.GUESSED, message, path)
    without = [each for each in chosen if each.results is None]
    if without:
        cancelled = sum(each.cancelled > 0 for each in without)
        predicted = sum(each.predicted for each in without)
        message = (
            f"{counted(len(without), 'task')} without an annotation ({cancelled} cancelled, "
            f"{predicted} with predictions alone)"
        )
        files.note(NoteKind.UNUSED, message, path)


def _is_one(head: bytes) -> bool:
    if b'"annotation_id"' in head and b'"lead_time"' in head:
        return True
    has_results = b'"result"' in head or b'"was_cancelled"' in head
    has_tasks = any(key in head for key in (b'"annotations"', b'"completions"', b'"task"'))
    if has_tasks and has_results:
        return True
    # The words are Label Studio's own; JSON-MIN has no other that people leave in it.
    return any(word in head for word in _LABELS)

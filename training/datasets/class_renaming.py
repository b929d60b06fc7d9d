"""Other names for the classes of a data set, so that several data sets speak of the same ones."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from detection.label_map import LabelMap, LabelMapItem
from training.datasets.annotated import AnnotatedImage
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError
from training.datasets.notes import Note, NoteKind, listed


def check_renames(renames: Mapping[str, str]) -> None:
    """Raise ValueError where a new name is empty or ends in white space."""
    for name, new_name in renames.items():
        if not new_name or new_name != new_name.strip():
            raise ValueError(
                f"rename gives {name!r} a name without white space around it, not {new_name!r}"
            )


def rename_classes(dataset: Dataset, renames: Mapping[str, str], path: Path) -> Dataset:
    """The data set with other names for some of its classes; several may become one.

    Args:
        dataset: what to rename.
        renames: the new name of each class that gets one, by the name in the files.
        path: of the data set, for messages.

    Returns:
        Classes are numbered from 1, in the order of the numbers that they had. Where two became
        one, no number of the files means a class any more: `category_ids` is empty.

    Raises:
        DatasetError: there is no class of a name in `renames`.
    """
    if not renames:
        return dataset
    strange = [name for name in renames if name not in dataset.class_ids]
    if strange:
        raise DatasetError(
            f"{path} has no class {strange[0]!r} to rename; its classes are "
            f"{', '.join(dataset.class_names)}"
        )
    items: dict[str, LabelMapItem] = {}
    for item in sorted(dataset.label_map, key=lambda each: each.id):
        name = renames.get(item.name, item.name)
        number = len(items) + 1
        new = LabelMapItem(number, name) if item.name in renames else replace(item, id=number)
        items.setdefault(name, new)
    is_one_to_one = len(items) == len(dataset.class_ids)
    ids = {renames.get(name, name): number for name, number in dataset.category_ids.items()}
    told = [f"{name} as {new_name}" for name, new_name in renames.items()]
    return replace(
        dataset,
        label_map=LabelMap(tuple(items.values())),
        images=tuple(_renamed(image, renames) for image in dataset.images),
        category_ids=ids if is_one_to_one else {},
        notes=(*dataset.notes, Note(NoteKind.READ, f"classes {listed(told, len(told))}")),
    )


def _renamed(image: AnnotatedImage, renames: Mapping[str, str]) -> AnnotatedImage:
    objects = tuple(
        replace(each, label=renames[each.label]) if each.label in renames else each
        for each in image.objects
    )
    return replace(image, objects=objects)

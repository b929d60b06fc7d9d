"""Classes of which a training would learn nothing, since all their objects are marked as crowds.

COCO's crowds are several objects under one outline, and are neither learned nor measured. Some
labelling tools mark every mask as one.
"""

from collections import Counter
from collections.abc import Iterable

from training.datasets.annotated import AnnotatedObject
from training.datasets.dataset import Dataset
from training.datasets.notes import listed

_HELP = "left out as such; `crowd_as_single: true` of the source takes them as single objects"


def crowd_only_classes(part: str, datasets: Iterable[Dataset]) -> list[str]:
    """A sentence on the classes whose objects, and one on those whose masks, are all crowds.

    Args:
        part: what the data is for, such as `train`, for the sentences.
        datasets: its sources.
    """
    objects = [each for one in datasets for image in one.images for each in image.objects]
    of_objects = _ignored(objects)
    of_masks = _ignored(each for each in objects if each.has_mask)
    masks_alone = {name: count for name, count in of_masks.items() if name not in of_objects}
    return [
        f"{part}: every {what} of {listed(_counts(found), 5)} is marked as a crowd and {_HELP}"
        for what, found in (("object", of_objects), ("mask", masks_alone)) if found
    ]  # fmt: skip


def _ignored(objects: Iterable[AnnotatedObject]) -> dict[str, int]:
    """The classes of which all are crowds, and how many each has."""
    counts: Counter[str] = Counter()
    crowds: Counter[str] = Counter()
    for each in objects:
        counts[each.label] += 1
        crowds[each.label] += each.crowd
    return {name: count for name, count in sorted(counts.items()) if crowds[name] == count}


def _counts(found: dict[str, int]) -> list[str]:
    return [f"{name!r} ({count})" for name, count in found.items()]

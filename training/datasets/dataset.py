"""`Dataset`: annotated images, and what their classes and keypoints are called."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from detection.label_map import LabelMap, LabelMapItem
from training.datasets.annotated import SPLITS, AnnotatedImage
from training.datasets.defects import Defect
from training.datasets.notes import Note


@dataclass(frozen=True, eq=False)
class Dataset:
    """Annotated images; their pixels stay on disk until somebody reads an image's source.

    Args:
        label_map: the classes; an object's `label` is an item's name.
        images: each of another name within its split.
        keypoint_names: what the keypoints of every object that has some are called, in order.
        defects: what was wrong with the annotations and is repaired here.
        notes: what was read, passed over and guessed; none of it is wrong.
        category_ids: the number of each class in the files that were read, by name, where those
            number them and all in the same way: COCO's category ids, which may begin at 0 or have
            gaps; YOLO's, from 0. Results that are written for others carry these. Empty where the
            files have names alone; `class_ids` are ours, from 1.

    Raises:
        ValueError: an object's class is not in the label map, or keypoints are of another number.
    """

    label_map: LabelMap
    images: tuple[AnnotatedImage, ...]
    keypoint_names: tuple[str, ...] = ()
    defects: tuple[Defect, ...] = ()
    notes: tuple[Note, ...] = ()
    category_ids: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for image in self.images:
            for each in image.objects:
                if each.label not in self.class_ids:
                    raise ValueError(
                        f"{image.name}: the class {each.label!r} is not in the label map"
                    )
                if each.keypoints is not None and len(each.keypoints) != len(self.keypoint_names):
                    raise ValueError(
                        f"{image.name}: {len(each.keypoints)} keypoints, but "
                        f"{len(self.keypoint_names)} names for them"
                    )

    def __len__(self) -> int:
        return len(self.images)

    @cached_property
    def class_ids(self) -> dict[str, int]:
        """The number of each class, by the name that objects have as their `label`."""
        return {item.name: item.id for item in self.label_map}

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, by rising number."""
        return tuple(sorted(self.class_ids, key=self.class_ids.__getitem__))

    @property
    def splits(self) -> tuple[str | None, ...]:
        """The splits that have images: train, val, test, then others as they first come."""
        found = dict.fromkeys(image.split for image in self.images)
        usual = [split for split in SPLITS if split in found]
        return (*usual, *(split for split in found if split not in usual))

    @property
    def object_count(self) -> int:
        """How many objects there are in all images."""
        return sum(len(image.objects) for image in self.images)

    def of_split(self, split: str | None) -> "Dataset":
        """The images of one split."""
        kept = tuple(image for image in self.images if image.split == split)
        return replace(self, images=kept)

    def without_masks(self) -> "Dataset":
        """The same with boxes alone, and keypoints."""
        return replace(self, images=tuple(map(_without_masks, self.images)))


def _without_masks(image: AnnotatedImage) -> AnnotatedImage:
    objects = tuple(
        replace(each, polygons=(), mask=None) if each.has_mask else each for each in image.objects
    )
    return replace(image, objects=objects)


def label_map_of(names: Iterable[str]) -> LabelMap:
    """The label map that numbers `names` from 1, in their order.

    Raises:
        LabelMapError: there is none, or one is empty.
        ValueError: one comes twice.
    """
    listed = list(names)
    repeated = {name for name in listed if listed.count(name) > 1}
    if repeated:
        raise ValueError(f"the class {min(repeated)!r} comes twice")
    return LabelMap(tuple(LabelMapItem(number, name) for number, name in enumerate(listed, 1)))


def found_classes(images: Iterable[AnnotatedImage]) -> list[str]:
    """The classes of all objects, by name: the same order whatever the order of the files."""
    return sorted({each.label for image in images for each in image.objects})

"""`TrainOverlap`: the evaluated images with a near-duplicate or neighbor among training images.

A companion is nearly the same image, or its neighbor in a burst or a video. What is measured on
such images tells how well a detector remembers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from training.datasets.annotated import AnnotatedImage
from training.datasets.dataset import Dataset
from training.datasets.grouping.image_series import series_pairs
from training.datasets.grouping.keeping_together import KeepTogether, group_images
from training.datasets.grouping.near_duplicates import hash_images, near_duplicates
from training.datasets.grouping.shot_names import shot_names
from training.datasets.notes import counted
from training.datasets.workers import Workers

# So many pairs are written down.
MOST_PAIRS = 200


@dataclass(frozen=True)
class Learned:
    """Images that were learned from.

    Args:
        images: of one source.
        same_source: they and what is measured on are of one data set, so that their names tell
            which follow one another.
    """

    images: tuple[AnnotatedImage, ...]
    same_source: bool


@dataclass(frozen=True)
class Pair:
    """An image that is measured on, and its nearest companion that was learned from.

    Args:
        index: of the first, in the data set that is measured on.
        measured: it.
        learned: the companion.
        bits: by how many of 63 their hashes differ.
    """

    index: int
    measured: AnnotatedImage
    learned: AnnotatedImage
    bits: int

    @property
    def name(self) -> str:
        """Of the one that is measured on."""
        return self.measured.full_name

    @property
    def reasons(self) -> str:
        """What it is like, in a line."""
        return f"train: {self.learned.full_name}, {self.bits} of 63 bits differ"


@dataclass(frozen=True)
class TrainOverlap:
    """What was found.

    Args:
        image_count: how many images are measured on.
        learned_count: how many of those that were learned from were compared with them.
        pairs: one for each image that has a near-duplicate, the most alike first.
        following: the places of images that follow one that was learned from, by name.
    """

    image_count: int
    learned_count: int
    pairs: tuple[Pair, ...]
    following: frozenset[int]

    @property
    def indices(self) -> frozenset[int]:
        """The places of all images that have a companion."""
        return self.following | {each.index for each in self.pairs}

    def __str__(self) -> str:
        """A sentence; empty where there are none."""
        if not self.indices:
            return ""
        alike = len(self.pairs)
        following = len(self.following)
        reasons = [f"{alike} nearly the same" if alike else "",
                   f"{following} by number or time" if following else ""]  # fmt: skip
        return (
            f"{len(self.indices)} of the {counted(self.image_count, 'image')} have a companion in "
            f"train ({', '.join(each for each in reasons if each)}): what is measured on them "
            "may be too good"
        )

    def as_json(self) -> dict[str, Any]:
        """For `json.dumps`."""
        return {
            "images": self.image_count,
            "images_of_train": self.learned_count,
            "with_companion": len(self.indices),
            "nearly_the_same": len(self.pairs),
            "by_number_or_time": len(self.following),
            "pairs": [
                {"image": each.name, "train": each.learned.full_name, "bits": each.bits}
                for each in self.pairs[:MOST_PAIRS]
            ],
        }


def find_train_overlap(
    truth: Dataset, learned: Sequence[Learned], workers: Workers
) -> tuple[TrainOverlap | None, tuple[int, ...]]:
    """The companions, and the group of each image that is measured on.

    Args:
        truth: what is measured on.
        learned: what was learned from; empty where it is not known, and then there is None.
        workers: read the images.
    """
    count = len(truth.images)
    others = [each for source in learned for each in source.images]
    images = [*truth.images, *others]
    hashes = hash_images(images, workers)
    groups = group_images(truth.images, KeepTogether.AUTO, workers, hashes[:count])
    if not learned:
        return None, groups.numbers
    nearest: dict[int, tuple[int, int]] = {}
    for first, second, bits in near_duplicates(hashes):
        if first < count <= second:
            nearest[first] = min(nearest.get(first, (64, 0)), (bits, second))
    pairs = tuple(
        Pair(index, images[index], images[other], bits)
        for index, (bits, other) in sorted(nearest.items(), key=lambda item: item[1][0])
    )
    same = [each for source in learned if source.same_source for each in source.images]
    names = shot_names([each.name for each in (*truth.images, *same)])
    following = {first for first, second in map(sorted, series_pairs(names))
                 if first < count <= second}  # fmt: skip
    forms = set(names[count:])
    following |= {index for index, name in enumerate(names[:count]) if name in forms}
    return TrainOverlap(count, len(others), pairs, frozenset(following)), groups.numbers

"""Images that are nearly the same, by their hashes: which, and which of them lie in two splits."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from training.datasets.annotated import AnnotatedImage
from training.datasets.dataset import Dataset
from training.datasets.grouping.image_hash import ImageHash, hash_image
from training.datasets.workers import Workers

# Of 63 bits. Two images that have nothing in common differ in 31 of them; over the sets this was
# chosen on (gestures, cards, cells), one pair in a thousand of unrelated ones in 12 or fewer.
MOST_BITS = 10
# Of the thumbnails: the hash alone takes two images with the same coarse shading for one.
LEAST_CORRELATION = 0.9
# Of each image so many nearest are kept: enough to find a group, few enough for a static camera.
_NEAREST = 20
_ROWS = 512

# The two images, the first the lower, and how many bits differ.
Link = tuple[int, int, int]


def hash_images(images: Sequence[AnnotatedImage], workers: Workers) -> tuple[ImageHash | None, ...]:
    """The hash of each; None where one cannot be read or shows nothing."""
    return tuple(workers.map(hash_image, images, "looking for near-duplicates"))


def near_duplicates(hashes: Sequence[ImageHash | None]) -> list[Link]:
    """Pairs of images that are nearly the same; of each image the nearest twenty at most.

    Args:
        hashes: of the images, in their order.
    """
    known = [index for index, each in enumerate(hashes) if each is not None]
    if len(known) < 2:
        return []
    found = [each for each in hashes if each is not None]
    bits = np.array([each.bits for each in found], np.uint64)
    thumbnails = np.stack([each.thumbnail for each in found])
    links: set[Link] = set()
    for start in range(0, len(known), _ROWS):
        rows = slice(start, start + _ROWS)
        distances = np.bitwise_count(bits[rows, None] ^ bits[None])  # (R, N)
        alike = (distances <= MOST_BITS) & (thumbnails[rows] @ thumbnails.T >= LEAST_CORRELATION)
        for row, others in enumerate(alike):
            own = start + row
            others[own] = False
            near = np.flatnonzero(others)
            near = near[np.argsort(distances[row, near], kind="stable")[:_NEAREST]]
            links.update(
                (known[min(own, other)], known[max(own, other)], int(distances[row, other]))
                for other in near.tolist()
            )
    return sorted(links)


def leaks_as_text(dataset: Dataset, links: Sequence[Link]) -> str | None:
    """The same as a line; None where there are none."""
    found = leaks(dataset, links)
    if not found:
        return None
    counts = " and ".join(
        f"{count} of {len(dataset.of_split(split))} {split} images"
        for split, count in found.items()
    )
    return (
        f"{counts} are nearly the same as an image in train, so that what is measured on them is "
        "too good"
    )


def leaks(dataset: Dataset, links: Sequence[Link]) -> dict[str, int]:
    """How many images of each split but train have a near-duplicate in train.

    Args:
        dataset: with splits.
        links: of its images.
    """
    splits = [image.split for image in dataset.images]
    counts = counts_beside_train(splits, ((first, second) for first, second, _ in links))
    return {split: counts[split] for split in map(str, dataset.splits) if split in counts}


def counts_beside_train(
    splits: Sequence[str | None], pairs: Iterable[tuple[int, int]]
) -> Counter[str]:
    """How many images of each split but train are in a pair with an image of train.

    Args:
        splits: of each image; those of none count for nothing.
        pairs: of images' places in `splits`.

    Example:
        >>> counts_beside_train(["train", "val", "val", None], [(0, 1), (1, 2), (3, 0)])
        Counter({'val': 1})
    """
    beside = {
        own
        for first, second in pairs
        for own, other in ((first, second), (second, first))
        if splits[other] == "train" and splits[own] not in (None, "train")
    }
    return Counter(str(splits[index]) for index in sorted(beside))

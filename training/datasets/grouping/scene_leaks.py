"""Whether images of one scene lie in several splits, or would after a split image by image.

Numbers in names alone say little: most sets are numbered. A series counts where its neighbors look
alike as well.
"""

from collections.abc import Sequence

from training.datasets.dataset import Dataset
from training.datasets.grouping.image_hash import ImageHash
from training.datasets.grouping.image_series import series_pairs
from training.datasets.grouping.keeping_together import ALIKE_BITS
from training.datasets.grouping.near_duplicates import leaks_as_text, near_duplicates
from training.datasets.grouping.shot_names import shot_names
from training.datasets.notes import counted

# Of more images each is compared with all others for minutes; `stats` does that when asked.
MOST_COMPARED = 20_000
# Of the pairs of neighbors: fewer look alike by chance.
_LEAST_SHARE = 0.25


def scene_leaks(dataset: Dataset, hashes: Sequence[ImageHash | None]) -> list[str]:
    """A sentence for each way in which images of one scene lie in several splits; none for none.

    Args:
        dataset: with splits or without; without, the sentences say what a split would tear apart.
        hashes: of its images, in their order.
    """
    if len(dataset) > MOST_COMPARED:
        return []
    links = near_duplicates(hashes)
    splits = [image.split for image in dataset.images]
    said = []
    if any(split is not None for split in splits):
        leaking = leaks_as_text(dataset, links)
        said += [leaking] if leaking is not None else []
    elif links:
        alike = {index for first, second, _ in links for index in (first, second)}
        said.append(f"{len(alike)} of {len(dataset)} images are nearly the same as another")
    series = _series(dataset, hashes)
    if series:
        said.append(series)
    return said


def _series(dataset: Dataset, hashes: Sequence[ImageHash | None]) -> str:
    splits = [image.split for image in dataset.images]
    has_splits = any(split is not None for split in splits)
    names = shot_names([image.name for image in dataset.images])
    pairs = [(first, second) for first, second in series_pairs(names)
             if not has_splits or splits[first] != splits[second]]  # fmt: skip
    alike = sum(_are_alike(hashes[first], hashes[second]) for first, second in pairs)
    if not pairs or alike < _LEAST_SHARE * len(pairs):
        return ""
    where = ", and lie in different splits" if has_splits else ""
    pairs_follow = counted(alike, "pair of images follows", "pairs of images follow")
    return f"{pairs_follow} one another by name and look alike{where}"


def _are_alike(first: ImageHash | None, second: ImageHash | None) -> bool:
    if first is None or second is None:
        return False
    return (first.bits ^ second.bits).bit_count() <= ALIKE_BITS

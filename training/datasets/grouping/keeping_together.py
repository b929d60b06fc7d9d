"""Images that must not lie on both sides of a split: one shot, a burst, a video, near-duplicates.

Links are followed from the strongest to the weakest, and none that would make a group of more than
a tenth of all images: where one scene goes into another without a break, the least alike part.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from training.datasets.annotated import AnnotatedImage
from training.datasets.grouping.image_hash import ImageHash
from training.datasets.grouping.image_series import series_pairs
from training.datasets.grouping.near_duplicates import Link, hash_images, near_duplicates
from training.datasets.grouping.shot_names import shot_names
from training.datasets.notes import counted
from training.datasets.splitting import GroupOf
from training.datasets.workers import Workers

# Of all images: with ten groups of it a validation split of a fifth still has several.
LARGEST_SHARE = 0.1
# Of 63 bits: two neighbors of a video differ in few, two images that have nothing in common in 31.
ALIKE_BITS = 18
# Of two images of one series without hashes: less alike than any pair of near-duplicates.
_UNKNOWN_BITS = 32


class KeepTogether(StrEnum):
    """What keeps images together: names, near-duplicates, both (`auto`), or nothing."""

    AUTO = "auto"
    NAMES = "names"
    NEAR_DUPLICATES = "near-duplicates"
    NONE = "none"


@dataclass(frozen=True)
class TogetherGroups:
    """The group of each image.

    Args:
        numbers: of each image's group, in the images' order.
        same_name: images that are another form of an earlier one, by name.
        in_series: links between neighbors of a series, by name.
        alike: links between near-duplicates.
        parted: links that were not followed, as the group would have become too large.
        links: all near-duplicates that were found, as indices into the images.
        series: all pairs that follow one another by name, in the same way.
        cut: the links that were not followed, in the same way, though the two look alike, or
            nobody looked.
    """

    numbers: tuple[int, ...]
    same_name: int
    in_series: int
    alike: int
    parted: int
    links: tuple[Link, ...] = ()
    series: tuple[tuple[int, int], ...] = ()
    cut: tuple[tuple[int, int], ...] = ()

    def group_of(self, images: Sequence[AnnotatedImage]) -> GroupOf:
        """For `split_dataset` of these images."""
        groups = dict(zip(map(_key, images), self.numbers, strict=True))
        return lambda image: str(groups[_key(image)])

    def as_text(self) -> str:
        """How many groups there are, and why, in a line."""
        sizes = Counter(self.numbers)
        several = [size for size in sizes.values() if size > 1]
        if not several:
            return "No images belong together: each is on its own."
        reasons = [
            text
            for count, text in (
                (self.same_name, counted(self.same_name, "further form")
                 + " of an image by its name"),
                (self.in_series, counted(self.in_series, "neighbor")
                 + " in a series by number or time"),
                (self.alike, counted(self.alike, "pair") + " nearly the same"),
            )
            if count
        ]  # fmt: skip
        reason = f" ({', '.join(reasons)})" if reasons else ""
        parted = (
            f" {counted(self.parted, 'link')} not followed, as a group holds at most a "
            "tenth of the images."
            if self.parted
            else ""
        )
        return (
            f"Kept together: {sum(several)} of {len(self.numbers)} images in "
            f"{counted(len(several), 'group')}, the largest of {max(several)}{reason}.{parted}"
        )


def group_images(
    images: Sequence[AnnotatedImage],
    keep: KeepTogether,
    workers: Workers,
    hashes: Sequence[ImageHash | None] | None = None,
) -> TogetherGroups:
    """The groups of a data set's images; near-duplicates need every image to be read once.

    Args:
        images: the images.
        keep: what keeps them together.
        workers: read them.
        hashes: of the images, where somebody has read them already.
    """
    links: list[Link] = []
    if keep in (KeepTogether.AUTO, KeepTogether.NEAR_DUPLICATES):
        hashes = hash_images(images, workers) if hashes is None else hashes
        links = near_duplicates(hashes)
    else:
        hashes = ()
    names = shot_names([image.name for image in images])
    if keep in (KeepTogether.NEAR_DUPLICATES, KeepTogether.NONE):
        names = [str(index) for index in range(len(names))]
    given = [image.group for image in images]
    if keep is KeepTogether.NONE or len(set(given)) < 3:
        given = [None] * len(images)
    series = series_pairs(names) if keep in (KeepTogether.AUTO, KeepTogether.NAMES) else []
    return grouped(names, given, series, links, hashes)


def grouped(
    names: Sequence[str],
    given: Sequence[str | None],
    series: Iterable[tuple[int, int]],
    links: Iterable[Link],
    hashes: Sequence[ImageHash | None] = (),
) -> TogetherGroups:
    """The groups by what is known of the images.

    Args:
        names: two of the same name are one image in two forms; they always stay together.
        given: the group that the data set names, such as a video; its images always stay together.
        series: pairs that follow one another by name.
        links: near-duplicates.
        hashes: of the images, to part a long series where it changes; empty where nobody looked.
    """
    links, series = tuple(links), tuple(series)
    groups = _Groups(len(names))
    first_of: dict[str, int] = {}
    same_name = 0
    for index, name in enumerate(names):
        same_name += first_of.setdefault(name, index) != index
        groups.join(first_of[name], index)
    first_given: dict[str, int] = {}
    for index, group in enumerate(given):
        if group is not None:
            groups.join(first_given.setdefault(group, index), index)
    limit = max(2, int(len(names) * LARGEST_SHARE))
    ordered = [(bits, 0, first, second) for first, second, bits in links]
    ordered += [(_bits(hashes, *pair), 1, *sorted(pair)) for pair in series]  # type: ignore[misc]
    followed = [0, 0]
    parted = 0
    cut = []
    for bits, kind, first, second in sorted(ordered):
        if groups.join(first, second, limit):
            followed[kind] += 1
            continue
        parted += 1
        if bits <= ALIKE_BITS or bits == _UNKNOWN_BITS:
            cut.append((first, second))
    return TogetherGroups(
        tuple(groups.root(index) for index in range(len(names))),
        same_name=same_name,
        in_series=followed[1],
        alike=followed[0],
        parted=parted,
        links=links,
        series=series,
        cut=tuple(cut),
    )


class _Groups:
    """Disjoint sets."""

    def __init__(self, count: int) -> None:
        self._parents = list(range(count))
        self._sizes = [1] * count

    def root(self, index: int) -> int:
        while self._parents[index] != index:
            self._parents[index] = self._parents[self._parents[index]]
            index = self._parents[index]
        return index

    def join(self, first: int, second: int, limit: int | None = None) -> bool:
        """Make one group of two; gives whether they are one, which a limit may forbid."""
        one, other = self.root(first), self.root(second)
        if one == other:
            return True
        if limit is not None and self._sizes[one] + self._sizes[other] > limit:
            return False
        one, other = min(one, other), max(one, other)
        self._parents[other] = one
        self._sizes[one] += self._sizes[other]
        return True


def _bits(hashes: Sequence[ImageHash | None], first: int, second: int) -> int:
    one, other = (hashes[first], hashes[second]) if hashes else (None, None)
    if one is None or other is None:
        return _UNKNOWN_BITS
    return (one.bits ^ other.bits).bit_count()


def _key(image: AnnotatedImage) -> tuple[str | None, str]:
    return image.split, image.name

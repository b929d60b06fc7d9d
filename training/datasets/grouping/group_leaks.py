"""What a division means for its measurements, where groups were too large to be kept whole."""

import os
import re
from collections import Counter
from collections.abc import Sequence

from training.datasets.annotated import AnnotatedImage
from training.datasets.grouping.keeping_together import TogetherGroups
from training.datasets.grouping.near_duplicates import counts_beside_train

# Of the images, of which so many begin alike, in so many series at least.
_FEWEST_SERIES, _COMMON_SHARE = 3, 0.8
# What stands before the last number of a name.
_SERIES = "^(.*[^0-9/])[0-9]+[^0-9/]*$"
_NUMBER_AT_END = re.compile(_SERIES)


def group_leaks_as_text(
    images: Sequence[AnnotatedImage], splits: Sequence[str | None], groups: TogetherGroups
) -> str | None:
    """A sentence on images of val and test that have a neighbor in train; None where none has.

    Args:
        images: in the order of the groups.
        splits: of each.
        groups: of the images, of which links may not have been followed.
    """
    pairs = (*groups.cut, *((one, other) for one, other, _ in groups.links))
    counts, totals = counts_beside_train(splits, pairs), Counter(splits)
    if not counts:
        return None
    found = [f"{count} of {totals[split]} {split} images" for split, count in counts.items()]
    which = " and ".join(counts)
    return (
        f"{' and '.join(found)} are nearly the same as an image in train, or its neighbors in a "
        "series: scenes of more than a tenth of the images are parted, and what is measured on "
        f"{which} is too good. {_how(images)}; else measure on new photos of other days and "
        "places"
    )


def _how(images: Sequence[AnnotatedImage]) -> str:
    """Which option keeps the scenes whole."""
    names = [image.name for image in images]
    folders = Counter(os.path.dirname(name) for name in names)  # noqa: PTH120 (a name, not a path)
    if len(folders) >= _FEWEST_SERIES:
        return "--by-group keeps each of the folders whole"
    series = Counter(match[1] for match in map(_NUMBER_AT_END.match, names) if match)
    if len(series) >= _FEWEST_SERIES and series.total() >= _COMMON_SHARE * len(names):
        return f"--group '{_SERIES}' keeps each of the {len(series)} series whole"
    return "--group REGEX keeps in one split what has the same in its names, such as a day or place"

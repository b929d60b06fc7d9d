"""How many objects are found at a threshold, whatever class is said, by how large they are.

What a person before a camera meets: that a hand is seen at all, near and far, and what it is
then called. COCO's AR by area counts the right class alone, at all thresholds and in pixels.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from training.datasets.annotated import AnnotatedImage
from training.datasets.dataset import Dataset
from training.evaluation.matching import ImageMatch


@dataclass(frozen=True)
class AreaRow:
    """Objects of a size.

    Args:
        title: which ones, in words.
        objects: how many there are, without what COCO ignores.
        found: how many of them a detection of any class overlaps by IoU 0.5 or more.
        right: how many of those are called what they are.
    """

    title: str
    objects: int
    found: int
    right: int

    @property
    def recall(self) -> float:
        """Found of all, 0..1; -1 where there are none."""
        return self.found / self.objects if self.objects else -1.0

    @property
    def right_share(self) -> float:
        """Called what they are of those that were found, 0..1; -1 where none was."""
        return self.right / self.found if self.found else -1.0

    def as_json(self) -> dict[str, Any]:
        """For `json.dumps`."""
        return {**asdict(self), "recall": self.recall, "right_share": self.right_share}


@dataclass(frozen=True)
class AreaRows:
    """Objects above and below a share of their image's area, and all.

    Args:
        share: of the image's area, 0..1, which a box of an object above has or exceeds.
        rows: above, below, all.
        false_per_image: detections that are of no object, whatever their class, in an image.
    """

    share: float
    rows: tuple[AreaRow, AreaRow, AreaRow]
    false_per_image: float

    def as_json(self) -> dict[str, Any]:
        """For `json.dumps`."""
        return {
            "share": self.share,
            "rows": [each.as_json() for each in self.rows],
            "false_per_image": self.false_per_image,
        }


def area_rows(truth: Dataset, matches: Sequence[ImageMatch], share: float) -> AreaRows:
    """Count.

    Args:
        truth: the images.
        matches: `match_image` of each, of what scores enough.
        share: of the image's area, 0..1.
    """
    objects, found, right = [0, 0], [0, 0], [0, 0]
    false = 0
    for image, match in zip(truth.images, matches, strict=True):
        of_right = [place for place, _ in match.right]
        of_found = [*of_right, *(place for place, _ in match.confused)]
        for counts, places in (
            (objects, [*of_found, *match.missed]), (found, of_found), (right, of_right),
        ):  # fmt: skip
            for place in places:
                counts[_area(image, place) < share] += 1
        false += len(match.false)
    titles = (f"{share:.3g} of the image and more", "less")
    above, below = (AreaRow(titles[n], objects[n], found[n], right[n]) for n in (0, 1))
    together = AreaRow("all", sum(objects), sum(found), sum(right))
    return AreaRows(share, (above, below, together), false / max(len(truth), 1))


def _area(image: AnnotatedImage, place: int) -> float:
    y_min, x_min, y_max, x_max = image.objects[place].box_yxyx
    return (y_max - y_min) * (x_max - x_min)

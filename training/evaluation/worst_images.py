"""The images in which most is wrong, the worst first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from detection.detections import Detections
from training.datasets.dataset import Dataset
from training.evaluation.matching import ImageMatch


@dataclass(frozen=True)
class WrongImage:
    """An image in which something is wrong.

    Args:
        index: its place in the data set.
        name: its name there, with the split.
        wrongness: 1 for each object that was not found as what it is, and for each detection that
            is wrong its score, so that sure mistakes weigh more than doubtful ones.
        missed: the objects' classes.
        confused: class, what it was taken for, and the score.
        false: class and score of what is not there.
    """

    index: int
    name: str
    wrongness: float
    missed: tuple[str, ...]
    confused: tuple[tuple[str, str, float], ...]
    false: tuple[tuple[str, float], ...]

    @property
    def reasons(self) -> str:
        """What is wrong, in a line."""
        parts = []
        if self.missed:
            parts.append(f"missed {_counted(self.missed)}")
        parts += [f"{there} taken for {found} {score:.0%}" for there, found, score in self.confused]
        parts += [f"no {name} {score:.0%}" for name, score in self.false]
        return ", ".join(parts)

    def as_json(self) -> dict[str, Any]:
        """For `json.dumps`."""
        return {
            "picture": self.name,
            "wrongness": self.wrongness,
            "missed": list(self.missed),
            "confused": [
                {"class": there, "taken_for": found, "score": score}
                for there, found, score in self.confused
            ],
            "false": [{"class": name, "score": score} for name, score in self.false],
        }


def worst_images(
    truth: Dataset, found: Sequence[Detections], matches: Sequence[ImageMatch], count: int
) -> tuple[WrongImage, ...]:
    """At most `count` images in which something is wrong; arguments as `confusion_matrix`'s."""
    wrong = [
        _wrong_image(truth, index, detections, match)
        for index, (detections, match) in enumerate(zip(found, matches, strict=True))
        if match.missed or match.confused or match.false
    ]
    return tuple(sorted(wrong, key=lambda each: -each.wrongness)[:count])


def _wrong_image(truth: Dataset, index: int, found: Detections, match: ImageMatch) -> WrongImage:
    image = truth.images[index]
    names = {number: name for name, number in truth.class_ids.items()}
    labels = [names[int(each)] for each in found.class_ids]
    scores = [float(each) for each in found.scores]
    confused = tuple(
        (image.objects[row].label, labels[column], scores[column]) for row, column in match.confused
    )
    false = tuple((labels[column], scores[column]) for column in match.false)
    wrong_scores = [*(score for _, _, score in confused), *(score for _, score in false)]
    return WrongImage(
        index=index,
        name=image.full_name,
        wrongness=len(match.missed) + len(match.confused) + sum(wrong_scores),
        missed=tuple(image.objects[row].label for row in match.missed),
        confused=confused,
        false=false,
    )


def _counted(names: Sequence[str]) -> str:
    each = {name: names.count(name) for name in names}
    return ", ".join(f"{count} {name}" if count > 1 else name for name, count in each.items())

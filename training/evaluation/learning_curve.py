"""`LearningCurve`: how good a detector is by the number of images that it learned from.

The same recipe is trained on nested subsets of its images, all are measured on the same images, and
a power law is laid through the errors. The intervals are of the same samples of the measured images
(`bootstrap`): each sample has a curve and a law of its own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from training.evaluation.bootstrap import Interval, Values, draw_counts, sampled_figures
from training.evaluation.coco_metrics import CocoMetrics
from training.evaluation.power_law import PowerLaws, fit_power_laws

MORE = 50
# A gain of AP that another training of the same images may give or take as well.
SMALL = 0.01
# AP where nothing could be found, as COCO's tools say it.
NOT_MEASURED = -1.0
TITLES = {"ap": "AP", "ap50": "AP50"}
RISES, FLAT, UNSURE, NO_LAW, NOTHING = "rises", "flat", "unsure", "no law", "nothing"


@dataclass(frozen=True, eq=False)
class Trained:
    """A detector of some of the images.

    Args:
        images: that it learned from.
        steps: of its training.
        run: its folder.
        metrics: COCO's, on the images that all are measured on.
    """

    images: int
    steps: int
    run: str
    metrics: CocoMetrics


@dataclass(frozen=True)
class Figure:
    """A number and the interval of its samples.

    Args:
        value: of AP or AP50, or of a difference of two; -1 where it was not measured.
        interval: None for none.
    """

    value: float
    interval: Interval | None

    def text(self, form: str = ".3f") -> str:
        """For people.

        Example:
            >>> Figure(0.5, Interval(0.4, 0.625)).text(), Figure(NOT_MEASURED, None).text()
            ('0.500 (0.400 to 0.625)', '-')
        """
        if self.interval is None:
            return self.short(form)
        return f"{self.short(form)} ({self.interval.low:{form}} to {self.interval.high:{form}})"

    def short(self, form: str = ".3f") -> str:
        """The same without the interval."""
        return "-" if self.value == NOT_MEASURED else f"{self.value:{form}}"

    def as_json(self) -> dict[str, float]:
        """For `json.dumps`."""
        return {"value": self.value, **({} if self.interval is None else vars(self.interval))}


@dataclass(frozen=True)
class Point:
    """What was measured of one training.

    Args:
        images: that it learned from.
        steps: of it.
        run: its folder.
        figures: by the names of `TITLES`.
    """

    images: int
    steps: int
    run: str
    figures: Mapping[str, Figure]


@dataclass(frozen=True)
class Prediction:
    """What more images would give by the law.

    Args:
        images: in all.
        more: than there are.
        gains: over those that there are, by the names of `TITLES`; 0 and more.
        values: the figures themselves.
    """

    images: int
    more: int
    gains: Mapping[str, Figure]
    values: Mapping[str, Figure]


@dataclass(frozen=True, eq=False)
class LearningCurve:
    """What came out.

    Args:
        points: by rising number of images; the last has all.
        predictions: for 50 more images, and for twice as many; empty where there is no law.
        laws: of the errors, 1 - the figure, by the names of `TITLES`; empty where there is none.
        verdict: `rises`, `flat`, `unsure`, `no law` or `nothing`, of AP.
        sentence: the same for people.
        samples: how many were drawn.
    """

    points: tuple[Point, ...]
    predictions: tuple[Prediction, ...]
    laws: Mapping[str, PowerLaws]
    verdict: str
    sentence: str
    samples: int

    @property
    def note(self) -> str:
        """What the intervals do not hold."""
        return (
            "The intervals are of the images that were measured; each was trained once, and "
            "another training differs by chance as well. More images are meant that are like those "
            "there are; of other places, lights and people more is to be learned."
        )

    def as_json(self) -> dict[str, Any]:
        """For `json.dumps`."""
        return {
            "points": [
                {"images": each.images, "steps": each.steps, "run": each.run,
                 **{name: figure.as_json() for name, figure in each.figures.items()}}
                for each in self.points
            ],
            "law": "1 - figure = a + b * images ** -c",
            "laws": {
                name: {"a": float(law.floor[0]), "c": float(law.exponent[0]),
                       "b": float(law.factor[0] * law.whole ** law.exponent[0])}
                for name, law in self.laws.items()
            },
            "predictions": [
                {"images": each.images, "more": each.more,
                 **{name: {**each.values[name].as_json(), "gain": each.gains[name].as_json()}
                    for name in TITLES}}
                for each in self.predictions
            ],
            "verdict": self.verdict,
            "sentence": self.sentence,
            "note": self.note,
            "samples": self.samples,
        }  # fmt: skip


def learning_curve(
    trained: Sequence[Trained],
    groups: Sequence[int],
    samples: int,
    advance: Callable[[int], None] = lambda _count: None,
) -> LearningCurve:
    """Measure the samples, and lay the law through each.

    Args:
        trained: by rising number of images, three or more, all measured on the same images.
        groups: of each of these images.
        samples: B.
        advance: called with how many samples of a detector are done.
    """
    count = trained[0].metrics.image_count
    draws = np.concatenate([np.ones((1, count)), draw_counts(groups, samples)])
    if len(set(groups)) < 2:
        draws = draws[:1]
    # The first of each is of all images as they are.
    drawn = [sampled_figures(each.metrics, draws, 0.5, advance) for each in trained]
    figures = {name: np.stack([each[name] for each in drawn], axis=1) for name in TITLES}
    points = tuple(
        Point(each.images, each.steps, each.run,
              {name: _figure(values[:, place]) for name, values in figures.items()})
        for place, each in enumerate(trained)
    )  # fmt: skip
    images = [each.images for each in trained]
    is_measured = all(np.isfinite(values[0]).all() for values in figures.values())
    laws = {name: _laws(images, values) for name, values in figures.items() if is_measured}
    more = sorted({MORE, images[-1]}) if laws else []
    predictions = tuple(_prediction(laws, images[-1], each) for each in more)
    verdict, sentence = _verdict(points, predictions, laws, figures["ap"])
    return LearningCurve(points, predictions, laws, verdict, sentence, len(draws) - 1)


def _figure(values: Values) -> Figure:
    """Of all images as they are, and the samples after it."""
    return Figure(float(np.nan_to_num(values[0], nan=NOT_MEASURED)), Interval.of(values[1:]))


def _laws(images: Sequence[int], values: Values) -> PowerLaws:
    """A law for each row, those left out in which something could not be measured."""
    measured = values[np.isfinite(values).all(axis=1)]
    sigmas = measured[1:].std(axis=0) if len(measured) > 2 else np.ones(len(images))
    return fit_power_laws(images, 1 - measured, sigmas.tolist())


def _prediction(laws: Mapping[str, PowerLaws], whole: int, more: int) -> Prediction:
    now = {name: 1 - law.errors(whole) for name, law in laws.items()}
    then = {name: 1 - law.errors(whole + more) for name, law in laws.items()}
    return Prediction(
        whole + more, more,
        {name: _figure(then[name] - now[name]) for name in laws},
        {name: _figure(then[name]) for name in laws},
    )  # fmt: skip


def _verdict(
    points: Sequence[Point],
    predictions: Sequence[Prediction],
    laws: Mapping[str, PowerLaws],
    values: Values,
) -> tuple[str, str]:
    """What AP says of more images, in a word and in a sentence."""
    first, last = points[0], points[-1]
    from_to = (f"AP {first.figures['ap'].short()} of {first.images} images, "
               f"{last.figures['ap'].short()} of {last.images}")  # fmt: skip
    if not laws or last.figures["ap"].value < SMALL:
        return NOTHING, (
            f"Too little is found for a curve ({from_to}): train longer, and see to the labels, "
            "before more images are taken."
        )
    twice = next(each for each in predictions if each.images == 2 * last.images)
    gain = twice.gains["ap"]
    if gain.interval is None:
        return UNSURE, (
            f"The images that were measured belong together, so that nobody knows how sure "
            f"{from_to} is."
        )
    told = (f"twice as many images, {twice.images}, would give AP {gain.value:+.3f} "
            f"({gain.interval.low:+.3f} to {gain.interval.high:+.3f})")  # fmt: skip
    missed = [abs(float(1 - laws["ap"].errors(each.images)[0]) - each.figures["ap"].value)
              for each in points]  # fmt: skip
    spread = np.nanstd(values[1:], axis=0)
    if any(miss > max(SMALL, 2 * side) for miss, side in zip(missed, spread, strict=True)):
        return NO_LAW, (
            f"The curve is no power law ({from_to}), so that what more images would give is not "
            f"known{_against_the_law(values[1:])}."
        )
    if gain.interval.low >= SMALL:
        return RISES, f"AP still rises: {told}."
    if gain.interval.high < SMALL:
        steps = f"a training of {last.steps} steps"
        return FLAT, f"Flat: more images of this kind would not help {steps}; {told}."
    return UNSURE, (
        f"The fit says nothing sure: {told}. More images to measure on would narrow that."
    )


def _against_the_law(values: Values) -> str:
    """What (B, P) samples of a curve do that no law does; empty where that is not sure."""
    end, whole = (Interval.of(values[:, -1] - values[:, place]) for place in (-2, 0))
    if whole is not None and whole.high < 0:
        return "; AP is lower with more of them: are they labeled alike?"
    if end is not None and end.low > 0:
        return "; AP rose most in the end, and more images help"
    return ""

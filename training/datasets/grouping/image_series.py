"""Which images were taken one after another, by what their files are called.

`IMG-20230312-WA0065`, `frame_0012` and `DSC_1234` have a running number,
`WIN_20220411_16_00_55_Pro` a time. What tools have hung on is `shot_names`'.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt

from training.datasets.grouping.shot_names import NUMBERED

# Between the parts of a time: nothing or one of these.
_DATE = r"(?P<year>(?:19|20)\d\d)[-_.]?(?P<month>\d\d)[-_.]?(?P<day>\d\d)"
_DAY_FIRST = r"(?P<day>\d\d)[-_.](?P<month>\d\d)[-_.](?P<year>(?:19|20)\d\d)"
_CLOCK = r"(?P<hour>\d\d|\d(?=[-_.:hH]))[-_.:hH]?(?P<minute>\d\d)[-_.:mM]?(?P<second>\d\d)"
# Between day and time apps write a word of their language.
_AT = r"(?:[-_ T.,]{0,4}|[,]?[ _](?:at|um|à|às|a las|alle|kl\.?|klo|om|o|в|saat|pada|lúc)[ _])"
_HALF = r"(?P<half>[ _\u00a0\u202f]?[ap]\.?m\b)?"
_TIMES = tuple(
    re.compile(rf"(?<!\d){day}{_AT}{_CLOCK}(?:\d{{3}})?(?!\d){_HALF}", re.IGNORECASE)
    for day in (_DATE, _DAY_FIRST)
)  # fmt: skip
# Before a time: the numbers of a burst's shots on Android, and of a message's photos in Telegram;
# Motorola's moving photos.
_BEFORE = re.compile(
    r"^\d{5}(?=IMG_\d{5}_BURST)|(?<=IMG_)\d{5}(?=_BURST)|(?<=^photo_)\d+_(?=\d)|^MV(?=IMG)"
)
_NUMBER = re.compile(r"\d+(?=\D*$)")
# Seconds from one image of a burst to the next.
BURST_S = 60
# A step of two is a frame that somebody left out; every 30th frame is a second of video.
_LEAST_STEP, _LARGEST_STEP = 2, 60

Pair = tuple[int, int]


def series_pairs(names: Sequence[str]) -> list[Pair]:
    """Pairs of images that follow one another in a series, as indices into `names`.

    A pair is two neighbors of a series whose numbers differ by no more than twice the usual step
    of that series, or whose times differ by a minute at most. A name and the same with `(1)` at its
    end are one, where it has a number or a time: a burst, several photos of a message, a download.

    Args:
        names: `shot_names` of the images; two of the same name are no pair.

    Example:
        >>> series_pairs(["a/frame_010", "a/frame_020", "a/frame_400", "b/frame_030"])
        [(0, 1)]
    """
    series: dict[tuple[str, bool], list[tuple[float, int, int]]] = defaultdict(list)
    for index, name in enumerate(names):
        # `cat (7)` is the seventh cat; `DSC0001 (2)` is a second DSC0001.
        base = NUMBERED.sub("", name)
        copy = NUMBERED.search(name)
        is_copy = copy is not None and any(each.isdigit() for each in base.rpartition("/")[2])
        placed = _place(base if is_copy else name)
        if placed is not None:
            key, is_time, place = placed
            number = int(copy["copy"]) if copy is not None and is_copy else 0
            series[key, is_time].append((place, number, index))
    pairs = []
    for (_, is_time), members in series.items():
        members.sort()
        places = np.array([place for place, _, _ in members], np.float64)
        steps = np.diff(places)
        limit = BURST_S if is_time else _longest_step(steps)
        pairs += [
            (members[at][2], members[at + 1][2])
            for at, step in enumerate(steps.tolist())
            if 0 < step <= limit or (step == 0 and (is_time or _are_copies(*members[at : at + 2])))
        ]
    return pairs


def _place(name: str) -> tuple[str, bool, float] | None:
    """The series of a name, whether its place is a time in seconds, and the place."""
    folder, slash, stem = name.rpartition("/")
    stem = _BEFORE.sub("", stem)
    taken = _time_in(stem)
    if taken is not None:
        return f"{folder}{slash}{taken[0]}", True, taken[1]
    number = _NUMBER.search(stem)
    # More digits than any counter has are an id, or a hash.
    if number is None or len(number[0]) > 9:
        return None
    return f"{folder}{slash}{stem[: number.start()]}\0{stem[number.end() :]}", False, int(number[0])


def _are_copies(one: tuple[float, int, int], other: tuple[float, int, int]) -> bool:
    """Whether a second name of one place is the next copy, or the one after it."""
    return 0 < other[1] - one[1] <= _LEAST_STEP


def _time_in(stem: str) -> tuple[str, float] | None:
    """What stands before a time in a name, and the time in seconds."""
    for form in _TIMES:
        found = form.search(stem)
        if found is None:
            continue
        parts = {name: int(text) for name, text in found.groupdict().items()
                 if text is not None and name != "half"}  # fmt: skip
        half = (found["half"] or "").strip(" _\u00a0\u202f").lower()
        if half and parts["hour"] <= 12:
            parts["hour"] = parts["hour"] % 12 + 12 * half.startswith("p")
        try:
            taken = datetime(**parts)  # type: ignore[arg-type]
        except ValueError:
            continue
        return stem[: found.start()], (taken - datetime(1900, 1, 1)).total_seconds()
    return None


def _longest_step(steps: npt.NDArray[np.float64]) -> float:
    taken = steps[steps > 0]
    usual = float(np.median(taken)) if len(taken) else 0.0
    return min(max(_LEAST_STEP, 2 * usual), _LARGEST_STEP)

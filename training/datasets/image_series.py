"""Which images were taken one after another, by what their files are called.

`IMG-20230312-WA0065`, `frame_0012` and `DSC_1234` have a running number,
`WIN_20220411_16_00_55_Pro` a time. What a tool has hung on (`_jpg.rf.465771d5…`) is passed over.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt

# Roboflow's ending, and the former suffix before it.
_ROBOFLOW = re.compile(r"\.rf\.[0-9A-Za-z]{6,}$")
_FORMER_SUFFIX = re.compile(r"[_.](?:jpe?g|png|bmp|webp|heic|tiff?|gif)$", re.IGNORECASE)
# Between the parts of a time: nothing or one of these.
_DATE = r"(?P<year>(?:19|20)\d\d)[-_.]?(?P<month>\d\d)[-_.]?(?P<day>\d\d)"
_CLOCK = r"(?P<hour>\d\d)[-_.hH]?(?P<minute>\d\d)[-_.mM]?(?P<second>\d\d)"
_TIME = re.compile(rf"(?<!\d){_DATE}[-_ T.]{{0,4}}{_CLOCK}(?:\d{{3}})?(?!\d)")
_NUMBER = re.compile(r"\d+(?=\D*$)")
# Seconds from one image of a burst to the next.
BURST_S = 60
# A step of two is a frame that somebody left out; every 30th frame is a second of video.
_LEAST_STEP, _LARGEST_STEP = 2, 60

Pair = tuple[int, int]


def original_name(name: str) -> str:
    """A file's name as it was before a tool renamed it, without its suffix.

    Args:
        name: a path with `/`.

    Example:
        >>> original_name("images/IMG-20230312-WA0065_jpg.rf.465771d5e2525d1245.jpg")
        'images/IMG-20230312-WA0065'
    """
    folder, slash, file = name.rpartition("/")
    stem = file.rpartition(".")[0] or file
    shorter = _ROBOFLOW.sub("", stem) or stem
    return f"{folder}{slash}{_FORMER_SUFFIX.sub('', shorter) or shorter}"


def series_pairs(names: Sequence[str]) -> list[Pair]:
    """Pairs of images that follow one another in a series, as indices into `names`.

    A pair is two neighbors of a series whose numbers differ by no more than twice the usual step
    of that series, or whose times differ by a minute at most.

    Args:
        names: `original_name` of each image; two of the same name are no pair.

    Example:
        >>> series_pairs(["a/frame_010", "a/frame_020", "a/frame_400", "b/frame_030"])
        [(0, 1)]
    """
    series: dict[tuple[str, bool], list[tuple[float, int]]] = defaultdict(list)
    for index, name in enumerate(names):
        placed = _place(name)
        if placed is not None:
            key, is_time, place = placed
            series[key, is_time].append((place, index))
    pairs = []
    for (_, is_time), members in series.items():
        members.sort()
        places = np.array([place for place, _ in members], np.float64)
        steps = np.diff(places)
        limit = BURST_S if is_time else _longest_step(steps)
        pairs += [
            (members[at][1], members[at + 1][1])
            for at, step in enumerate(steps.tolist())
            if 0 < step <= limit or (is_time and step == 0)
        ]
    return pairs


def _place(name: str) -> tuple[str, bool, float] | None:
    """The series of a name, whether its place is a time in seconds, and the place."""
    folder, slash, stem = name.rpartition("/")
    time = _TIME.search(stem)
    if time is not None:
        try:
            taken = datetime(**{part: int(text) for part, text in time.groupdict().items()})  # type: ignore[arg-type]
        except ValueError:
            pass
        else:
            seconds = (taken - datetime(1900, 1, 1)).total_seconds()
            return f"{folder}{slash}{stem[: time.start()]}", True, seconds
    number = _NUMBER.search(stem)
    # More digits than any counter has are an id, or a hash.
    if number is None or len(number[0]) > 9:
        return None
    return f"{folder}{slash}{stem[: number.start()]}\0{stem[number.end() :]}", False, int(number[0])


def _longest_step(steps: npt.NDArray[np.float64]) -> float:
    taken = steps[steps > 0]
    usual = float(np.median(taken)) if len(taken) else 0.0
    return min(max(_LEAST_STEP, 2 * usual), _LARGEST_STEP)

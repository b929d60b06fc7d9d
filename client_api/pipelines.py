"""`Pipeline`: a detector, and a model that finds keypoints in what the detector found."""

import re
from dataclasses import dataclass

_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}"
_PAIR = re.compile(rf"({_NAME}):({_NAME})\+({_NAME})")


@dataclass(frozen=True)
class Pipeline:
    """A pair of models under a name.

    Attributes:
        name: by which a request asks for it.
        detector: the model that finds hands.
        keypoint_model: finds the points of each.
    """

    name: str
    detector: str
    keypoint_model: str


def parse_pipelines(text: str) -> tuple[Pipeline, ...]:
    """What `PIPELINES` says: `NAME:DETECTOR+POINTS`, several with commas between them.

    Raises:
        ValueError: it says something else, or a name twice.

    Example:
        >>> parse_pipelines("hands:gestures+hand-points")
        (Pipeline(name='hands', detector='gestures', keypoint_model='hand-points'),)
    """
    found = []
    for part in text.split(","):
        match = _PAIR.fullmatch(part.strip())
        if match is None:
            raise ValueError(f"NAME:DETECTOR+POINTS is expected, not {part.strip()[:100]!r}")
        found.append(Pipeline(*match.groups()))
    names = [each.name for each in found]
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated is not None:
        raise ValueError(f"each name once is expected, but {repeated} comes twice")
    return tuple(found)

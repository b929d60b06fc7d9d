"""Chooses the next load or unload that brings the loaded versions to the aspired ones.

Availability comes before memory: a new version is loaded before the old one is unloaded.
Semantics: `availability_preserving_policy.cc` of TensorFlow Serving.
"""

from collections.abc import Sequence
from enum import Enum
from typing import Literal, NamedTuple


class Stage(Enum):
    """Where a version is on its way."""

    NEW = "waits to be loaded"
    LOADING = "is being loaded"
    RETRYING = "waits to be loaded again"
    READY = "answers requests"
    QUIESCING = "finishes its requests"
    UNLOADING = "is being unloaded"
    FAILED = "could not be loaded"


class VersionView(NamedTuple):
    """What the choice of a step depends on."""

    version: int
    stage: Stage
    is_aspired: bool


class Step(NamedTuple):
    """What to do next, with which version."""

    action: Literal["load", "unload"]
    version: int


def next_step(versions: Sequence[VersionView]) -> Step | None:
    """The next step for the versions of one model; None where there is none to take now.

    An un-aspired version is unloaded once an aspired one is ready, or none is aspired, or another
    un-aspired one stays ready. Otherwise the highest new aspired version is loaded.
    """
    surplus = [v.version for v in versions if v.stage is Stage.READY and not v.is_aspired]
    aspired = [v for v in versions if v.is_aspired]
    replaced = not aspired or any(v.stage is Stage.READY for v in aspired)
    if surplus and (replaced or len(surplus) > 1):
        return Step("unload", min(surplus))
    new = [v.version for v in aspired if v.stage is Stage.NEW]
    return Step("load", max(new)) if new else None

"""Which array of a source belongs to which variable of a network: by name and by shape."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import keras

from training.models.detector import Detector
from training.pretrained.source_weights import Array

PARTS = ("backbone", "neck", "heads")
OTHER = "other"


@dataclass(frozen=True)
class Target:
    """A variable that could be filled.

    Args:
        name: its path in the network, `layer/variable`.
        part: `backbone`, `neck`, `heads`, or `other` where no part has it.
        variable: the variable.
    """

    name: str
    part: str
    variable: keras.Variable

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of its value."""
        return tuple(int(size) for size in self.variable.shape)

    @property
    def layer(self) -> str:
        """What its layer is called, without the models that the layer is in."""
        return self.name.split("/")[-2] if "/" in self.name else ""


@dataclass(frozen=True)
class Match:
    """An array that has found its variable."""

    target: Target
    source_name: str


@dataclass(frozen=True)
class Unmatched:
    """A variable that keeps what it has, and why.

    Args:
        target: the variable.
        reason: why, in words.
        source_name: the array that has its name and another shape; None where there is none.
    """

    target: Target
    reason: str
    source_name: str | None = None


@dataclass(frozen=True)
class Matches:
    """What was found for the targets, and which arrays were left over."""

    matched: tuple[Match, ...]
    unmatched: tuple[Unmatched, ...]
    unused: tuple[str, ...]


def targets_of(detector: Detector) -> tuple[Target, ...]:
    """Every weight of the detector's network, in its order; random generators' states left out."""
    part_of = {
        id(variable): part
        for part, layers in detector.parts.items()
        for layer in layers
        for variable in layer.variables
    }
    return tuple(
        Target(variable.path, part_of.get(id(variable), OTHER), variable)
        for variable in detector.network.weights
        if keras.backend.is_float_dtype(variable.dtype)
    )


def match(
    targets: Sequence[Target],
    arrays: Mapping[str, Array],
    names: Mapping[int, str] | None = None,
) -> Matches:
    """Find each target's array.

    An array belongs to the variable of its own name. Where none has that name, to the one whose
    last two parts are the same, `layer/variable`: the models that a layer is in have no say, so
    that a backbone finds itself inside a detector. Where several could be meant, none is taken.

    Args:
        targets: the variables.
        arrays: by name.
        names: a target's name in the source's way of naming, by its place in `targets`;
            the targets' own where it is None.
    """
    wanted = {
        place: names.get(place, "") if names is not None else target.name
        for place, target in enumerate(targets)
    }
    wanted = {place: name for place, name in wanted.items() if name}
    found = {place: name for place, name in wanted.items() if name in arrays}
    used = set(found.values())
    by_tail = defaultdict(list)
    for name in arrays:
        if name not in used:
            by_tail[_tail(name)].append(name)
    # Duplicates are counted over all variables: one that found its namesake still makes the
    # shorter name of another doubtful.
    tails = Counter(_tail(name) for name in wanted.values())
    reasons = {}
    for place, name in wanted.items():
        if place in found:
            continue
        candidates = by_tail.get(_tail(name), [])
        if not candidates:
            reasons[place] = "nothing has its name"
        elif len(candidates) > 1 or tails[_tail(name)] > 1:
            reasons[place] = f"{_several(candidates)} could be meant"
        else:
            found[place] = candidates[0]
    matched, unmatched = [], []
    for place, target in enumerate(targets):
        if place not in found:
            unmatched.append(Unmatched(target, reasons.get(place, "nothing has its name")))
        elif arrays[found[place]].shape != target.shape:
            there = arrays[found[place]].shape
            reason = f"it is {there} there and {target.shape} here"
            unmatched.append(Unmatched(target, reason, found[place]))
        else:
            matched.append(Match(target, found[place]))
    taken = {each.source_name for each in matched}
    return Matches(
        tuple(matched), tuple(unmatched), tuple(name for name in arrays if name not in taken)
    )


def _tail(name: str) -> str:
    return "/".join(name.split("/")[-2:])


def _several(names: Iterable[str]) -> str:
    names = sorted(names)
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"

"""The outputs of classes in a source, put where the same names are in the model that is filled.

An output means what its class is called. Heads of as many classes as ours fit by shape, and would
bring what they know of a `face` into our `four`; what is not called the same starts anew.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from detection.label_map import LabelMap
from training.pretrained.matching import Match, Matches, Target, Unmatched
from training.pretrained.source_weights import Array

Names = Sequence[str]
# No detector has so many classes; ids can be any number.
_MOST_OUTPUTS = 10_000


@dataclass(frozen=True)
class _ClassOutputs:
    """How a layer's variables are divided among the classes.

    Args:
        layer: the layer's whole name, or the end of its path.
        variable: the variable's whole name.
        numbers: how many of a class follow one another, as a box's four.
        background: how many outputs come before the first class.
        axis: of the array.
    """

    layer: str
    variable: str = "kernel|bias"
    numbers: int = 1
    background: int = 0
    axis: int = -1

    def width(self, names: Names) -> int:
        """How many outputs an anchor has for these classes."""
        return self.background + len(names) * self.numbers

    def of(self, place: int) -> slice:
        """Which of them are the class's in this place."""
        first = self.background + place * self.numbers
        return slice(first, first + self.numbers)


_LAYOUTS = (
    # The single-shot detectors': of each anchor its classes.
    _ClassOutputs("class_predictor", "pointwise_kernel|bias"),
    _ClassOutputs(r"class_head_\d+"),
    _ClassOutputs("classification_head/logits_layer"),
    # The R-CNNs'.
    _ClassOutputs("box_head_classes", background=1),
    _ClassOutputs("box_head_boxes", numbers=4),
    _ClassOutputs("mask_head_classes"),
    # D-FINE's.
    _ClassOutputs(r"class_embed_\d+|enc_score_head"),
    _ClassOutputs("denoising_class_embed", "table", axis=0),
)


@dataclass(frozen=True)
class ClassHeads:
    """What became of the classes' outputs.

    Args:
        matches: with those outputs matched that have a class of the source's, others unmatched.
        values: by the source's name, what the variables are to hold, some of it as it was.
        note: which classes were taken and which start anew; None where there are no such outputs.
    """

    matches: Matches
    values: Mapping[str, Array]
    note: str | None


def class_heads_by_name(
    matches: Matches, arrays: Mapping[str, Array], ours: Names, theirs: LabelMap | None
) -> ClassHeads:
    """Give each class the outputs of its namesake, whatever the order and the number of classes.

    Args:
        matches: by name and shape, as `match` finds them.
        arrays: the source's, by name.
        ours: the model's classes, in the order of its outputs.
        theirs: the source's; None where nothing says what they are.

    Returns:
        The matches in which no output stands for a class of another name.
    """
    orders = [] if theirs is None else _orders(theirs)
    taken = [name for name in ours if any(name in order for order in orders)]
    kept: list[Match] = []
    left: list[Unmatched] = []
    values: dict[str, Array] = {}
    is_there = False
    found: list[Match | Unmatched] = [*matches.matched, *matches.unmatched]
    for each in found:
        layout = _layout_of(each.target)
        source_name = each.source_name
        if layout is None or source_name is None:
            if isinstance(each, Match):
                kept.append(each)
            else:
                left.append(each)
            continue
        is_there = True
        if theirs is None:
            left.append(Unmatched(each.target, "the source does not name its classes", source_name))
        elif not taken:
            left.append(Unmatched(each.target, "no class is called the same there", source_name))
        else:
            array = arrays[source_name]
            value = _rearranged(each.target, array, layout, ours, orders)
            if value is None:
                reason = f"it is {array.shape} there and {each.target.shape} here"
                left.append(Unmatched(each.target, reason, source_name))
            else:
                kept.append(Match(each.target, source_name))
                values[source_name] = value
    if not is_there:
        return ClassHeads(matches, {}, None)
    used = {each.source_name for each in kept}
    names = (*matches.unused, *(each.source_name for each in matches.matched))
    unused = tuple(name for name in names if name not in used)
    note = _note(taken if values else [], ours, theirs)
    return ClassHeads(Matches(tuple(kept), tuple(left), unused), values, note)


def _layout_of(target: Target) -> _ClassOutputs | None:
    """How a variable is divided among the classes; None where it is not."""
    for each in _LAYOUTS:
        if re.fullmatch(f"(?:.*/)?(?:{each.layer})/(?:{each.variable})", target.name):
            return each
    return None


def _orders(label_map: LabelMap) -> list[Names]:
    """The classes as outputs may be numbered: one after another, or by id with gaps, as COCO's."""
    by_id = {item.id: item.name for item in label_map}
    orders: list[Names] = [[by_id[each] for each in sorted(by_id)]]
    if label_map.max_id <= _MOST_OUTPUTS:
        first = min(1, label_map.min_id)
        orders.append([by_id.get(each, "") for each in range(first, label_map.max_id + 1)])
    return orders


def _rearranged(
    target: Target, array: Array, layout: _ClassOutputs, ours: Names, orders: Sequence[Names]
) -> Array | None:
    """The variable's value with the outputs of the classes that the source has too.

    Returns:
        None where the array's shape is not that of a head of the source's classes.
    """
    here = np.moveaxis(np.asarray(target.variable.value), layout.axis, -1)
    there = np.moveaxis(np.asarray(array), layout.axis, -1)
    width = layout.width(ours)
    anchors = here.shape[-1] // width
    for theirs in orders:
        if there.shape == (*here.shape[:-1], anchors * layout.width(theirs)):
            mixed = here.reshape(*here.shape[:-1], anchors, width).copy()
            given = there.reshape(*there.shape[:-1], anchors, layout.width(theirs))
            mixed[..., : layout.background] = given[..., : layout.background]
            for place, name in enumerate(ours):
                if name in theirs:
                    mixed[..., layout.of(place)] = given[..., layout.of(theirs.index(name))]
            return np.moveaxis(mixed.reshape(here.shape), -1, layout.axis)
    return None


def _note(taken: Names, ours: Names, theirs: LabelMap | None) -> str:
    anew = [name for name in ours if name not in taken]
    if theirs is None:
        return (
            "class heads start anew: no label_map.pbtxt beside the source says which classes its "
            "outputs are"
        )
    if not anew:
        return f"class heads taken by name: {', '.join(taken)}"
    if not taken:
        return f"class heads start anew: the source's classes are {_some(theirs.labels)}"
    return f"class heads taken by name: {', '.join(taken)}; start anew: {', '.join(anew)}"


def _some(names: Names, shown: int = 12) -> str:
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more

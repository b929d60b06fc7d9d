"""What in a model's answers does not fit what is said of it, as a person is told it.

What was seen is written down; whether it still matters is looked up when it is told, so that a
warning goes once a fact or the label map is put right.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from detection.label_map import LabelMap
from serving_protocol.answer_rows import BOX_OF_PADDING, NO_POINTS, ODDITIES
from serving_protocol.model_facts import BoxOrder, BoxUnit, FactSource, ModelFacts

UNNAMED = "unnamed_classes"  # a list of numbers
CONTRADICTING = "boxes_contradict"  # the unit that an answer looked like
TURNED = "boxes_turned"  # true
BEYOND = "boxes_beyond"  # true
STRAY = "boxes_stray"  # true
CROWDED = "boxes_crowded"  # true
UNTOLD = "box_order_untold"  # true
FAINT = "box_order_faint"  # true
UNCONFIRMED = "box_order_unconfirmed"  # true
TIMED_OUT = "probe_timed_out"  # true
AGAINST = "box_layout_against"  # an image's digest, and the order, unit and size that it told
PROBED = "box_unit_probed"  # the unit that the model was found to answer by asking it again
SEEN = (
    CONTRADICTING, TURNED, BEYOND, STRAY, CROWDED, UNNAMED, UNTOLD, FAINT, UNCONFIRMED, TIMED_OUT,
    PROBED, *ODDITIES,
)  # fmt: skip
MOST_SHOWN = 10
_OF_ODDITY = {
    BOX_OF_PADDING: "a box of all -1 came with a score above 0, and is taken as a detection: rows "
    "of padding should score -1 or 0",
    NO_POINTS: "an output of points came back empty, and is ignored",
}


def warnings_of(
    model: str, seen: Mapping[str, Any], facts: ModelFacts, label_map: LabelMap | None
) -> list[str]:
    """A sentence for each thing that was seen and still does not fit.

    Args:
        model: its name.
        seen: by the names above.
        facts: as they are known now.
        label_map: as it is published now.

    Example:
        >>> warnings_of("hands", {BEYOND: True}, ModelFacts(BoxUnit.NORMALIZED), None)
        []
    """
    contradicting = _contradicting(model, seen.get(CONTRADICTING), facts)
    texts = (
        contradicting,
        _turned(model, facts) if seen.get(TURNED) else None,
        _beyond(model, facts) if seen.get(BEYOND) else None,
        _stray(model, facts) if seen.get(STRAY) and contradicting is None else None,
        _crowded(model, facts) if seen.get(CROWDED) and not seen.get(PROBED) else None,
        _unnamed(seen.get(UNNAMED), label_map),
        _order(model, seen, facts),
        *(_OF_ODDITY[name] for name in ODDITIES if seen.get(name)),
    )
    return [each for each in texts if each is not None]


def unread_outputs(outputs: Iterable[str]) -> list[str]:
    """A sentence for each output of masks or points that is left out of answers."""
    return [
        f"its output {output} is left out of answers: points must be (N, M, K, 2), masks "
        "(N, M, h, w)"
        for output in outputs
    ]


def _contradicting(model: str, told: object, facts: ModelFacts) -> str | None:
    unit = facts.box_unit
    normalized = BoxUnit.NORMALIZED.value
    if unit is None or told is None or (told == normalized) is (unit.value == normalized):
        return None
    return (
        f"an answer looks like boxes in {told}, but the model's are taken as {unit.value}, by "
        f"{facts.source_of('box_unit').value}; boxwright models set {model} --box-unit changes that"
    )


def _turned(model: str, facts: ModelFacts) -> str | None:
    if facts.box_unit is BoxUnit.NORMALIZED or facts.box_order not in (None, BoxOrder.YXYX):
        return None
    return (
        "most boxes of an answer leave the image that was sent, and would not if x came before y; "
        f"if it does: boxwright models set {model} --box-order xyxy"
    )


def _beyond(model: str, facts: ModelFacts) -> str | None:
    if facts.box_unit is not BoxUnit.PIXELS:
        return None
    return (
        "most boxes of an answer lie outside of the image that was sent; if they are pixels of the "
        f"model's own input: boxwright models set {model} --box-unit input-pixels --input-size "
        "HEIGHT WIDTH"
    )


def leaving_image(facts: ModelFacts, images: Sequence[int]) -> str:
    """What a caller is told whose boxes lie far outside of these images, and are clipped to them.

    Args:
        facts: of the model.
        images: their places among those of the request, from 0.
    """
    unit = (facts.box_unit or BoxUnit.NORMALIZED).value
    places = ", ".join(map(str, images))
    return (
        f"boxes of image {places} lie far outside of it and are clipped: the model's are taken as "
        f"{unit}, by {facts.source_of('box_unit').value}; its box_unit is a setting of the server"
    )


def _set_unit(model: str) -> str:
    return (
        f"if they are other numbers: boxwright models set {model} --box-unit pixels, or "
        "input-pixels --input-size HEIGHT WIDTH (100 100 for percent, 1000 1000 for thousandths)"
    )


def _stray(model: str, facts: ModelFacts) -> str | None:
    if facts.box_unit not in (None, BoxUnit.NORMALIZED):
        return None
    return (
        "boxes of an answer lie far outside of the image that was sent, taken as normalized; "
        + _set_unit(model)
    )


def _crowded(model: str, facts: ModelFacts) -> str | None:
    if facts.box_unit is not BoxUnit.PIXELS:
        return None
    return (
        "no box of many answers, taken as pixels, leaves the upper left of its image; "
        + _set_unit(model)
    )


def _order(model: str, seen: Mapping[str, Any], facts: ModelFacts) -> str | None:
    declare = f"boxwright models set {model} --box-order declares it"
    timed_out = "asking the model again timed out and is not retried"
    if facts.box_order is not None:
        if not seen.get(UNCONFIRMED) or facts.source_of("box_order") is not FactSource.ANSWERS:
            return None
        why = timed_out if seen.get(TIMED_OUT) else "asking the model again did not confirm it"
        return (
            f"its boxes are taken as {facts.box_order.value}, which was inferred before the model "
            f"server last changed, and {why}; {declare}"
        )
    if seen.get(UNTOLD):
        why = timed_out if seen.get(TIMED_OUT) else "asking the model again did not show it"
    elif seen.get(FAINT):
        why = "the model was not asked again, since no detection scores high enough"
    else:
        return None
    return (
        f"the order of its boxes' numbers is not declared, and {why}: they are taken as yxyx, by "
        f"default; {declare}"
    )


def _unnamed(numbers: object, label_map: LabelMap | None) -> str | None:
    if not isinstance(numbers, list) or label_map is None:
        return None
    unnamed = [each for each in numbers if label_map.label(each) is None]
    if not unnamed:
        return None
    shown = ", ".join(map(str, unnamed[:MOST_SHOWN]))
    return (
        f"the model answers class {shown}, which its label map does not name; the map's ids go "
        f"from {label_map.min_id} to {label_map.max_id}"
    )

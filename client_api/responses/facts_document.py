"""What `/models` tells of the numbers in a version's answers, and of what does not fit."""

from typing import Any

from client_api.catalog.model_catalog import PublishedFacts, has_shifted_ids
from client_api.catalog.served_versions import ServedVersion
from client_api.model_facts.tracker import FactTracker
from client_api.model_facts.warnings import MOST_SHOWN
from detection.label_map import LabelMap, quoted
from serving_protocol.model_facts import BoxOrder, BoxUnit, ModelFacts


def facts_object(facts: ModelFacts, *, takes_strings: bool) -> dict[str, Any]:
    """Each fact with its value and who says it; what nobody says is what it is taken for.

    Example:
        >>> facts_object(ModelFacts(BoxUnit.PIXELS), takes_strings=False)["box_unit"]
        {'value': 'pixels', 'source': 'default'}
    """
    taken_for: dict[str, Any] = {
        "box_unit": BoxUnit.NORMALIZED.value, "box_order": BoxOrder.YXYX.value, "first_class": None,
    }  # fmt: skip
    values = taken_for | facts.as_json()
    if not takes_strings:
        values.pop("image_form", None)
    if facts.box_unit is not BoxUnit.INPUT_PIXELS:
        values.pop("input_size_hw", None)
    return {
        name: {"value": value, "source": facts.source_of(name).value}
        for name, value in values.items()
    }


def facts_members(
    book: FactTracker,
    served: ServedVersion | None,
    published: PublishedFacts,
    label_map: LabelMap | None,
) -> dict[str, Any]:
    """`facts`, `facts_error`, `facts_warnings` and `label_map_warning` of a version."""
    facts = published.facts if served is None else book.of(served)
    warnings = [] if served is None else book.warnings(served)
    detector = None if served is None else served.detector
    count = None if detector is None else detector.class_count
    return {
        "facts": facts_object(facts, takes_strings=detector is not None and detector.takes_strings),
        "facts_error": published.problem,
        "facts_warnings": warnings,
        "label_map_warning": _misfit(label_map, facts, count),
    }


def _misfit(label_map: LabelMap | None, facts: ModelFacts, class_count: int | None) -> str | None:
    """Why a label map is not of this model; None where nothing speaks against it."""
    if label_map is None:
        return None
    first = facts.first_class
    if has_shifted_ids(label_map, first):
        return (
            "the label map is not used: its ids begin at 0, but the model's classes begin at 1, "
            f"by {facts.source_of('first_class').value}"
        )
    if first == 0 and label_map.min_id > 0:
        return (
            f"the label map's ids begin at {label_map.min_id}, but the model's classes begin at 0, "
            f"by {facts.source_of('first_class').value}: its names may be those of other classes"
        )
    if class_count is not None and label_map.max_id > class_count + 1:
        return (
            f"the label map's ids end at {label_map.max_id}, but the model tells {class_count} "
            "classes apart"
        )
    if label_map.shared_names:
        shown = ", ".join(map(quoted, label_map.shared_names[:MOST_SHOWN]))
        return f"several ids of the label map have the same name: {shown}"
    return None

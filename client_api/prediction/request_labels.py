"""Which classes a request asks for, and whether it suits the version that is asked."""

from collections.abc import Sequence

from client_api.catalog.model_catalog import has_shifted_ids
from client_api.errors import BadParameter, LabelMapMismatch
from client_api.inference.known_version import KnownVersion
from detection.label_map import LabelMap

# Class numbers are exact in float32, which models answer them in, up to here.
MAX_CLASS_ID = 2**24


def check_labels(
    known: KnownVersion, sent: LabelMap | None, classes: Sequence[str] | None
) -> frozenset[int] | None:
    """Look whether a request suits a version; returns the ids of `classes`, None for all.

    Args:
        known: the version.
        sent: the label map that came with the request, which wins over the published one.
        classes: label names or ids that are asked for; None for all.

    Raises:
        LabelMapMismatch: the label map sent has ids beyond the model's classes, or begins at 0
            where these are known to begin at 1.
        BadParameter: a class that is asked for has no such name or id.
    """
    count = known.class_count
    if sent is not None:
        _check_sent(sent, known, count)
    if classes is None:
        return None
    label_map = sent or known.label_map
    return frozenset(class_id for each in classes for class_id in _ids_of(each, label_map, count))


def _check_sent(sent: LabelMap, known: KnownVersion, count: int | None) -> None:
    model = f"model {known.served.name}, version {known.served.version}"
    first = known.facts.first_class
    if has_shifted_ids(sent, first):
        raise LabelMapMismatch(
            f"the label map sent has an id 0 ({sent.label(0)!r}), but {model}, has classes "
            "from 1 on"
        )
    if count is not None and sent.max_id > count:
        # Without a known first one, a map that begins at 0 is of a model that does too.
        lowest = min(1, sent.min_id) if first is None else first
        raise LabelMapMismatch(
            f"the label map sent has an id {sent.max_id} ({sent.label(sent.max_id)!r}), "
            f"but {model}, has classes {lowest} to {count}"
        )


def _ids_of(wanted: str, label_map: LabelMap | None, count: int | None) -> tuple[int, ...]:
    by_name = () if label_map is None else label_map.ids_of(wanted)
    if by_name:
        return by_name
    if wanted.isascii() and wanted.isdecimal() and len(wanted) < 10:
        class_id = int(wanted)
        if class_id <= (MAX_CLASS_ID if count is None else count):
            return (class_id,)
    raise BadParameter("classes", wanted, _allowed(label_map, count))


def _allowed(label_map: LabelMap | None, count: int | None) -> str:
    ids = f"an id up to {count}" if count is not None else "an id"
    if label_map is None:
        return f"{ids} (the model has no label map, so it knows no names)"
    shown = ", ".join(label_map.labels[:50])
    more = f" and {len(label_map) - 50} more" if len(label_map) > 50 else ""
    return f"{ids} or one of {shown}{more}"

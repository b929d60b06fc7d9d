"""Which names a version's classes have for one request, and whether the request suits it."""

from collections.abc import Sequence

from client_api.catalog.model_catalog import ModelCatalog, has_shifted_ids
from client_api.catalog.served_versions import ServedVersion
from client_api.errors import BadParameter, LabelMapMismatch
from client_api.model_facts.tracker import FactTracker
from detection.label_map import LabelMap

# Class numbers are exact in float32, which models answer them in, up to here.
MAX_CLASS_ID = 2**24


class RequestLabels:
    """The label map sent with a request wins; otherwise the published one serves.

    Args:
        sent: the label map sent with the request, if any.
        classes: label names or ids that the request asks for; None for all.
        catalog: has the published ones.
        facts: the number of a version's first class, where that is known.
    """

    def __init__(
        self,
        sent: LabelMap | None,
        classes: Sequence[str] | None,
        catalog: ModelCatalog,
        facts: FactTracker,
    ) -> None:
        self._sent = sent
        self._catalog = catalog
        self._classes = classes
        self._facts = facts
        self._found: dict[tuple[str, int], LabelMap | None] = {}

    def label_map(self, version: ServedVersion) -> LabelMap | None:
        """The names that answers of `version` get; None where nobody knows any."""
        return self._sent or self._published_map(version)

    def _published_map(self, version: ServedVersion) -> LabelMap | None:
        """The published one, looked for once: it takes a look into folders."""
        key = (version.name, version.version)
        if key not in self._found:
            label_map = self._catalog.label_map(*key).label_map
            if label_map is not None and has_shifted_ids(
                label_map, self._facts.of(version).first_class
            ):
                label_map = None
            self._found[key] = label_map
        return self._found[key]

    def check(self, version: ServedVersion) -> None:
        """Look whether the request suits `version`.

        Raises:
            LabelMapMismatch: the label map sent has ids beyond the model's classes, or begins at 0
                where these are known to begin at 1.
            BadParameter: a class that is asked for has no such name or id.
        """
        count, sent = self._class_count(version), self._sent
        if sent is not None:
            model = f"model {version.name}, version {version.version}"
            first = self._facts.of(version).first_class
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
        self.class_ids(version)

    def class_ids(self, version: ServedVersion) -> frozenset[int] | None:
        """The ids of the classes that are asked for; None for all.

        Raises:
            BadParameter: one has no such name or id.
        """
        if self._classes is None:
            return None
        label_map, count = self.label_map(version), self._class_count(version)
        return frozenset(
            class_id for each in self._classes for class_id in _ids_of(each, label_map, count)
        )

    def _class_count(self, version: ServedVersion) -> int | None:
        """How many classes the model has, by its signature or its own label map; None if unknown.

        Of the two the larger: a label map may leave classes out, and a signature may count only
        what it was trained on.
        """
        published = self._published_map(version)
        detector = version.as_detector()
        counts = [detector.class_count, None if published is None else published.max_id]
        return max((each for each in counts if each is not None), default=None)


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

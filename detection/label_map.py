"""`LabelMap`: what the numbers of a detector's classes mean."""

import reprlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

# Label maps hold ids as int32.
MAX_ID = 2**31 - 1


class LabelMapError(ValueError):
    """The label map contradicts itself or cannot be read; the message names the item or line."""


def quoted(name: str) -> str:
    """`name` in quotes for a message, without the middle of a long one."""
    return reprlib.repr(name)


@dataclass(frozen=True)
class LabelMapItem:
    """One class of a detector.

    Args:
        id: the number that the model answers: from 1 in the Object Detection API and here, from 0
            in models that count their classes so.
        name: the class's name in the training data, for example `/m/01g317`.
        display_name: what people are shown instead, where it differs, for example `person`; an
            empty one is none.
        keypoints: number and name of each point that the class has.

    Raises:
        LabelMapError: the id is below 0 or above `MAX_ID`; the name is empty, or no text in UTF-8.
    """

    id: int
    name: str
    display_name: str | None = None
    # Which points a class has does not make it another class.
    keypoints: tuple[tuple[int, str], ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        if self.id < 0:
            raise LabelMapError(f"ids start at 0 or 1, but {quoted(self.name)} has id {self.id}")
        if self.id > MAX_ID:
            raise LabelMapError(f"ids end at {MAX_ID}, but {quoted(self.name)} has id {self.id}")
        if not self.name:
            raise LabelMapError(f"the item with id {self.id} has no name")
        # JSON and YAML can say half of a pair of UTF-16, which no file can hold.
        if not self.name.isascii() and any("\ud800" <= each <= "\udfff" for each in self.name):
            raise LabelMapError(f"{quoted(self.name)} is no text that UTF-8 has")
        if self.display_name == "":
            object.__setattr__(self, "display_name", None)

    @property
    def label(self) -> str:
        """What people are shown."""
        return self.display_name or self.name


@dataclass(frozen=True)
class LabelMap:
    """The classes of a detector, in the order in which they were written.

    Args:
        items: at least one; ids may have gaps, but none comes twice.

    Raises:
        LabelMapError: there is no item, or an id comes twice.

    Example:
        >>> hands = LabelMap((LabelMapItem(1, "open"), LabelMapItem(2, "closed")))
        >>> hands.label(2), hands.label(3), hands.ids_of("open")
        ('closed', None, (1,))
    """

    items: tuple[LabelMapItem, ...]

    def __post_init__(self) -> None:
        if not self.items:
            raise LabelMapError("a label map has at least one item, but this one has none")
        seen: dict[int, LabelMapItem] = {}
        for item in self.items:
            if item.id in seen:
                raise LabelMapError(
                    f"id {item.id} comes twice: for {quoted(seen[item.id].name)} "
                    f"and for {quoted(item.name)}"
                )
            seen[item.id] = item

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[LabelMapItem]:
        return iter(self.items)

    @cached_property
    def _labels(self) -> dict[int, str]:
        return {item.id: item.label for item in self.items}

    @cached_property
    def _ids(self) -> dict[str, list[int]]:
        ids: dict[str, list[int]] = {}
        for item in self.items:
            for name in {item.name, item.label}:
                ids.setdefault(name, []).append(item.id)
        return ids

    @cached_property
    def ids(self) -> frozenset[int]:
        """Those of all items."""
        return frozenset(self._labels)

    @property
    def max_id(self) -> int:
        """The highest id."""
        return max(self._labels)

    @property
    def min_id(self) -> int:
        """The lowest id."""
        return min(self._labels)

    @property
    def labels(self) -> tuple[str, ...]:
        """What people are shown, in the order of the items."""
        return tuple(self._labels.values())

    def label(self, class_id: int) -> str | None:
        """What people are shown for `class_id`; None where the map does not know it."""
        return self._labels.get(class_id)

    @property
    def shared_names(self) -> tuple[str, ...]:
        """What people are shown for several ids at once."""
        counts = Counter(self._labels.values())
        return tuple(label for label, count in counts.items() if count > 1)

    def keypoint_names(self, class_id: int, count: int) -> tuple[str | None, ...]:
        """The names of `count` points of a detection, None where the map does not know one.

        A point's number is its place in the model's answer, from 0; a map that counts up to
        `count` itself counts from 1.
        """
        named = self._keypoints.get(class_id, {})
        first = 1 if named and min(named) >= 1 and max(named) == count else 0
        return tuple(named.get(number + first) for number in range(count))

    @cached_property
    def _keypoints(self) -> dict[int, dict[int, str]]:
        return {item.id: dict(item.keypoints) for item in self.items}

    def ids_of(self, label: str) -> tuple[int, ...]:
        """The ids of every item of that name or display name; empty where there is none."""
        return tuple(self._ids.get(label, ()))

"""Ids of COCO files as their records have them, and as other records call them.

JSON tells 1, 1.0, "1" and "0001" apart, and the tools of several languages that write one file do
not: what one of them calls "1" is the record whose id is 1, if no other can be meant.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from training.datasets.formats.text.json_values import as_id, shown
from training.datasets.notes import counted, listed

Id = int | str
# A whole number in a text, with zeros before or after it; more digits are a text.
_WHOLE = re.compile(r"-?[0-9]{1,18}(?:\.0+)?", re.ASCII)
_SHOWN = 3


@dataclass(frozen=True)
class KnownIds:
    """The ids that a file's images or categories have.

    Args:
        exact: as the file has them.
        by_number: the only id that is a number, in whatever form.
        by_name: the only id of a name, for records that have the name in the place of the id.
    """

    exact: frozenset[Id] = frozenset()
    by_number: Mapping[Id, Id] = field(default_factory=dict)
    by_name: Mapping[str, Id] = field(default_factory=dict)

    @classmethod
    def of(cls, ids: Iterable[Id], names: Iterable[tuple[Any, Id]] = ()) -> "KnownIds":
        """Of the ids that there are, and of the names of some, each with its id."""
        exact = frozenset(ids)
        by_number = _only_ones((plain_id(each), each) for each in exact)
        by_name = _only_ones((name, each) for name, each in names if isinstance(name, str))
        return cls(exact, by_number, by_name)

    def match(self, value: Any) -> Id | None:
        """The id that a record of another kind means; None where it is none, or one of several.

        Example:
            >>> known = KnownIds.of([1, 2, "x"], [("cup", 2)])
            >>> [known.match(value) for value in (1.0, "01", "x", "cup", 3, None)]
            [1, 1, 'x', 2, None, None]
        """
        own = as_id(value)
        if own is None or own in self.exact:
            return own
        found = self.by_number.get(plain_id(own))
        return self.by_name.get(own) if found is None and isinstance(own, str) else found

    def told(self, values: Mapping[Any, int], what: str) -> list[str]:
        """A sentence each on ids in another form, and on names in the place of ids.

        Args:
            values: how many annotations have each id, as the file has it.
            what: what has the ids: `category`, `image`.
        """
        in_form: Counter[tuple[str, str]] = Counter()
        by_name: Counter[tuple[str, str]] = Counter()
        for value, count in values.items():
            own, found = as_id(value), self.match(value)
            if own is not None and found is not None and own != found:
                named = plain_id(own) != plain_id(found)
                (by_name if named else in_form)[shown(own), shown(found)] += count
        sentences = []
        if in_form:
            pairs = listed([f"{own} as {found}" for own, found in in_form], _SHOWN)
            such = counted(in_form.total(), "annotation")
            sentences.append(f"{such} with the {what}'s id in another form than its own: {pairs}")
        if by_name:
            pairs = listed([f"{own} as {found}" for own, found in by_name], _SHOWN)
            such = counted(by_name.total(), "annotation")
            sentences.append(f"{such} with the {what}'s name in the place of its id: {pairs}")
        return sentences


@dataclass(frozen=True)
class CategoryIds:
    """The number of each category of a file.

    Args:
        known: the ids, and the names.
        numbers: of each id: itself where it is a number that no other id is as well, else one above
            all of these, in the order of the file.
        unnumbered: the ids that are no numbers.
    """

    known: KnownIds = field(default_factory=KnownIds)
    numbers: Mapping[Id, int] = field(default_factory=dict)
    unnumbered: tuple[Id, ...] = ()

    @classmethod
    def of(cls, named: Mapping[Id, str]) -> "CategoryIds":
        """Of the name of each id."""
        known = KnownIds.of(named, ((name, each) for each, name in named.items()))
        numbers: dict[Id, int] = {each: each for each in named if isinstance(each, int)}
        numbers |= {each: number for number, each in known.by_number.items()
                    if isinstance(number, int)}  # fmt: skip
        unnumbered = tuple(each for each in named if each not in numbers)
        first = max((*numbers.values(), 0)) + 1
        numbers |= {each: number for number, each in enumerate(unnumbered, first)}
        return cls(known, numbers, unnumbered)

    @property
    def own_numbers(self) -> set[int]:
        """The numbers that the file has itself."""
        return {number for each, number in self.numbers.items() if each not in self.unnumbered}

    def number(self, value: Any) -> int | None:
        """The number of the category that an annotation's id means; None where it is none's."""
        # Nearly every one; asked first, for there are millions.
        if type(value) is int and value in self.numbers:
            return self.numbers[value]
        found = self.known.match(value)
        return None if found is None else self.numbers.get(found)


def plain_id(value: Id) -> Id:
    """An id in the form in which ids of several tools are compared: a number, or a text.

    Example:
        >>> plain_id("0012"), plain_id(" 3.0 "), plain_id("a")
        (12, 3, 'a')
    """
    if isinstance(value, int):
        return value
    text = value.strip()
    return int(text.partition(".")[0]) if _WHOLE.fullmatch(text) else text


def _only_ones(pairs: Iterable[tuple[Any, Id]]) -> dict[Any, Id]:
    """The id of each key that one id alone has."""
    found: dict[Any, Id | None] = {}
    for key, each in pairs:
        found[key] = each if found.get(key, each) == each else None
    return {key: each for key, each in found.items() if each is not None}

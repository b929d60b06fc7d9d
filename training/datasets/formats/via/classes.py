"""Which of VIA's region attributes is the class, and what it says of a region.

The attributes are the annotator's own: `class`, `type`, `name`, or what the object is.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from training.datasets.formats.text.json_values import LARGEST_NAME
from training.datasets.notes import listed

# What people call it, the likeliest first; compared without case, `_` and spaces.
USUAL = ("class", "label", "classname", "labelname", "category", "type", "object", "objecttype",
         "name", "tag", "species", "kind")  # fmt: skip

_YES = ("1", "true", "yes", "x")


@dataclass(frozen=True)
class ClassAttribute:
    """The attribute that was chosen.

    Args:
        name: its name; empty where no region has an attribute.
        others: the names of those that were not chosen.
        of_file: whether it is one of the image and not of the region.
        described: what its options' keys stand for, where they are numbers.
        by_name: whether the attributes are called like classes and say yes: `cup: 1`.
    """

    name: str = ""
    others: tuple[str, ...] = ()
    of_file: bool = False
    described: Mapping[str, str] = field(default_factory=dict)
    by_name: bool = False

    @property
    def sentence(self) -> str:
        """What was chosen, for a note."""
        if self.by_name:
            names = listed((self.name, *self.others))
            return f"the classes are the region attributes' names: {names}"
        kind = "file" if self.of_file else "region"
        rest = f", not {listed(self.others)}" if self.others else ""
        return (
            f"the class is the {kind} attribute {self.name!r}{rest}; "
            "--columns class=NAME says another"
        )

    def labels(self, of_region: Any, of_file: Any) -> list[str]:
        """The classes of one region; none where it has none.

        Args:
            of_region: its `region_attributes`, whatever they are.
            of_file: its image's `file_attributes`.
        """
        if self.by_name:
            return ticked(of_region)
        attributes = of_file if self.of_file else of_region
        values = _values(attributes.get(self.name) if isinstance(attributes, dict) else None)
        return [self.described.get(value, value) for value in values]


def class_attribute(
    regions: Iterable[tuple[Any, Any]], content: Any, asked: str | None
) -> ClassAttribute:
    """Choose: what was asked for, else the usual name that most regions have, else any.

    Args:
        regions: the attributes of each region, and of its image.
        content: the file's; a project says what the options are.
        asked: by the person.
    """
    counts: Counter[str] = Counter()
    file_counts: Counter[str] = Counter()
    said: set[str] = set()
    for of_region, of_file in regions:
        for counter, attributes in ((counts, of_region), (file_counts, of_file)):
            if isinstance(attributes, dict):
                counter.update(name for name, value in attributes.items() if _values(value))
        if isinstance(of_region, dict):
            said.update(each.lower() for value in of_region.values() for each in _values(value))
    of_file = asked is not None and asked not in counts and asked in file_counts
    names = file_counts if of_file else counts
    name = asked or max(names, key=lambda each: (_rank(each), names[each]), default="")
    if not name:
        return ClassAttribute()
    others = tuple(each for each in names if each != name)
    if asked is None and _rank(name) == 0 and said <= set(_YES):
        return ClassAttribute(name, others, by_name=True)
    return ClassAttribute(name, others, of_file, _descriptions(content, name))


def ticked(attributes: Any) -> list[str]:
    """The names of attributes that say yes, and of the ticked options of checkboxes."""
    names = []
    for key, value in attributes.items() if isinstance(attributes, dict) else ():
        if isinstance(value, dict):
            names += [str(option) for option, is_set in value.items() if is_set is True]
        elif str(value).strip().lower() in _YES:
            names.append(str(key))
    return names


def _rank(name: str) -> int:
    plain = name.lower().replace("_", "").replace(" ", "").replace("-", "")
    return len(USUAL) - USUAL.index(plain) if plain in USUAL else 0


def _values(value: Any) -> list[str]:
    """What is chosen: a text, a number, or those of a checkbox's options that are ticked."""
    if isinstance(value, dict):
        return [str(key) for key, is_set in value.items() if is_set is True]
    if isinstance(value, str) and value.strip():
        return [value.strip()]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return []
    # A number that somebody did not quote, if it is one that a person would write.
    return [f"{value:.15g}"] if abs(value) < LARGEST_NAME else []


def _descriptions(content: Any, name: str) -> dict[str, str]:
    """A project's options whose keys are numbers have their names in the descriptions."""
    options = content
    for key in ("_via_attributes", "region", name, "options"):
        options = options.get(key) if isinstance(options, dict) else None
    if not isinstance(options, dict):
        return {}
    return {key: text.strip() for key, text in options.items()
            if key.isdigit() and isinstance(text, str) and text.strip()}  # fmt: skip

"""The settings of a dataclass, with the line that its docstring has about each."""

import dataclasses
import inspect
import re
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any


@dataclass(frozen=True)
class Setting:
    """One field, for help and for a flag.

    Args:
        path: section and name, such as `("optimization", "batch_size")`.
        kind: its type.
        default: `dataclasses.MISSING` where the setting is required.
        help: what its class's docstring says about it.
    """

    path: tuple[str, ...]
    kind: Any
    default: Any
    help: str


def settings_of(section: type, path: tuple[str, ...] = ()) -> Iterator[Setting]:
    """The fields of a dataclass and of those in it, in their order."""
    kinds, helps = types_of(section), descriptions(section)
    for field in dataclasses.fields(section):
        kind = kinds[field.name]
        here = (*path, field.name)
        if dataclasses.is_dataclass(kind):
            yield from settings_of(typing.cast("type", kind), here)
        else:
            yield Setting(here, kind, default_of(field), helps.get(field.name, ""))


def default_of(field: "dataclasses.Field[Any]") -> Any:
    """A field's default; `dataclasses.MISSING` where it has none."""
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


@cache
def types_of(section: Any) -> dict[str, Any]:
    """The types of a dataclass's fields, by name."""
    return typing.get_type_hints(section)


@cache
def descriptions(section: type) -> dict[str, str]:
    """What a class's docstring says under `Args:`, by name.

    Example:
        >>> descriptions(Setting)["kind"]
        'its type.'
    """
    text = inspect.getdoc(section) or ""
    _, _, arguments = text.partition("Args:\n")
    arguments = re.split(r"\n\S", arguments)[0]
    found = re.findall(r"^    (\w+): (.*(?:\n {8,}.*)*)", arguments, re.MULTILINE)
    return {name: re.sub(r"\s+", " ", text).strip() for name, text in found}

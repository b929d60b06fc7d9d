"""Settings out of YAML: each value of its field's type, or a message that says why not."""

import dataclasses
import difflib
import types
import typing
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from training.configuration.errors import ConfigurationError
from training.configuration.fields import default_of, types_of
from training.configuration.located import Located

Section = TypeVar("Section")


def read_section(kind: type[Section], located: Located, path: str = "") -> Section:
    """A dataclass out of the values of its fields.

    Args:
        kind: the dataclass; its own check raises ValueError.
        located: a mapping by field names; nothing for all defaults.
        path: what messages call it, such as `optimization`.

    Raises:
        ConfigurationError: a name that there is not, a value of another type or one that cannot
            be, or a field without a value that has no default.
    """
    given = {} if located.value is None else located.value
    if not isinstance(given, dict):
        raise ConfigurationError(
            f"{located.where}: {path or 'the file'}: settings by name were expected, but got "
            f"{located.plain()!r}"
        )
    kinds = types_of(typing.cast("Any", kind))
    fields = {field.name: field for field in dataclasses.fields(typing.cast("Any", kind))}
    for name, value in given.items():
        if name not in fields:
            raise ConfigurationError(
                f"{value.where}: there is no setting `{_joined(path, name)}`{nearest(name, fields)}"
            )
    values: dict[str, Any] = {}
    for name, field in fields.items():
        inner = _joined(path, name)
        if name in given:
            values[name] = convert(kinds[name], given[name], inner)
        elif dataclasses.is_dataclass(kinds[name]):
            values[name] = read_section(
                typing.cast("type", kinds[name]), Located(None, located.where), inner
            )
        elif default_of(field) is dataclasses.MISSING:
            raise ConfigurationError(f"{located.where}: `{inner}` is missing")
    try:
        return kind(**values)
    except ConfigurationError:
        raise
    except ValueError as error:
        raise ConfigurationError(_complaint(located, path, str(error), fields)) from error


def convert(kind: Any, located: Located, path: str) -> Any:
    """A value of a field's type.

    Raises:
        ConfigurationError: it is none.
    """
    if dataclasses.is_dataclass(kind):
        return read_section(typing.cast("type", kind), located, path)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    value = located.value
    if origin in (types.UnionType, typing.Union):
        return _one_of_union(arguments, located, path)
    if origin is typing.Literal:
        return _choice(arguments, located, path)
    if origin is tuple and isinstance(value, list):
        return _items(arguments, located, path)
    if origin is not None and issubclass(origin, Mapping) and isinstance(value, dict):
        of_values = arguments[1]
        return {key: convert(of_values, each, f"{path}.{key}") for key, each in value.items()}
    if kind is Any:
        return located.plain()
    plain = _scalar(kind, value)
    if plain is not None:
        return plain
    raise _unexpected(kind, located, path)


def _scalar(kind: Any, value: Any) -> Any:
    """The value as `kind`; None where it is none."""
    if kind is bool or isinstance(value, bool):
        return value if kind is bool and isinstance(value, bool) else None
    if kind is int and isinstance(value, int):
        return value
    if kind is float:
        return _number(value)
    if kind is str and isinstance(value, str | int | float):
        return str(value)
    if kind is Path and isinstance(value, str) and value:
        return Path(value).expanduser()
    return None


def _number(value: Any) -> float | None:
    # YAML 1.1 takes 1e-3 for a text, since it has no point.
    try:
        return float(value) if isinstance(value, int | float | str) else None
    except ValueError:
        return None


def _one_of_union(kinds: tuple[Any, ...], located: Located, path: str) -> Any:
    if located.value is None and type(None) in kinds:
        return None
    others = [kind for kind in kinds if kind is not type(None)]
    for kind in others[:-1]:
        try:
            return convert(kind, located, path)
        except ConfigurationError:
            continue
    if len(others) > 1:
        try:
            return convert(others[-1], located, path)
        except ConfigurationError:
            raise _unexpected(typing.Union[kinds], located, path) from None  # noqa: UP007
    return convert(others[0], located, path)


def _choice(choices: tuple[Any, ...], located: Located, path: str) -> Any:
    for choice in choices:
        if located.value == choice and type(located.value) is type(choice):
            return choice
    raise ConfigurationError(
        f"{located.where}: `{path}` must be one of {', '.join(map(str, choices))}, "
        f"but is {located.plain()!r}{nearest(str(located.value), map(str, choices))}"
    )


def _items(arguments: tuple[Any, ...], located: Located, path: str) -> tuple[Any, ...]:
    items = located.value
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        kinds: tuple[Any, ...] = (arguments[0],) * len(items)
    elif len(arguments) == len(items):
        kinds = arguments
    else:
        raise ConfigurationError(
            f"{located.where}: `{path}` must have {len(arguments)} values, but is "
            f"{located.plain()!r}"
        )
    return tuple(
        convert(kind, item, f"{path}[{number}]")
        for number, (kind, item) in enumerate(zip(kinds, items, strict=True))
    )


def _unexpected(kind: Any, located: Located, path: str) -> ConfigurationError:
    return ConfigurationError(
        f"{located.where}: `{path}` is {type_in_words(kind)}, but got {located.plain()!r}"
    )


def type_in_words(kind: Any) -> str:
    """What a field's type is called in messages and in help.

    Example:
        >>> type_in_words(tuple[int, int] | None)
        'a list of 2 (a whole number) or null'
    """
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return " or ".join(type_in_words(each) for each in arguments)
    if origin is typing.Literal:
        return "|".join(map(str, arguments))
    if origin is tuple:
        count = "" if arguments[-1] is Ellipsis else f" of {len(arguments)}"
        return f"a list{count} ({type_in_words(arguments[0])})"
    if origin is not None and issubclass(origin, Mapping):
        return "values by name"
    if dataclasses.is_dataclass(kind):
        return "settings by name"
    words = {int: "a whole number", float: "a number", bool: "true or false", str: "a text",
             Path: "a path", type(None): "null", Any: "any value"}  # fmt: skip
    return words.get(kind, str(kind))


def nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean ...?`, where something known is near; else what is known."""
    listed = list(known)
    near = difflib.get_close_matches(name, listed, 1)
    return f"; did you mean `{near[0]}`?" if near else f"; there are {', '.join(listed)}"


def _complaint(located: Located, path: str, message: str, fields: Iterable[str]) -> str:
    """What a section's own check says; of the field that it names first, where it does."""
    name = message.split(" ", 1)[0].rstrip(":")
    if name not in fields:
        return f"{located.where}: {path or 'the settings'}: {message}"
    written = located.value.get(name) if located.value else None
    return f"{(written or located).where}: {_joined(path, message)}"


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name

"""YAML of which each value knows where it was written."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from training.configuration.errors import ConfigurationError


@dataclass(frozen=True)
class Located:
    """A value out of YAML.

    Args:
        value: a plain value, a list of `Located`, or a dict of `Located` by their keys.
        where: file and line, or the flag, for messages.
    """

    value: Any
    where: str

    def plain(self) -> Any:
        """The value without places, all the way down."""
        if isinstance(self.value, dict):
            return {key: each.plain() for key, each in self.value.items()}
        if isinstance(self.value, list):
            return [each.plain() for each in self.value]
        return self.value

    def with_value(self, path: tuple[str, ...], new: "Located") -> "Located":
        """The same with `new` at a path of keys, over what was there.

        Raises:
            ConfigurationError: something on the way is no mapping.
        """
        if not path:
            return new
        if self.value is not None and not isinstance(self.value, dict):
            raise ConfigurationError(
                f"{self.where}: settings by name were expected, but got {self.plain()!r}"
            )
        fields = dict(self.value or {})
        inner = fields.get(path[0], Located(None, new.where))
        fields[path[0]] = inner.with_value(path[1:], new)
        return Located(fields, self.where)


def parse_located(text: str, name: str, *, numbered: bool = True) -> Located:
    """The values in YAML.

    Args:
        text: the YAML.
        name: what messages call it: a file, or a flag.
        numbered: say the line too; a flag has one alone.

    Raises:
        ConfigurationError: it is no YAML, or a key comes twice.
    """
    try:
        loader = yaml.SafeLoader(text)
        try:
            node = loader.get_single_node()
            if node is None:
                return Located(None, name)
            return _located(loader, node, name, numbered)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark and numbered else ""
        raise ConfigurationError(f"{name}{line}: {error.problem}") from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{name}: {error}") from error


def read_located(path: Path) -> Located:
    """The values in a YAML file.

    Raises:
        ConfigurationError: it cannot be read, or is no YAML.
    """
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} is no text in UTF-8") from error
    return parse_located(text, str(path))


def _located(loader: yaml.SafeLoader, node: yaml.Node, name: str, numbered: bool) -> Located:
    where = f"{name}, line {node.start_mark.line + 1}" if numbered else name
    if isinstance(node, yaml.SequenceNode):
        return Located([_located(loader, each, name, numbered) for each in node.value], where)
    if isinstance(node, yaml.MappingNode):
        loader.flatten_mapping(node)
        return Located(dict(_pairs(loader, node, name, numbered)), where)
    return Located(loader.construct_object(node, deep=True), where)


def _pairs(
    loader: yaml.SafeLoader, node: yaml.MappingNode, name: str, numbered: bool
) -> Iterator[tuple[str, Located]]:
    seen = set()
    for key_node, value_node in node.value:
        key = str(loader.construct_object(key_node, deep=True))
        if key in seen:
            place = f"{name}, line {key_node.start_mark.line + 1}" if numbered else name
            raise ConfigurationError(f"{place}: `{key}` comes twice")
        seen.add(key)
        yield key, _located(loader, value_node, name, numbered)

"""A pipeline's settings by name, and what became of each: the same here, another, or nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from training.configuration.errors import ConfigurationError
from training.configuration.located import Located
from training.configuration.pipeline_config.text_format import Field, Scalar

NO_SETTING = "there is no such setting here"


class Outcome(StrEnum):
    """What became of a setting."""

    MAPS = "maps"
    DIFFERS = "differs"
    LEFT_OUT = "left out"


@dataclass(frozen=True)
class Line:
    """What became of one setting.

    Args:
        setting: its names from the top, with dots, and its value.
        line: of the file, from 1.
        outcome: which.
        told: the setting of ours and its value, or the reason.
    """

    setting: str
    line: int
    outcome: Outcome
    told: str


@dataclass
class Settings:
    """Our settings as far as they are known; the last that is said of one holds.

    Args:
        file: where they come from, for errors.
        values: by section and name.
    """

    file: str
    values: dict[tuple[str, ...], Located] = field(default_factory=dict)

    def located(self) -> Located:
        """All of them, each with its line."""
        whole = Located({}, self.file)
        for path, value in self.values.items():
            whole = whole.with_value(path, value)
        return whole


class Branch:
    """A message of a pipeline, or a scalar in it.

    Args:
        field: as it is written.
        path: its names from the top, with dots.
        settings: takes what is mapped.
        lines: takes what became of each; by the fields' identity.
    """

    def __init__(
        self, written: Field, path: str, settings: Settings, lines: dict[int, Line]
    ) -> None:
        self.field = written
        self.path = path
        self._settings = settings
        self._lines = lines

    @classmethod
    def of(cls, fields: list[Field], settings: Settings) -> "Branch":
        """The whole file."""
        return cls(Field("", fields, 1), "", settings, {})

    @property
    def file(self) -> str:
        """The file."""
        return self._settings.file

    @property
    def where(self) -> str:
        """File and line."""
        return f"{self._settings.file}, line {self.field.line}"

    def children(self) -> "list[Branch]":
        """The fields of a message, in their order; none of a scalar."""
        value = self.field.value
        inner = value if isinstance(value, list) else []
        return [
            Branch(each, f"{self.path}.{each.name}".lstrip("."), self._settings, self._lines)
            for each in inner
        ]

    def all(self, name: str) -> "list[Branch]":
        """The fields of a name."""
        return [each for each in self.children() if each.field.name == name]

    def find(self, *names: str) -> "Branch | None":
        """The field below, one name after the other; the last where one comes several times."""
        found: Branch | None = self
        for name in names:
            inner = found.all(name) if found else []
            found = inner[-1] if inner else None
        return found

    def number(self, default: float | None = None) -> float:
        """The scalar as a number.

        Raises:
            ConfigurationError: it is none, and there is no default.
        """
        value = self.field.value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value
        if default is None:
            raise ConfigurationError(f"{self.where}: {self.path} is a number, not {self.text()}")
        return default

    def number_of(self, name: str, default: float) -> float:
        """A scalar below as a number; the API's default where it is not there."""
        found = self.find(name)
        return default if found is None else found.number()

    def text(self) -> str:
        """The scalar as it is said in a line."""
        value = self.field.value
        return "{...}" if isinstance(value, list) else _said(value)

    def maps(self, path: tuple[str, ...], value: Any) -> None:
        """It is the same here."""
        self._set(path, value, Outcome.MAPS, "")

    def differs(self, path: tuple[str, ...], value: Any, why: str) -> None:
        """It is another here, as near as can be."""
        self._set(path, value, Outcome.DIFFERS, f": {why}")

    def maps_or_differs(self, path: tuple[str, ...], value: Any, why: str) -> None:
        """The one where there is nothing to say against it, and else the other."""
        if why:
            self.differs(path, value, why)
        else:
            self.maps(path, value)

    def also(self, path: tuple[str, ...], value: Any) -> None:
        """Set what follows from it, whatever is said of itself."""
        self._settings.values[path] = Located(_located(value, self.where), self.where)

    def _set(self, path: tuple[str, ...], value: Any, outcome: Outcome, why: str) -> None:
        self.also(path, value)
        self.note(outcome, f"{'.'.join(path)} {_plain(value)}{why}")

    def note(self, outcome: Outcome, told: str) -> None:
        """What became of all that is in it, as far as nothing is known of a part."""
        for leaf in self._leaves():
            self._lines.setdefault(
                id(leaf.field), Line(leaf.said(), leaf.field.line, outcome, told)
            )

    def said(self) -> str:
        """Path and value."""
        return self.path if isinstance(self.field.value, list) else f"{self.path}: {self.text()}"

    def lines(self) -> list[Line]:
        """What became of every setting in it, in the order of the file."""
        return [
            self._lines.get(
                id(leaf.field),
                Line(leaf.said(), leaf.field.line, Outcome.LEFT_OUT, NO_SETTING),
            )
            for leaf in self._leaves()
        ]

    def _leaves(self) -> "Iterator[Branch]":
        children = self.children()
        if not children and self.path:
            yield self
        for each in children:
            yield from each._leaves()


def _located(value: Any, where: str) -> Any:
    """Values inside of it with their place too."""
    if isinstance(value, dict):
        return {key: Located(_located(each, where), where) for key, each in value.items()}
    if isinstance(value, list):
        return [Located(_located(each, where), where) for each in value]
    return value


def _said(value: Scalar) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _plain(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return f"{value:g}" if isinstance(value, float) else str(value)

"""One JSON file's content, its objects and lists, and what is wrong with them in a sentence."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from training.datasets.formats.text.guessing import GuessedText, guess_text
from training.datasets.formats.text.json_values import shown


@dataclass(frozen=True, slots=True)
class JsonContent:
    """A file's content.

    Args:
        value: what it holds.
        text: how its text was read; without the text.
    """

    value: Any
    text: GuessedText


def load_json(path: Path, encoding: str | None = None) -> JsonContent:
    """The content of a file, as `parse_json`.

    Raises:
        ValueError: it cannot be read, or is no JSON; names the line.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ValueError(str(error.strerror)) from error
    return parse_json(data, encoding)


def parse_json(data: bytes, encoding: str | None = None) -> JsonContent:
    """The content of a file that was read.

    Args:
        data: the whole file.
        encoding: what a person says that its text is in; None to find out.

    Raises:
        ValueError: it is no JSON; names the line.
    """
    try:
        read = guess_text(data, encoding)
        return JsonContent(json.loads(read.text), replace(read, text=""))
    except json.JSONDecodeError as error:
        raise ValueError(f"line {error.lineno}: {error.msg}") from error
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def as_object(value: Any, what: str) -> dict[str, Any]:
    """The value, if it is an object.

    Raises:
        ValueError: it is something else; says what was expected and what is there.
    """
    if isinstance(value, dict):
        return value
    raise ValueError(f"{what} was expected, not {shown(value)}")


def as_list(value: Any, what: str) -> list[Any]:
    """The value, if it is a list.

    Raises:
        ValueError: it is something else; says what was expected and what is there.
    """
    if isinstance(value, list):
        return value
    raise ValueError(f"{what}, a list, was expected, not {shown(value)}")


def as_text(value: Any, what: str) -> str:
    """The value, if it is a text.

    Raises:
        ValueError: it is something else; says what was expected and what is there.
    """
    if isinstance(value, str):
        return value
    raise ValueError(f"{what}, a text, was expected, not {shown(value)}")

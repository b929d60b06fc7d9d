"""The text of a file of detections, plain or packed by gzip, and the forms that it may have."""

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.evaluation.errors import EvaluationError

# Python's objects take ten times as much memory.
MAX_RESULT_BYTES = 2_000_000_000
_GZIP = b"\x1f\x8b"
# What a broken document raises when it is parsed or taken apart.
BROKEN = (KeyError, TypeError, ValueError, OverflowError, RecursionError)
# Where a document holds its records.
_LISTS = ("annotations", "results", "predictions")


@dataclass(frozen=True)
class CocoDocument:
    """A file of COCO results.

    Args:
        records: as they stand, not looked at.
        place: what one is called in messages: `record` or `line`.
        numbers: of each record, from 1, where `place` is a line.
        category_names: of a document with `categories`, what its numbers mean.
        file_names: of a document with `images`, which file each is.
    """

    records: list[Any]
    place: str
    numbers: list[int]
    category_names: dict[int, str]
    file_names: dict[int | str, str]


def read_results_text(path: Path) -> str:
    """The file's text, unpacked.

    Raises:
        EvaluationError: it cannot be read, is not UTF-8, or is longer than `MAX_RESULT_BYTES`.
    """
    try:
        with path.open("rb") as file:
            packed = file.read(2) == _GZIP
        with gzip.open(path) if packed else path.open("rb") as opened:
            data = opened.read(MAX_RESULT_BYTES + 1)
        if len(data) > MAX_RESULT_BYTES:
            raise EvaluationError(f"{path} has more than the {MAX_RESULT_BYTES} bytes that fit")
        return data.decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path} cannot be read: {error}") from error


def parse_coco_results(path: Path, text: str) -> CocoDocument | None:
    """A list of records, an object that holds one, or a record a line; None of anything else.

    Raises:
        EvaluationError: it begins like a list, but is no JSON.
    """
    begins = text.lstrip()[:1]
    if begins == "[":
        try:
            records = json.loads(text)
        except BROKEN as error:
            raise EvaluationError(f"{path} is no JSON: {error}") from error
        return _document(records)
    if begins != "{":
        return None
    try:
        content = json.loads(text)
    except BROKEN:
        return _lines(text)
    held = next((content[key] for key in _LISTS if isinstance(content.get(key), list)), None)
    if held is not None:
        return _document(held, _category_names(content), _file_names(content))
    return _document([content]) if "image_id" in content else None


def _document(
    records: list[Any],
    category_names: dict[int, str] | None = None,
    file_names: dict[int | str, str] | None = None,
) -> CocoDocument:
    numbers = list(range(1, len(records) + 1))
    return CocoDocument(records, "record", numbers, category_names or {}, file_names or {})


def _lines(text: str) -> CocoDocument | None:
    """A record a line, where the first is one; a broken line is kept, to be named."""
    records: list[Any] = []
    numbers: list[int] = []
    for number, line in numbered_lines(text):
        try:
            record = json.loads(line)
        except BROKEN:
            record = line
        if not records and not (isinstance(record, dict) and "image_id" in record):
            return None
        records.append(record)
        numbers.append(number)
    return CocoDocument(records, "line", numbers, {}, {})


def numbered_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that are not empty, each with its number from 1.

    Not `splitlines`: JSON's strings may hold what Unicode calls the end of a line.
    """
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, line


def _category_names(content: dict[str, Any]) -> dict[int, str]:
    """Empty where one is not a number with a name."""
    listed = content.get("categories")
    found = {}
    for each in listed if isinstance(listed, list) else ():
        if not isinstance(each, dict) or not isinstance(each.get("name"), str):
            return {}
        number = each.get("id")
        if not isinstance(number, int) or isinstance(number, bool) or not each["name"]:
            return {}
        found[number] = each["name"]
    return found


def _file_names(content: dict[str, Any]) -> dict[int | str, str]:
    listed = content.get("images")
    return {
        each["id"]: each["file_name"]
        for each in (listed if isinstance(listed, list) else ())
        if isinstance(each, dict)
        and isinstance(each.get("id"), int | str)
        and isinstance(each.get("file_name"), str)
    }

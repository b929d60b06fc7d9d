"""Changed annotation files: every value of a document by what belongs nowhere, bytes by others."""

import copy
import csv
import io
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import yaml

from tfrecord.records import read_records, write_records
from training.datasets.formats.tfrecord.example import format_example, parse_example

# What came into the file's place, and what was changed, for messages.
Change = tuple[str, bytes]
DEEP = json.loads("[" * 200 + "]" * 200)
# A value of the wrong kind: none of them is right at any key of any format.
WRONG: tuple[Any, ...] = (
    [[1]],
    {"a": [1]},
    True,
    False,
    float("nan"),
    float("inf"),
    10**400,
    -(10**30),
    DEEP,
)
# What may be there for "nothing", so that objects may be fewer without a word.
EMPTY: tuple[Any, ...] = (None, [], {}, "", 0, "\0")
TEXTS = ("", " ", "nan", "-inf", "1e999", "9" * 400, "\ufffd", "a,b;c", "{}", "[[[[", "-", "\n\n")


def document_paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value, the document's own first; of long lists the first three."""
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from document_paths(value[key], (*path, key))
    elif isinstance(value, list):
        for place in range(min(len(value), 3)):
            yield from document_paths(value[place], (*path, place))


def replaced(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy with another value at the end of the way."""
    if not path:
        return value
    changed = copy.deepcopy(document)
    inner = changed
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return changed


def changed_json(data: bytes, values: tuple[Any, ...]) -> Iterator[Change]:
    document = json.loads(data)
    for path in document_paths(document):
        for value in values:
            told = f"{'.'.join(map(str, path))} = {str(value)[:20]}"
            yield told, json.dumps(replaced(document, path, value)).encode()


def changed_yaml(data: bytes, values: tuple[Any, ...]) -> Iterator[Change]:
    document = yaml.safe_load(data)
    for path in document_paths(document):
        for value in values:
            told = f"{'.'.join(map(str, path))} = {str(value)[:20]}"
            yield told, yaml.safe_dump(replaced(document, path, value)).encode()


def changed_xml(data: bytes) -> Iterator[Change]:
    count = len(list(ElementTree.fromstring(data).iter()))
    for place in range(count):
        for text in TEXTS:
            tree = ElementTree.fromstring(data)
            element = list(tree.iter())[place]
            keys: list[str | None] = [None, *element.attrib]
            for key in keys:
                tree = ElementTree.fromstring(data)
                element = list(tree.iter())[place]
                if key is None:
                    element.text = text.replace("\0", "")
                else:
                    element.set(key, text)
                yield f"{element.tag} {key or ''} = {text[:20]!r}", ElementTree.tostring(tree)


def changed_table(data: bytes, separator: str) -> Iterator[Change]:
    """Each field of a text of rows; rows of more and of fewer fields."""
    rows = [re.split(re.escape(separator), line) for line in data.decode().splitlines()]
    for row, fields in enumerate(rows[:4]):
        for column in range(len(fields)):
            for text in TEXTS:
                changed = [list(each) for each in rows]
                changed[row][column] = text
                yield f"row {row}, field {column} = {text[:20]!r}", _joined(changed, separator)
        yield f"row {row} cut", _joined([*rows[:row], fields[:-1], *rows[row + 1 :]], separator)
        yield f"row {row} long", _joined([*rows[:row], fields * 2, *rows[row + 1 :]], separator)


def _joined(rows: list[list[str]], separator: str) -> bytes:
    if separator != ",":
        return "\n".join(separator.join(fields) for fields in rows).encode()
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue().encode()


def changed_records(file: Path) -> Iterator[Change]:
    """Each feature of the first TFRecord by one of another kind, by none and by too many."""
    records = list(read_records(file))
    features = parse_example(records[0])
    scratch = file.with_name("scratch")
    values: tuple[Any, ...] = (
        [], [b"\xff\xfe"], [b""], [1.5], [float("nan")], [float("inf")], [2**62], [-1], [0],
        [b"x"] * 300, [1] * 300,
    )  # fmt: skip
    for key in features:
        for value in values:
            write_records(scratch, [format_example({**features, key: value}), *records[1:]])
            yield f"{key} = {str(value)[:20]}", scratch.read_bytes()
        without = {each: found for each, found in features.items() if each != key}
        write_records(scratch, [format_example(without), *records[1:]])
        yield f"no {key}", scratch.read_bytes()
    scratch.unlink()


def changed_bytes(data: bytes, chance: random.Random, count: int) -> Iterator[Change]:
    """Cut short, with bytes changed, or nothing but noise."""
    for place in sorted(chance.randrange(len(data) + 1) for _ in range(count)):
        yield f"cut at {place}", data[:place]
    for _ in range(count if data else 0):
        changed = bytearray(data)
        for _ in range(chance.choice([1, 1, 3, 20])):
            changed[chance.randrange(len(data))] = chance.randrange(256)
        yield "bytes changed", bytes(changed)
    yield "noise", chance.randbytes(2000)
    yield "zeros", bytes(2000)
    yield "a number of 9000 digits", data.replace(b"8", b"8" * 9000)
    yield "open brackets", b"[" * 200_000
    yield "open braces", b'{"a":' * 100_000
    yield "open tags", b"<a>" * 100_000


def changes_of(file: Path, data: bytes, values: tuple[Any, ...]) -> Iterator[Change]:
    """The changed values of a file, by its form."""
    if file.suffix == ".json":
        yield from changed_json(data, values)
    elif file.suffix in (".yaml", ".yml"):
        yield from changed_yaml(data, values)
    elif file.suffix == ".xml":
        yield from changed_xml(data)
    elif ".tfrecord" in file.name:
        yield from changed_records(file)
    elif file.suffix in (".csv", ".txt"):
        yield from changed_table(data, "," if file.suffix == ".csv" else " ")

"""VIA's CSV, a row a region, as the entries that its JSON has."""

import json
from dataclasses import replace
from typing import Any

from training.datasets.formats.csv_files.rows import lines_of, rows_of
from training.datasets.formats.text.guessing import guess_text
from training.datasets.formats.text.json_file import JsonContent

# Version 1.0 begins its header with `#`.
COLUMNS = ("filename", "file_attributes", "region_shape_attributes", "region_attributes")


def is_via_csv(head: bytes) -> bool:
    """Whether a file's first line names VIA's columns."""
    first = head.lstrip().splitlines()[:1]
    return bool(first) and all(column.encode() in first[0] for column in COLUMNS[2:])


def parse_via_csv(data: bytes, encoding: str | None = None) -> JsonContent:
    """The entries by file name and size, as in the JSON.

    Args:
        data: the whole file.
        encoding: what a person says that its text is in; None to find out.

    Raises:
        ValueError: a column is missing; names the line.
    """
    decoded = guess_text(data, encoding)
    rows = (values for _, values in rows_of(lines_of(decoded.text)))
    entries: dict[str, Any] = {}
    header = [name.strip().lstrip("#") for name in next(rows, [])]
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise ValueError(f"line 1: no column {', '.join(missing)}")
    for values in rows:
        row = dict(zip(header, values, strict=False))
        name = row.get("filename", "")
        if not name.strip():
            continue
        entry = entries.setdefault(f"{name}{row.get('file_size', '')}", {
            "filename": name, "regions": [], "file_attributes": _loaded(row, "file_attributes"),
        })  # fmt: skip
        if row.get("region_shape_attributes", "{}").strip() not in ("", "{}"):
            entry["regions"].append({
                "shape_attributes": _loaded(row, "region_shape_attributes"),
                "region_attributes": _loaded(row, "region_attributes"),
            })  # fmt: skip
    return JsonContent(entries, replace(decoded, text=""))


def _loaded(row: dict[str, str], column: str) -> Any:
    """A field's JSON; the text as it is where it is none, which is then told of its region."""
    text = row.get(column, "")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text

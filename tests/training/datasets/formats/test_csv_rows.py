"""Rows of CSV files are the same whatever else the process has read."""

import csv

import pytest

from tests.support.process_state import FRESH_FIELD_LIMIT, fresh_process_state
from training.datasets.formats.csv_files.rows import LONGEST_FIELD, lines_of, rows_of


def test_a_long_field_is_read_in_a_process_that_takes_short_ones_alone() -> None:
    long = "x" * (FRESH_FIELD_LIMIT + 1)
    lines = ["a,b\n"] * 1500 + [f"{long},b\n"] + ["a,b\n"] * 700
    with fresh_process_state():
        rows = rows_of(lines)
        found = [next(rows)]
        # Between two rows of ours somebody else may read.
        assert csv.field_size_limit() == FRESH_FIELD_LIMIT
        found += rows
    assert [number for number, _ in found] == list(range(1, 2202))
    assert found[1500][1] == [long, "b"]


def test_a_field_that_is_too_long_has_its_line_and_changes_nothing() -> None:
    lines = ["a,b\n", f"{'x' * (LONGEST_FIELD + 1)}\n"]
    with fresh_process_state():
        rows = rows_of(lines)
        assert next(rows) == (1, ["a", "b"])
        with pytest.raises(ValueError, match=r"^line 2: field larger than field limit"):
            next(rows)


def test_a_quote_without_an_end_is_an_error_where_one_is_wanted() -> None:
    lines = ['a,"b\n', "c,d\n"]
    assert list(rows_of(lines)) == [(2, ["a", "b\nc,d\n"])]
    with pytest.raises(ValueError, match=r"^line 2: unexpected end of data"):
        list(rows_of(lines, strict=True))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_csv_has_it_and_not_at_unicode_s_separators(end: str) -> None:
    text = f"a\u2028b,c{end}d\x85e,f\x0c{end}"
    assert [row for _, row in rows_of(lines_of(text))] == [["a\u2028b", "c"], ["d\x85e", "f\x0c"]]

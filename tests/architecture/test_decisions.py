"""The decisions are numbered, and no number is used twice."""

import re

from tests.support.shared import REPOSITORY

DECISIONS = REPOSITORY / "docs" / "decisions"


def test_each_has_a_number_of_its_own_and_begins_with_it() -> None:
    titles = {
        each.name: each.read_text(encoding="utf-8").split("\n")[0]
        for each in DECISIONS.glob("*.md")
        if each.name != "README.md"
    }
    numbers = [int(name.partition("-")[0]) for name in titles]
    assert sorted({*numbers}) == sorted(numbers)
    assert [
        name for name, title in titles.items()
        if not re.match(rf"# {int(name.partition('-')[0])}\. \S", title)
    ] == []  # fmt: skip

"""Files and folders that pages name in backticks are there, where they lie in our own."""

import re
from pathlib import Path

import pytest

from tests.architecture.repository import PACKAGES, tracked_files
from tests.support.shared import REPOSITORY

ROOMS = {*PACKAGES, "docs", "tests", "requirements", ".github"}
# What a recipe adds is not there before somebody follows it.
PAGES = [
    page
    for folder in (REPOSITORY, *(REPOSITORY / each for each in ROOMS))
    for page in ([*folder.glob("*.md")] if folder == REPOSITORY else [*folder.rglob("*.md")])
    if page.parent.name != "recipes"
]
# A path, whole: of letters, digits and what file names have beside them.
NAMED = re.compile(r"`([\w.-]+(?:/[\w.-]+)+)/?`")
# Such as models/NAME/VERSION, and what a page says was there once.
PLACEHOLDER = re.compile(r"/[A-Z]{2,}(/|$)")
FORMER = re.compile(r"\(formerly `([^`]+)`\)")


def missing_in(text: str, there: set[str]) -> list[str]:
    """The paths below one of our folders that a page names and that are not there."""
    named = {each for each in NAMED.findall(text) if each.partition("/")[0] in ROOMS}
    former = set(FORMER.findall(text))
    return sorted(each for each in named - there - former if not PLACEHOLDER.search(each))


@pytest.fixture(scope="module")
def there() -> set[str]:
    """Files of the repository and their folders, as paths from its root."""
    files = [each.relative_to(REPOSITORY) for each in tracked_files()]
    return {str(each) for file in files for each in (file, *file.parents)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_a_page_names_files_that_are_there(page: Path, there: set[str]) -> None:
    assert missing_in(page.read_text(encoding="utf-8"), there) == []


def test_a_file_that_is_gone_is_found_unless_it_is_said_to_be(there: set[str]) -> None:
    text = "`server/gone.py`, `docs/decisions/`, `models/NAME/1`, `images/train/a.jpg`"
    assert missing_in(text, there) == ["server/gone.py"]
    assert missing_in(f"{text} (formerly `server/gone.py`)", there) == []

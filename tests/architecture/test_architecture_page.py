"""What docs/architecture.md names is there."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.repository import PACKAGES
from tests.support.shared import REPOSITORY

PAGE = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8")
LINKS = re.findall(r"\[([^\]]+)\]\((?!\w+:|#)([^)#]+)\)", PAGE)
TESTS = [(name.strip("`"), path) for name, path in LINKS if name.startswith("`test_")]


def test_every_link_leads_somewhere() -> None:
    missing = [path for _, path in LINKS if not (REPOSITORY / "docs" / path).exists()]
    assert missing == []


def test_every_invariant_names_what_keeps_it() -> None:
    table = PAGE.split("| invariant | test |")[1].split("\n\n")[0]
    rows = table.strip().splitlines()[1:]
    assert len(rows) > 10
    assert [row for row in rows if "](" not in row.split("|")[2]] == []


@pytest.mark.parametrize(("name", "path"), TESTS)
def test_a_named_test_is_in_the_file_that_it_links_to(name: str, path: str) -> None:
    tree = ast.parse(Path(REPOSITORY / "docs" / path).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_file_of_the_walks_is_there() -> None:
    walks = PAGE.split("## Two walks")[1].split("\n## ")[0]
    files = re.findall(r"`([\w/]+\.py)`", walks)
    assert len(files) > 20
    assert [each for each in files if not (REPOSITORY / each).is_file()] == []


def test_every_room_has_a_paragraph() -> None:
    rooms = PAGE.split("## The rooms")[1].split("\n## ")[0]
    named = set(re.findall(r"^\*\*\[(\w+)/\]", rooms, re.MULTILINE))
    assert named == {*PACKAGES} - {"benchmarks"}


def test_the_folders_of_a_room_are_there() -> None:
    rooms = PAGE.split("## The rooms")[1].split("\n## ")[0]
    named = 0
    for room, text in re.findall(r"^\*\*\[(\w+)/\]\S+ (.*?)\n\n", rooms, re.MULTILINE | re.DOTALL):
        folder = REPOSITORY / room
        for name in re.findall(r"`(\w+)/`", text):
            places = (folder / name, folder / "embedded" / name, REPOSITORY / name)
            assert any(place.is_dir() for place in places), (room, name)
            named += 1
    assert named > 20

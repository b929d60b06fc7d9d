"""Every recipe works as it stands."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.docs.recipes.following import RECIPES, Recipe, copy_source, tried_in

PAGES = sorted(page for page in RECIPES.glob("*.md") if page.name != "README.md")
MOST_LINES = 150
# Their trials import it, which no import here says.
WITH_TENSORFLOW = ("detector.md",)


def with_need(page: Path) -> Any:
    marks = [pytest.mark.tensorflow] if page.name in WITH_TENSORFLOW else []
    return pytest.param(page, id=page.stem, marks=marks)


@pytest.mark.parametrize("page", [with_need(page) for page in PAGES])
def test_a_recipe_followed_in_a_copy_of_the_source_does_what_it_says(
    page: Path, tmp_path: Path
) -> None:
    recipe = Recipe.of(page)
    copy_source(tmp_path)
    assert tried_in(tmp_path, recipe.trial).returncode != 0
    recipe.follow(tmp_path)
    done = tried_in(tmp_path, recipe.trial)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_recipe_is_a_page(page: Path) -> None:
    assert page.read_text(encoding="utf-8").count("\n") <= MOST_LINES


def test_the_index_has_every_recipe() -> None:
    index = (RECIPES / "README.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\]\(([\w-]+\.md)\)", index))
    assert linked == {page.name for page in PAGES}

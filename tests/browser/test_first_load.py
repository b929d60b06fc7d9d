"""The first load: small, from here alone, soon of use; and files that stay small."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from client_api.resources.static_files import STYLES
from tests.browser.visiting import visit
from tests.support.gateway_process import GatewayProcess
from tests.support.shared import REPOSITORY

STATIC = REPOSITORY / "client_api" / "static"
SOURCES = sorted(each for each in STATIC.rglob("*") if each.suffix in {".css", ".js", ".svg"})
MOST_LINES = 200
MOST_BYTES = 100_000
SIZES = """performance.getEntriesByType("resource")
  .concat(performance.getEntriesByType("navigation"))
  .map(({ name, transferSize }) => [name, transferSize])"""


def test_the_first_load_is_small(browser: Browser, gateway: GatewayProcess) -> None:
    with visit(browser, gateway.url) as (page, _):
        page.wait_for_load_state("networkidle")
        sizes = dict(page.evaluate(SIZES))
        assert len(sizes) > 10
        assert sum(sizes.values()) < MOST_BYTES, sizes
        # What is looked at later is loaded later.
        assert not [each for each in sizes if "/camera/" in each and each.endswith(".js")]


def imported_by(module: Path) -> set[Path]:
    """What a module cannot begin without: what it imports, and so on."""
    text = module.read_text(encoding="utf-8")
    names = re.findall(r'^(?:import|export) .*from "(.+)";$', text, re.MULTILINE)
    found = {(module.parent / each).resolve() for each in names}
    return found.union(*(imported_by(each) for each in found))


def test_all_that_the_page_begins_with_is_asked_for_at_once(
    browser: Browser, gateway: GatewayProcess
) -> None:
    page_dir = STATIC / "page"
    needed = {each.relative_to(page_dir).as_posix() for each in imported_by(page_dir / "main.js")}
    with visit(browser, gateway.url) as (page, _):
        links = page.locator("link[rel=modulepreload]").all()
        asked = [str(each.get_attribute("href")).partition("/page/")[2] for each in links]
    assert sorted(asked) == sorted(needed)


def test_every_style_is_part_of_the_one_that_the_page_asks_for() -> None:
    assert sorted(each.stem for each in (STATIC / "styles").iterdir()) == sorted(STYLES)


def test_pages_hold_no_script_style_or_handler_of_their_own() -> None:
    for template in (REPOSITORY / "client_api" / "templates").glob("*.html"):
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text), template.name
        inline = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", text)
        assert all('type="application/json"' in each for each in inline), template.name


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(STATIC).as_posix())
def test_a_file_of_the_page_is_small_and_names_no_other_host(path: object) -> None:
    text = (STATIC / str(path)).read_text(encoding="utf-8")
    assert text.count("\n") < MOST_LINES
    urls = [each for each in re.findall(r"https?://[^\s\"'`)]+", text) if "w3.org" not in each]
    # A template literal that makes an address of this host's, and words for people.
    assert all(each.startswith(("http://localhost", "https://,")) or "$" in each for each in urls)

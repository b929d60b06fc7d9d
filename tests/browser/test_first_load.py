"""The first load: small, from here alone, soon of use; and files that stay small."""

import re

import pytest
from playwright.sync_api import Browser

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

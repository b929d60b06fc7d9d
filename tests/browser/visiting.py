"""Visits of the page, which has complained of nothing and asked nobody else at their end."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

WIDTHS = {"phone": 360, "desktop": 1200}
OF_THE_PAGE = ("data:", "blob:")
# A refusal is shown in the page, and the browser mentions its status too; and of a header that
# counts on secure pages alone it says so on others.
EXPECTED = ("status of 4", "status of 5", "Cross-Origin-Opener-Policy header has been ignored")


@dataclass
class Visit:
    """What happened during a visit.

    Attributes:
        complaints: of the console, and errors that nobody caught.
        elsewhere: what was asked of other hosts.
        predictions: requests for predictions.
    """

    url: str
    complaints: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    predictions: list[Request] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("console", self._note_message)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._note_request)

    def _note_message(self, message: ConsoleMessage) -> None:
        if not any(each in message.text for each in EXPECTED):
            self.complaints.append(message.text)

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith((self.url, *OF_THE_PAGE)):
            self.elsewhere.append(request.url)
        if request.method == "POST":
            self.predictions.append(request)


@contextmanager
def visit(
    browser: Browser,
    url: str,
    *,
    path: str = "/",
    scripts: bool = True,
    scheme: str = "light",
    screen: str = "desktop",
    **options: Any,
) -> Iterator[tuple[Page, Visit]]:
    """Open the page, and look at the end that it neither complained nor asked elsewhere.

    Args:
        browser: that opens it.
        url: of the gateway.
        path: of the page, after the gateway's.
        scripts: whether they run.
        scheme: `light` or `dark`.
        screen: one of `WIDTHS`.
        options: more for the browser's context.
    """
    context = browser.new_context(
        base_url=url,
        java_script_enabled=scripts,
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": WIDTHS[screen], "height": 800},
        **options,
    )
    page, seen = context.new_page(), Visit(url)
    seen.watch(page)
    try:
        page.goto(path)
        if scripts:
            page.wait_for_selector("html[data-ready]")
        yield page, seen
        assert seen.complaints == [], seen.complaints
        assert seen.elsewhere == []
    finally:
        context.close()


def found(page: Page, count: int) -> None:
    """Wait until so many objects are shown of the image that is looked at."""
    words = f"{count} {'object' if count == 1 else 'objects'} found"
    expect(page.get_by_role("heading", level=2)).to_have_text(words)


def image_of(page: Page, name: str) -> None:
    """Keep what the page looks like where `BOXWRIGHT_SCREENSHOTS` says."""
    folder = os.environ.get("BOXWRIGHT_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def fits(page: Page, screen: str) -> bool:
    """Whether the page is no wider than the screen."""
    return bool(page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[screen])


def module_path(page: Page, module: str) -> str:
    """Where the page has one of its modules from, such as `result/shapes`."""
    place = page.locator("script[type=module]").get_attribute("src")
    assert place is not None
    return place.replace("main.js", f"{module}.js")

"""The camera's part of the page, opened, started and hidden."""

from contextlib import AbstractContextManager
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.browser.visiting import Visit, visit

Visited = tuple[Page, Visit]
HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def camera_of(browser: Browser, url: str, **options: Any) -> AbstractContextManager[Visited]:
    return visit(browser, url, path="/#camera", permissions=["camera"], **options)


def start(page: Page) -> None:
    page.get_by_role("button", name="Start camera").click()
    expect(page.locator("g.detection")).to_have_count(2)


def tracks_of(page: Page) -> int:
    return int(page.evaluate("document.querySelector('video').srcObject?.getTracks().length ?? 0"))

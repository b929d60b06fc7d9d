"""Swagger UI, which really sends an image."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.visiting import image_of
from tests.support.gateway_process import GatewayProcess
from tests.support.reverse_proxy import behind_prefix


@pytest.fixture(params=["", "/vision"], ids=["at the root", "below a prefix"])
def url(request: pytest.FixtureRequest, gateway: GatewayProcess) -> Iterator[str]:
    if not request.param:
        yield gateway.url
        return
    with behind_prefix(gateway.url, request.param) as proxied:
        yield proxied


def test_swagger_ui_sends_an_image_and_asks_no_other_host(
    browser: Browser, url: str, photo: Path
) -> None:
    context = browser.new_context()
    page = context.new_page()
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    try:
        page.goto(f"{url}/docs")
        operation = page.locator("#operations-predictions-post_DefaultPrediction")
        operation.get_by_role("button").first.click()
        operation.get_by_role("button", name="Try it out").click()
        operation.locator("input[type=file]").first.set_input_files(photo)
        operation.get_by_role("button", name="Execute").click()
        response = operation.locator(".live-responses-table")
        expect(response).to_contain_text("200")
        expect(response).to_contain_text('"class_id": 1')
        image_of(page, "docs")
        assert complaints == []
        assert f"{url}/predict" in {each.partition("?")[0] for each in asked}
        elsewhere = [each for each in asked if not each.startswith((f"{url}/", "data:", "blob:"))]
        assert elsewhere == []
    finally:
        context.close()

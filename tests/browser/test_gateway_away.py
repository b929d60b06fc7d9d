"""The page while the gateway or its model server is away."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.camera_page import camera_of
from tests.browser.visiting import found, visit
from tests.support.fake_model_server import FakeModelServer
from tests.support.gateway_process import GatewayProcess

NOT_LOADED = "Failed to load resource: net::ERR_FAILED"


def test_a_part_that_does_not_come_says_so_and_comes_later(
    browser: Browser, gateway: GatewayProcess
) -> None:
    with visit(browser, gateway.url) as (page, seen):
        page.route("**/camera/view.js*", lambda route: route.abort())
        page.get_by_role("link", name="Camera").click()
        problem = page.get_by_role("alert").filter(has_text="This part of the page did not come")
        expect(problem).to_be_visible()
        assert seen.complaints == [NOT_LOADED]
        seen.complaints.clear()
        page.unroute("**/camera/view.js*")
        page.get_by_role("link", name="Upload").click()
        page.get_by_role("link", name="Camera").click()
        expect(page.get_by_role("button", name="Start camera")).to_be_visible()
        expect(problem).to_have_count(0)


def test_an_image_says_so_where_what_shows_it_did_not_come(
    browser: Browser, gateway: GatewayProcess, photo: Path
) -> None:
    with visit(browser, gateway.url) as (page, seen):
        # Not there from the start, as where the gateway was stopped soon after.
        page.route("**/upload/view.js*", lambda route: route.abort())
        page.reload()
        page.locator("#image").set_input_files(photo)
        said = page.locator("#image-error")
        expect(said).to_contain_text("A part of the page did not come")
        assert set(seen.complaints) == {NOT_LOADED}
        seen.complaints.clear()
        page.unroute("**/upload/view.js*")
        page.locator("#image").set_input_files(photo)
        found(page, 2)
        expect(said).to_be_hidden()


def test_a_model_server_that_stays_away_is_told_once_and_its_models_come_with_it(
    browser: Browser, gateway: GatewayProcess, away: FakeModelServer
) -> None:
    with visit(browser, gateway.url, path="/#models") as (page, _):
        problem = page.get_by_role("alert").filter(has_text="model server")
        expect(problem).to_be_visible()
        problem.evaluate("(each) => { window.first = each; }")
        for _ in range(2):
            with page.expect_response("**/models"):
                pass
        assert page.evaluate("window.first.isConnected")
        away.failure = None
        expect(page.get_by_role("region", name="Model hands")).to_be_visible()
        expect(problem).to_be_hidden()


def test_what_may_pass_can_be_tried_again(
    browser: Browser, gateway: GatewayProcess, away: FakeModelServer, photo: Path
) -> None:
    with visit(browser, gateway.url) as (page, _):
        page.locator("#image").set_input_files(photo)
        problem = page.get_by_role("alert").filter(has_text="Service Unavailable")
        expect(problem).to_contain_text("model server")
        away.failure = None
        problem.get_by_role("button", name="Try again").click()
        found(page, 2)
        expect(problem).to_be_hidden()


def test_the_page_of_something_in_between_is_not_taken_for_an_answer(
    with_camera: Browser, gateway: GatewayProcess, photo: Path
) -> None:
    portal = {"status": 200, "content_type": "text/html", "body": "<p>Please log in.</p>"}
    words = "he answer is not the gateway's"
    with camera_of(with_camera, gateway.url) as (page, _):
        page.route("**/predict?*", lambda route: route.fulfill(**portal))
        page.get_by_role("button", name="Start camera").click()
        expect(page.get_by_text(words)).to_be_visible()
        expect(page.get_by_role("button", name="Go on")).to_be_visible()
        page.route("**/models", lambda route: route.fulfill(**portal))
        page.get_by_role("link", name="Models").click()
        problem = page.get_by_role("alert").filter(has_text=words)
        expect(problem.get_by_role("heading")).to_have_text("Not the gateway")
        page.get_by_role("link", name="Upload").click()
        page.locator("#image").set_input_files(photo)
        expect(problem.get_by_role("heading")).to_have_text("Not the gateway")

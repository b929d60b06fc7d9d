"""Parts of the page while the gateway does not answer, or answers that it does not let one in."""

from playwright.sync_api import Browser, Page, expect

from serving_protocol.client_errors import ModelServerUnavailable
from tests.browser.visiting import picture_of, visit
from tests.support.fake_model_server import FakeModelServer
from tests.support.gateway_process import GatewayProcess

NOT_LOADED = "Failed to load resource: net::ERR_FAILED"


def test_a_part_that_does_not_come_says_so_and_comes_later(
    browser: Browser, gateway: GatewayProcess
) -> None:
    with visit(browser, gateway.url) as (page, seen):
        page.route("**/camera/view.js", lambda route: route.abort())
        page.get_by_role("link", name="Camera").click()
        problem = page.get_by_role("alert").filter(has_text="This part of the page did not come")
        expect(problem).to_be_visible()
        assert seen.complaints == [NOT_LOADED]
        seen.complaints.clear()
        page.unroute("**/camera/view.js")
        page.get_by_role("link", name="Upload").click()
        page.get_by_role("link", name="Camera").click()
        expect(page.get_by_role("button", name="Start camera")).to_be_visible()
        expect(problem).to_have_count(0)


def test_a_model_server_that_stays_away_is_told_once(
    browser: Browser, gateway: GatewayProcess, fake: FakeModelServer
) -> None:
    fake.failure = ModelServerUnavailable("gone")
    try:
        with visit(browser, gateway.url, path="/#models") as (page, _):
            problem = page.get_by_role("alert").filter(has_text="model server")
            expect(problem).to_be_visible()
            problem.evaluate("(each) => { window.first = each; }")
            for _ in range(2):
                with page.expect_response("**/models"):
                    pass
            assert page.evaluate("window.first.isConnected")
    finally:
        fake.failure = None


def test_a_camera_that_needs_a_key_says_where_to_enter_it(
    with_camera: Browser, locked: GatewayProcess
) -> None:
    with visit(with_camera, locked.url, path="/#camera", permissions=["camera"]) as (page, _):
        press(page, "Start camera")
        expect(page.get_by_role("alert").filter(has_text="an API key is expected")).to_be_visible()
        expect(page.get_by_role("button", name="Go on")).to_be_visible()
        expect(page.locator(".camera-numbers")).to_be_hidden()
        picture_of(page, "camera-without-key")
        page.get_by_role("link", name="Enter it beside the uploads").click()
        expect(page.locator("#api-key-error")).to_contain_text("an API key is expected")
        page.get_by_label("API key").fill("right")
        page.get_by_role("link", name="Camera").click()
        press(page, "Start camera")
        expect(page.locator("g.detection")).to_have_count(2)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).click()


# What WebKit does where there is no camera, and where one faces the other way.
OVERCONSTRAINED = """(any) => {
  const asked = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = (wish) => any && !wish.video.facingMode
    ? asked(wish) : Promise.reject(new OverconstrainedError("facingMode"));
}"""


def test_any_camera_will_do_where_none_faces_that_way(
    with_camera: Browser, gateway: GatewayProcess
) -> None:
    with visit(with_camera, gateway.url, path="/#camera", permissions=["camera"]) as (page, _):
        page.evaluate(OVERCONSTRAINED, False)
        press(page, "Start camera")
        expect(page.get_by_role("alert")).to_contain_text("No camera was found")
        page.reload()
        page.evaluate(OVERCONSTRAINED, True)
        press(page, "Start camera")
        expect(page.locator("g.detection")).to_have_count(2)

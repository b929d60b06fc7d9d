"""A camera that is not there, not allowed, not wanted any more, or in other hands."""

from playwright.sync_api import Browser, expect

from tests.browser.camera_page import HIDE, camera_of, start, tracks_of
from tests.browser.visiting import image_of, visit
from tests.support.gateway_process import GatewayProcess

# The person is asked, and answers when the test says so.
ASKED = """() => {
  const asked = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = (wish) => new Promise((resolve) => {
    window.allow = () => resolve(asked(wish));
  });
}"""
CANNOT_PLAY = """() => {
  HTMLMediaElement.prototype.play = () =>
    Promise.reject(new DOMException("no decoder", "NotSupportedError"));
}"""
OTHER_IS_BUSY = """() => {
  const asked = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = (wish) => wish.video.facingMode === "user"
    ? asked(wish) : Promise.reject(new DOMException("busy", "NotReadableError"));
}"""
# What WebKit does where there is no camera, and where one faces the other way.
OVERCONSTRAINED = """(any) => {
  const asked = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = (wish) => any && !wish.video.facingMode
    ? asked(wish) : Promise.reject(new OverconstrainedError("facingMode"));
}"""


def test_without_permission_the_page_says_what_to_do(
    with_camera: Browser, gateway: GatewayProcess
) -> None:
    with visit(with_camera, gateway.url, path="/#camera") as (page, _):
        page.get_by_role("button", name="Start camera").click()
        advice = page.get_by_role("alert")
        expect(advice).to_contain_text("The camera is not allowed here")
        expect(advice).to_contain_text("Allow it for this page")
        image_of(page, "camera-refused")


def test_without_a_camera_the_page_says_so(browser: Browser, gateway: GatewayProcess) -> None:
    with camera_of(browser, gateway.url) as (page, _):
        page.get_by_role("button", name="Start camera").click()
        expect(page.get_by_role("alert")).to_contain_text("No camera was found")


def test_over_plain_http_the_page_says_how_to_come_by_a_secure_way(
    browser: Browser, gateway: GatewayProcess
) -> None:
    url = f"http://gateway.test:{gateway.port}"
    with visit(browser, url, path="/#camera") as (page, _):
        advice = page.get_by_role("alert")
        expect(advice).to_contain_text("Browsers give the camera only to secure pages")
        expect(advice).to_contain_text(f"http://localhost:{gateway.port}")


def test_a_camera_that_needs_a_key_says_where_to_enter_it(
    with_camera: Browser, locked: GatewayProcess
) -> None:
    with camera_of(with_camera, locked.url) as (page, _):
        page.get_by_role("button", name="Start camera").click()
        expect(page.get_by_role("alert").filter(has_text="an API key is expected")).to_be_visible()
        expect(page.get_by_role("button", name="Go on")).to_be_visible()
        expect(page.locator(".camera-numbers")).to_be_hidden()
        image_of(page, "camera-without-key")
        page.get_by_role("link", name="Enter it beside the uploads").click()
        expect(page.locator("#api-key-error")).to_contain_text("an API key is expected")
        page.get_by_label("API key").fill("right")
        page.get_by_role("link", name="Camera").click()
        start(page)


def test_any_camera_will_do_where_none_faces_that_way(
    with_camera: Browser, gateway: GatewayProcess
) -> None:
    with camera_of(with_camera, gateway.url) as (page, _):
        page.evaluate(OVERCONSTRAINED, False)
        page.get_by_role("button", name="Start camera").click()
        expect(page.get_by_role("alert")).to_contain_text("No camera was found")
        page.reload()
        page.evaluate(OVERCONSTRAINED, True)
        start(page)


def test_a_camera_that_was_asked_for_while_nobody_looked_stays_off_and_says_so(
    with_camera: Browser, gateway: GatewayProcess
) -> None:
    with camera_of(with_camera, gateway.url) as (page, seen):
        page.evaluate(ASKED)
        page.get_by_role("button", name="Start camera").click()
        expect(page.get_by_text("Waiting for the camera")).to_be_visible()
        page.evaluate(HIDE, True)
        page.evaluate("window.allow()")
        page.evaluate(HIDE, False)
        expect(page.get_by_text("The camera stopped while this tab was hidden.")).to_be_visible()
        assert tracks_of(page) == 0
        assert seen.predictions == []


def test_a_video_that_cannot_be_played_leaves_no_camera_on(
    with_camera: Browser, gateway: GatewayProcess
) -> None:
    with camera_of(with_camera, gateway.url) as (page, _):
        page.evaluate(CANNOT_PLAY)
        page.get_by_role("button", name="Start camera").click()
        expect(page.get_by_role("alert")).to_contain_text("The camera does not start")
        expect(page.get_by_role("alert")).to_contain_text("no decoder")
        assert tracks_of(page) == 0
        expect(page.get_by_role("button", name="Stop")).to_be_disabled()


def test_where_the_other_camera_is_busy_this_one_can_be_started_again(
    with_camera: Browser, gateway: GatewayProcess
) -> None:
    with camera_of(with_camera, gateway.url) as (page, _):
        start(page)
        page.evaluate(OTHER_IS_BUSY)
        page.get_by_role("button", name="Other camera").click()
        expect(page.get_by_role("alert")).to_contain_text("The camera is busy")
        assert tracks_of(page) == 0
        start(page)

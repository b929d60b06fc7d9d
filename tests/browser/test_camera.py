"""Live boxes over a camera, which is Chromium's fake device showing drawn hands."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.camera_page import HIDE, camera_of, start, tracks_of
from tests.browser.hands_video import SIZE_WH
from tests.browser.visiting import WIDTHS, fits, image_of, module_path, visit
from tests.support.fake_model_server import FakeModelServer
from tests.support.gateway_process import GatewayProcess
from tests.support.waiting import wait_until

# Pressed after the video was told to play, and before its first frame.
STOP_ON_PLAY = """() => {
  const stop = [...document.querySelectorAll("button")].find((each) => each.textContent === "Stop");
  document.querySelector("video").addEventListener("play", () => stop.click(), { once: true });
}"""
# The screen is drawn when the test says so.
HOLD_SCREEN = """() => {
  const waiting = new Map();
  let last = 0;
  window.requestAnimationFrame = (draw) => { waiting.set((last += 1), draw); return last; };
  window.cancelAnimationFrame = (each) => waiting.delete(each);
  window.heldDraws = () => waiting.size;
  window.drawNow = () => { for (const [each, draw] of waiting) { waiting.delete(each); draw(0); } };
}"""
# Pressed before the page knows which other cameras there are.
TURN_AND_STOP = """() => {
  for (const name of ["Other camera", "Stop"])
    [...document.querySelectorAll("button")].find((each) => each.textContent === name).click();
}"""


def places_of(page: Page) -> list[list[int]]:
    """Where the buttons of the camera are on the page, in whole pixels."""
    places: list[list[int]] = page.locator(".camera-buttons button").evaluate_all(
        "(all) => all.map((each) => each.getBoundingClientRect())"
        ".map(({ x, y, width }) => [x, y + scrollY, width].map(Math.round))"
    )
    return places


def test_boxes_follow_the_video_one_frame_at_a_time(
    with_camera: Browser, gateway: GatewayProcess, fake: FakeModelServer
) -> None:
    with camera_of(with_camera, gateway.url, screen="phone") as (page, seen):
        fake.most_running = 0
        start(page)
        wait_until(lambda: page.evaluate("1") == 1 and len(seen.predictions) >= 10, "10 answers")
        assert fake.most_running == 1
        assert all(each.headers["content-type"] == "image/jpeg" for each in seen.predictions)
        numbers = page.locator(".camera-numbers")
        expect(numbers).to_contain_text("frames/s")
        expect(numbers).to_contain_text(" ms behind")
        expect(page.get_by_role("list", name="Found now")).to_contain_text("open 94%")
        page.get_by_role("slider", name="Lowest score").fill("0.9")
        expect(page.locator("g.detection")).to_have_count(1)
        assert fits(page, "phone")
        image_of(page, "camera")


@pytest.mark.parametrize("screen", ["phone", "desktop"])
def test_the_numbers_lie_beside_the_image_and_nothing_moves_when_they_come(
    with_camera: Browser, gateway: GatewayProcess, screen: str
) -> None:
    with camera_of(with_camera, gateway.url, screen=screen) as (page, _):
        # So low that what is beside the image is longer.
        page.set_viewport_size({"width": WIDTHS[screen], "height": 600})
        numbers = page.locator(".camera-numbers")
        expect(page.get_by_role("button", name="Start camera")).to_be_visible()
        before = places_of(page)
        start(page)
        expect(numbers).to_be_visible()
        assert not numbers.inner_text().startswith("0.0 ")
        assert places_of(page) == before
        image, shown = page.locator(".camera-frame").bounding_box(), numbers.bounding_box()
        assert image is not None
        assert shown is not None
        below_px = shown["y"] - (image["y"] + image["height"])
        assert 0 <= below_px < 40
        image_of(page, f"camera-numbers-{screen}")


def test_the_camera_can_be_paused_snapped_and_stopped(
    with_camera: Browser, gateway: GatewayProcess, tmp_path: Path
) -> None:
    with camera_of(with_camera, gateway.url, accept_downloads=True) as (page, seen):
        start(page)
        with page.expect_download() as waiting:
            page.get_by_role("button", name="Snapshot").click()
        waiting.value.save_as(tmp_path / "snapshot.jpg")
        with Image.open(tmp_path / "snapshot.jpg") as snapshot:
            assert snapshot.size == SIZE_WH
        page.get_by_role("button", name="Pause").click()
        expect(page.get_by_role("status").filter(has_text="Paused")).to_be_attached()
        expect(page.get_by_role("button", name="Go on")).to_be_visible()
        asked = len(seen.predictions)
        page.get_by_role("button", name="Go on").click()
        wait_until(lambda: page.evaluate("1") == 1 and len(seen.predictions) > asked, "it goes on")
        page.get_by_role("button", name="Other camera").click()
        expect(page.locator("g.detection")).to_have_count(2)
        assert tracks_of(page) == 1
        page.get_by_role("button", name="Stop").click()
        expect(page.get_by_text("The camera is off.")).to_be_visible()
        assert tracks_of(page) == 0


def test_a_camera_that_is_stopped_before_its_first_frame_stays_off(
    with_camera: Browser, gateway: GatewayProcess
) -> None:
    with camera_of(with_camera, gateway.url) as (page, _):
        start(page)
        page.evaluate(STOP_ON_PLAY)
        page.get_by_role("button", name="Other camera").click()
        expect(page.get_by_text("The camera is off.")).to_be_visible()
        assert tracks_of(page) == 0
        start(page)
        page.evaluate(TURN_AND_STOP)
        expect(page.get_by_text("The camera is off.")).to_be_visible()
        start(page)
        assert tracks_of(page) == 1


def test_the_camera_stops_when_nobody_looks(with_camera: Browser, gateway: GatewayProcess) -> None:
    with camera_of(with_camera, gateway.url) as (page, seen):
        start(page)
        page.evaluate(HIDE, True)
        expect(page.get_by_text("The camera stopped while this tab was hidden.")).to_be_visible()
        assert tracks_of(page) == 0
        asked = len(seen.predictions)
        page.evaluate(HIDE, False)
        start(page)
        assert len(seen.predictions) > asked
        page.get_by_role("link", name="Upload").click()
        wait_until(lambda: tracks_of(page) == 0, "the camera to stop")


def test_a_busy_server_is_named_and_asked_again(
    with_camera: Browser, gateway: GatewayProcess
) -> None:
    busy = {"title": "Service Unavailable", "status": 503, "detail": "too many requests wait"}
    with camera_of(with_camera, gateway.url) as (page, _):
        page.route("**/predict?*", lambda route: route.fulfill(status=503, json=busy))
        page.get_by_role("button", name="Start camera").click()
        expect(page.get_by_text("too many requests wait")).to_be_visible()
        page.unroute("**/predict?*")
        expect(page.locator("g.detection")).to_have_count(2)
        expect(page.get_by_text("too many requests wait")).to_be_hidden()


def test_an_answer_that_was_not_drawn_yet_hides_no_problem(
    with_camera: Browser, gateway: GatewayProcess
) -> None:
    refused = {"title": "Bad Request", "status": 400, "detail": "no such model"}
    with camera_of(with_camera, gateway.url) as (page, _):
        start(page)
        page.evaluate(HOLD_SCREEN)
        wait_until(lambda: bool(page.evaluate("window.heldDraws() > 0")), "an answer")
        page.route("**/predict?*", lambda route: route.fulfill(status=400, json=refused))
        expect(page.get_by_text("no such model")).to_be_visible()
        page.evaluate("window.drawNow()")
        expect(page.get_by_text("no such model")).to_be_visible()
        expect(page.locator(".camera-numbers")).to_be_hidden()


def test_the_rate_of_a_slow_model_is_that_of_its_last_two_answers(
    browser: Browser, gateway: GatewayProcess
) -> None:
    with visit(browser, gateway.url) as (page, _):
        rates = page.evaluate(
            """async (path) => {
              const meter = new (await import(path)).Meter();
              return [1000, 5000, 9000].map((nowMs) => {
                meter.note(4000, nowMs);
                return meter.perSecond;
              });
            }""",
            module_path(page, "camera/meter"),
        )
    assert rates == [0, 0.25, 0.25]

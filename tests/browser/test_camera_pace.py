"""How many frames a second the camera's video shows, beside a model that is slow or quick."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.camera_page import camera_of, start
from tests.browser.visiting import module_path
from tests.support.gateway_process import GatewayProcess

CAMERA_PER_S = 30
# A camera's track of which only its constraints matter.
PACE = """async ([path, steps]) => {
  const { Pace } = await import(path);
  let constraints = { facingMode: "user", width: { ideal: 1280 } };
  const asked = [];
  const pace = new Pace({
    getConstraints: () => constraints,
    applyConstraints: async (wish) => { asked.push((constraints = wish)); },
  });
  for (const [perSecond, nowMs] of steps) pace.follow(perSecond, nowMs);
  return asked;
}"""
# Every answer takes as long as a slow model's.
SLOW_MODEL = """const ask = window.fetch;
window.fetch = async (url, options) => {
  const answer = await ask(url, options);
  if (options?.body && window.isSlow) await new Promise((resolve) => setTimeout(resolve, 150));
  return answer;
};
window.isSlow = true;"""
SETTINGS = "document.querySelector('video').srcObject.getVideoTracks()[0].getSettings()"
USUAL: dict[str, Any] = {"facingMode": "user", "width": {"ideal": 1280}}
SPARING = {**USUAL, "frameRate": {"ideal": 20}}


@pytest.mark.parametrize(
    ("steps", "asked"),
    [
        pytest.param([(5, 0), (5, 1999)], [], id="slow for a moment"),
        pytest.param([(5, 0), (5, 2000), (5, 9000)], [SPARING], id="slow"),
        pytest.param([(5, 0), (12, 1000), (5, 2500), (5, 4000)], [], id="now and then slow"),
        pytest.param([(12, 0), (12, 9000)], [], id="neither slow nor quick"),
        pytest.param([(40, 0), (40, 9000)], [], id="quick"),
        pytest.param([(0, 0), (0, 9000)], [], id="not known"),
        pytest.param([(5, 0), (5, 2000), (12, 3000), (12, 9000)], [SPARING], id="a little quicker"),
        pytest.param(
            [(5, 0), (5, 2000), (20, 3000), (20, 5000)], [SPARING, USUAL], id="quick afterwards"
        ),
    ],
)
def test_fewer_frames_are_asked_for_while_the_model_is_slow(
    browser: Browser,
    gateway: GatewayProcess,
    steps: list[tuple[int, int]],
    asked: list[dict[str, Any]],
) -> None:
    with camera_of(browser, gateway.url) as (page, _):
        assert page.evaluate(PACE, [module_path(page, "camera/pace"), steps]) == asked


def settings_of(page: Page) -> dict[str, Any]:
    settings: dict[str, Any] = page.evaluate(SETTINGS)
    return settings


def test_a_camera_follows_its_model(with_camera: Browser, gateway: GatewayProcess) -> None:
    with camera_of(with_camera, gateway.url) as (page, _):
        page.evaluate(SLOW_MODEL)
        start(page)
        before = settings_of(page)
        assert before["frameRate"] == CAMERA_PER_S
        page.wait_for_function(f"() => {SETTINGS}.frameRate === 20")
        assert {**settings_of(page), "frameRate": CAMERA_PER_S} == before
        expect(page.locator("g.detection")).to_have_count(2)
        page.evaluate("window.isSlow = false")
        page.wait_for_function(f"() => {SETTINGS}.frameRate === {CAMERA_PER_S}")
        assert settings_of(page) == before
        expect(page.locator("g.detection")).to_have_count(2)

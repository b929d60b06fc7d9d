"""Which frames a camera's loop takes, of a video whose frames come when the test says so."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.visiting import module_path, visit
from tests.support.gateway_process import GatewayProcess

# A video whose every frame has another color; `show` waits until the next one is seen.
VIDEO = """async (path) => {
  const { FreshFrames } = await import(path);
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: 64, height: 48 });
  const context = canvas.getContext("2d");
  const stream = canvas.captureStream(0);
  const video = document.createElement("video");
  document.body.append(video);
  video.muted = true;
  video.srcObject = stream;
  const colors = ["#ff0000", "#00ff00", "#0000ff"];
  let shown = 0;
  const show = async () => {
    const seen = new Promise((resolve) => video.requestVideoFrameCallback(resolve));
    context.fillStyle = colors[shown % colors.length];
    context.fillRect(0, 0, 64, 48);
    shown += 1;
    stream.getVideoTracks()[0].requestFrame();
    await seen;
    return performance.now();
  };
  const playing = video.play();
  await show();
  await playing;
  const colorOf = async ({ frame }) => {
    const bitmap = await createImageBitmap(frame);
    const small = new OffscreenCanvas(1, 1).getContext("2d");
    small.drawImage(bitmap, 0, 0, 1, 1);
    const [red, green, blue] = small.getImageData(0, 0, 1, 1).data;
    return ["red", "green", "blue"][[red, green, blue].indexOf(Math.max(red, green, blue))];
  };
  const ending = new AbortController();
  const frames = new FreshFrames(video, () => null, ending.signal);
  window.camera = { video, frames, show, colorOf, end: () => ending.abort() };
}"""


@pytest.fixture
def page(browser: Browser, gateway: GatewayProcess) -> Iterator[Page]:
    with visit(browser, gateway.url) as (page, _):
        page.evaluate(VIDEO, module_path(page, "camera/frames"))
        yield page


def run(page: Page, steps: str) -> Any:
    camera = page.evaluate_handle("window.camera")
    return page.evaluate(f"async ({{ frames, show, colorOf, end }}) => {{ {steps} }}", camera)


def test_each_frame_is_taken_once(page: Page) -> None:
    colors = run(
        page,
        """const taken = [await frames.next()];
        const second = frames.next();
        let isThere = false;
        second.then(() => (isThere = true));
        await new Promise(requestAnimationFrame);
        await new Promise(requestAnimationFrame);
        const wasThere = isThere;
        await show();
        taken.push(await second);
        return [...(await Promise.all(taken.map(colorOf))), wasThere];""",
    )
    assert colors == ["red", "green", False]


def test_a_frame_is_made_small_before_it_is_asked_for(page: Page) -> None:
    taken_ms, asked_ms = run(
        page,
        """await frames.next();
        frames.prepare(0);
        await show();
        await frames.coming;
        const askedMs = performance.now();
        return [(await frames.next()).takenMs, askedMs];""",
    )
    assert taken_ms < asked_ms


def test_an_answer_that_comes_early_does_not_wait_for_its_time(page: Page) -> None:
    color = run(
        page,
        """await frames.next();
        frames.prepare(3_600_000);
        await show();
        return colorOf(await frames.next());""",
    )
    assert color == "green"


def test_a_frame_that_grew_old_is_left_for_a_newer_one(page: Page) -> None:
    colors = run(
        page,
        """await frames.next();
        frames.prepare(0);
        await show();
        const ready = await frames.coming;
        // The answer is late.
        ready.takenMs -= 1000;
        const newest = await show();
        const taken = await frames.next();
        return [await colorOf(ready), await colorOf(taken), taken.takenMs >= newest];""",
    )
    assert colors == ["green", "blue", True]


def test_an_old_frame_is_better_than_none(page: Page) -> None:
    color = run(
        page,
        """await frames.next();
        frames.prepare(0);
        await show();
        (await frames.coming).takenMs -= 1000;
        return colorOf(await frames.next());""",
    )
    assert color == "green"


def test_after_the_end_no_frame_is_taken(page: Page) -> None:
    assert run(page, "end(); return frames.next();") is None

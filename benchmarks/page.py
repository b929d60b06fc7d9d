"""What the page's first load costs, and how its camera keeps up with the gateway.

    python -m benchmarks.page --models models --model hands-gestures
    python -m benchmarks.page --models folder --model name --engine tensorflow --frame 640x480

Chromium loads the page over loopback, each time with nothing kept from before. Then its camera
looks at drawn hands, in turn with one client that asks the same gateway about the very JPEG that
the camera last sent: what disturbs the machine disturbs both. The camera gives more frames a second
than most real ones, so that it is not what is measured, as far as a browser shows them, which is 60
a second; `--camera-fps 30` is a usual one. The last row is of the tenth of all answers that came
soonest: of a machine that does nothing else, where the rounds are of one that does.
"""

import shutil
import tempfile
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import click
import httpx
import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, Playwright, sync_playwright
from rich.console import Console
from rich.table import Table

from tests.support.programs import stack
from tests.support.waiting import wait_until
from training.synthetic_hands.scene import Wishes, draw_scene

FRAMES = 24
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
# Milliseconds from answer to answer, of the camera and of the client.
Round = tuple[list[float], list[float]]
FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
SIZES = """performance.getEntriesByType("resource")
  .concat(performance.getEntriesByType("navigation"))
  .reduce((sum, { transferSize }) => sum + transferSize, 0)"""
READY = """performance.getEntriesByName("ready")[0].startTime"""
# Notes when each answer was there, and keeps the last frame that was sent.
WATCH = """window.answeredMs = [];
const ask = window.fetch;
window.fetch = async (url, options) => {
  const answer = await ask(url, options);
  if (options?.body instanceof Blob && answer.ok) {
    window.answeredMs.push(performance.now());
    window.lastFrame = options.body;
  }
  return answer;
};"""
LAST_FRAME = """async () => {
  const bytes = new Uint8Array(await window.lastFrame.arrayBuffer());
  return btoa(Array.from(bytes, (each) => String.fromCharCode(each)).join(""));
}"""


def write_video(path: Path, size_wh: tuple[int, int], frames_per_s: int) -> None:
    """Write hands as YUV4MPEG2, whose head says how many frames a second there are."""
    wishes = Wishes(size_wh=size_wh, empty_share=0, smallest=0.5)
    width, height = size_wh
    with path.open("wb") as video:
        video.write(f"YUV4MPEG2 W{width} H{height} F{frames_per_s}:1 Ip A1:1 C420jpeg\n".encode())
        for seed in range(FRAMES):
            image = draw_scene(wishes, np.random.default_rng(seed)).pixels.convert("YCbCr")
            luma, *chroma = image.split()
            video.write(b"FRAME\n" + luma.tobytes())
            for each in chroma:
                half = each.resize(((width + 1) // 2, (height + 1) // 2), Image.Resampling.BOX)
                video.write(half.tobytes())


@contextmanager
def chromium(playwright: Playwright, *more: str) -> Iterator[Browser]:
    """The browser, with further arguments."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        raise click.ClickException("needs Chromium (apt-get install chromium)")
    browser = playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *more])
    try:
        yield browser
    finally:
        browser.close()


def load(browser: Browser, url: str) -> tuple[int, float]:
    """Load the page with nothing kept: bytes transferred, and milliseconds until it is of use."""
    context = browser.new_context()
    try:
        page = context.new_page()
        page.goto(url)
        page.wait_for_selector("html[data-ready]")
        ready_ms = float(page.evaluate(READY))
        page.wait_for_load_state("networkidle")
        return int(page.evaluate(SIZES)), ready_ms
    finally:
        context.close()


def camera_ms(page: Page, seconds: float) -> list[float]:
    """Let the camera run for a while; milliseconds from each answer to the next."""
    page.get_by_role("button", name="Go on").click()
    answered_ms = page.evaluate(
        """(ms) => {
          window.answeredMs = [performance.now()];
          return new Promise((done) => setTimeout(() => done(window.answeredMs), ms));
        }""",
        seconds * 1000,
    )
    page.get_by_role("button", name="Pause").click()
    return [float(each) for each in np.diff(answered_ms)]


def client_ms(http: httpx.Client, url: str, frame: bytes, seconds: float) -> list[float]:
    """Ask about the frame again and again for a while; milliseconds that each answer took."""
    times_s = [time.perf_counter()]
    while times_s[-1] - times_s[0] < seconds:
        http.post(url, content=frame).raise_for_status()
        times_s.append(time.perf_counter())
    return [float(each) for each in np.diff(times_s) * 1000]


def in_turn(browser: Browser, url: str, rounds: int, seconds: float) -> list[Round]:
    """The camera's times and the client's, `rounds` times."""
    context = browser.new_context(permissions=["camera"])
    try:
        page = context.new_page()
        page.add_init_script(WATCH)
        page.goto(f"{url}/#camera")
        page.get_by_role("button", name="Start camera").click()
        wait_until(lambda: bool(page.evaluate("window.answeredMs.length >= 20")), "20 answers")
        page.get_by_role("button", name="Pause").click()
        frame = b64decode(page.evaluate(LAST_FRAME))
        headers = {"Accept": "application/json", "Content-Type": "image/jpeg"}
        with httpx.Client(timeout=60, headers=headers, trust_env=False) as http:
            # As the page asks, which shows what scores less without asking again.
            asked = f"{url}/predict?score_threshold=0.05&max_detections=100"
            return [
                (camera_ms(page, seconds), client_ms(http, asked, frame, seconds))
                for _ in range(rounds)
            ]
    finally:
        context.close()


def print_loads(loads: list[tuple[int, float]]) -> None:
    """Bytes, and the time until the page is of use."""
    table = Table("first load", "kB", "ms until of use: least", "median", "most")
    times = [ready_ms for _, ready_ms in loads]
    kilobytes = max(each for each, _ in loads) / 1000
    shown = (min(times), median(times), max(times))
    table.add_row(f"{len(loads)} times", f"{kilobytes:.1f}", *(f"{each:.0f}" for each in shown))
    Console(width=100).print(table)


def print_rounds(rounds: list[Round]) -> None:
    """The camera's answers a second beside the client's."""
    table = Table("round", "camera, answers/s", "one client, answers/s", "ratio")

    def add(name: str, per_s: list[float]) -> None:
        camera, client = per_s
        table.add_row(name, f"{camera:.1f}", f"{client:.1f}", f"{camera / client:.2f}")

    per_s = [[1000 / float(np.mean(times)) for times in each] for each in rounds]
    for number, each in enumerate(per_s, 1):
        add(str(number), each)
    add("median", [median(each) for each in zip(*per_s, strict=True)])
    together = [np.concatenate(each) for each in zip(*rounds, strict=True)]
    add("soonest tenth", [1000 / float(np.percentile(each, 10)) for each in together])
    Console(width=100).print(table)


def _size(_context: click.Context, _parameter: click.Parameter, value: str) -> tuple[int, int]:
    width, _, height = value.partition("x")
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise click.BadParameter(f"WIDTHxHEIGHT is expected, not {value!r}")
    return int(width), int(height)


@click.command()
@click.option("--models", "models_dir", type=FOLDER, required=True, help="Folder of models.")
@click.option("--model", required=True, help="The one that is asked.")
@click.option("--engine", default="auto", show_default=True, help="Of the model server.")
@click.option("--frame", "size_wh", default="640x480", callback=_size, help="Of the camera.")
@click.option("--camera-fps", type=click.IntRange(1, 1000), default=60, show_default=True)
@click.option("--rounds", type=click.IntRange(1, 1000), default=5, show_default=True)
@click.option("--seconds", type=click.FloatRange(0.1, 600), default=4, show_default=True)
def bench(
    models_dir: Path,
    model: str,
    engine: str,
    size_wh: tuple[int, int],
    camera_fps: int,
    rounds: int,
    seconds: float,
) -> None:
    """Measure the page: its first load, and its camera beside one client."""
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        folder = Path(scratch)
        video = folder / "hands.y4m"
        write_video(video, size_wh, camera_fps)
        camera = (
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={video}",
        )
        with stack(folder, models_dir=models_dir.resolve(), model=model, engine=engine) as url:
            with chromium(playwright) as browser:
                # The first one starts more than the page.
                load(browser, url)
                print_loads([load(browser, url) for _ in range(rounds)])
            with chromium(playwright, *camera) as browser:
                print_rounds(in_turn(browser, url, rounds, seconds))


if __name__ == "__main__":
    bench()

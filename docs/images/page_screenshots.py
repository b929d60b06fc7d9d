"""Takes the README's images of the page, with `make up` running.

    python docs/images/page_screenshots.py docs/images [URL]

The hands in them are drawn by `training.synthetic_hands`, and belong to nobody; the camera is
Chromium's fake one. Chromium and playwright are what the tests use.
"""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from training.synthetic_hands.scene import Wishes, draw_scene

USUAL_URL = "http://localhost:5000"
SIZE_WH = (960, 640)
# An image with two hands, and one with one.
UPLOADED, FILMED = 5, 8
# Images of the README are looked at, not measured: a JPEG of this quality is small.
QUALITY = 80
# However busy the machine is.
PATIENCE_MS = 60_000


@contextmanager
def page_of(
    url: str, *, scheme: str, size_wh: tuple[int, int], video: Path | None = None
) -> Iterator[Page]:
    """The page in headless Chromium, once its scripts run; `video` is what its camera sees."""
    arguments = ["--no-sandbox"]
    if video is not None:
        arguments += [
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={video}",
        ]
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        page = browser.new_page(
            color_scheme="dark" if scheme == "dark" else "light",
            viewport={"width": size_wh[0], "height": size_wh[1]},
            permissions=["camera"],
        )
        page.goto(url)
        page.wait_for_selector("html[data-ready]")
        yield page
        browser.close()


def hands(seed: int) -> bytes:
    """Drawn hands, as a JPEG."""
    wishes = Wishes(size_wh=SIZE_WH, empty_share=0, smallest=0.75, largest=0.95, most_hands=2)
    file = BytesIO()
    draw_scene(wishes, np.random.default_rng(seed)).pixels.save(file, "JPEG", quality=90)
    return file.getvalue()


def save(page: Page, path: Path) -> None:
    """Keep what the page looks like."""
    with Image.open(BytesIO(page.screenshot())) as image:
        image.convert("RGB").save(path, quality=QUALITY, optimize=True)


def main(folder: str, url: str = USUAL_URL) -> None:
    """Take both images."""
    with page_of(url, scheme="light", size_wh=(1200, 860)) as page:
        page.set_input_files(
            "#image", {"name": "hands.jpg", "mimeType": "image/jpeg", "buffer": hands(UPLOADED)}
        )
        title = page.get_by_role("heading", level=2)
        expect(title).to_contain_text("found", timeout=PATIENCE_MS)
        save(page, Path(folder) / "page-result.jpg")
    with tempfile.TemporaryDirectory() as temporary:
        video = Path(temporary) / "hands.mjpeg"
        video.write_bytes(hands(FILMED) * 60)
        with page_of(f"{url}/#camera", scheme="dark", size_wh=(1200, 860), video=video) as page:
            page.get_by_role("button", name="Start camera").click()
            boxes = page.locator("g.detection")
            expect(boxes.first).to_be_attached(timeout=PATIENCE_MS)
            # So long that the rate is one.
            page.wait_for_timeout(4000)
            save(page, Path(folder) / "page-camera.jpg")


if __name__ == "__main__":
    main(*sys.argv[1:])

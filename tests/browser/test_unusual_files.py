"""Files that are not what they seem: turned, moving, transparent, gone, just too large."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Route, expect

from tests.browser.conftest import MAX_REQUEST_BYTES
from tests.browser.visiting import found, image_of, visit
from tests.support.gateway_process import GatewayProcess

# Of the image that is shown, and of nothing else: a file's first frame is what canvases draw.
MIDDLE_OF_LEFT = """async (image) => {
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  return [canvas.width, canvas.height, ...context.getImageData(5, canvas.height / 2, 1, 1).data];
}"""
TURNED_LEFT = 8


def write_turned_webp(path: Path) -> None:
    """640x480, red above and blue below, to be turned by a quarter to the left."""
    image = Image.new("RGB", (640, 480), "red")
    image.paste("blue", (0, 240, 640, 480))
    exif = Image.Exif()
    exif[0x0112] = TURNED_LEFT
    image.save(path, exif=exif, lossless=True)


def test_a_webp_lies_as_its_boxes_do_where_the_browser_does_not_turn_it(
    browser: Browser, gateway: GatewayProcess, tmp_path: Path
) -> None:
    write_turned_webp(tmp_path / "turned.webp")
    with visit(browser, gateway.url) as (page, _):
        page.locator("#image").set_input_files(tmp_path / "turned.webp")
        found(page, 2)
        expect(page.locator("svg.shapes")).to_have_attribute("viewBox", "0 0 480 640")
        shown = page.locator(".stage > img").evaluate(MIDDLE_OF_LEFT)
        assert shown == [480, 640, 255, 0, 0, 255]


@pytest.mark.parametrize("ending", ["gif", "webp", "png"])
def test_what_moves_stands_still_below_its_boxes(
    browser: Browser, gateway: GatewayProcess, tmp_path: Path, ending: str
) -> None:
    file = tmp_path / f"moving.{ending}"
    first, second = (Image.new("RGB", (300, 200), each) for each in ("red", "blue"))
    first.save(file, save_all=True, append_images=[second], duration=50, loop=0)
    with visit(browser, gateway.url) as (page, seen):
        page.locator("#image").set_input_files(file)
        found(page, 2)
        # The frame that the model saw comes from the gateway.
        accepted = [each.headers["accept"] for each in seen.predictions]
        assert accepted == ["application/json", "image/png"]
        red, green, blue, _ = page.locator(".stage > img").evaluate(MIDDLE_OF_LEFT)[2:]
        assert red > 250
        assert max(green, blue) < 5


@pytest.mark.parametrize("status", [429, 503, 0])
def test_where_the_image_does_not_come_back_what_was_found_stands_and_it_alone_is_tried_again(
    browser: Browser, gateway: GatewayProcess, tmp_path: Path, status: int
) -> None:
    def refuse(route: Route) -> None:
        if route.request.headers["accept"] == "application/json":
            route.continue_()
        elif status:
            route.fulfill(status=status, json={"status": status, "detail": "too many requests"})
        else:
            route.abort()

    write_turned_webp(tmp_path / "turned.webp")
    with visit(browser, gateway.url) as (page, seen):
        page.route("**/predict?*", refuse)
        page.locator("#image").set_input_files(tmp_path / "turned.webp")
        problem = page.get_by_role("alert").filter(has_text="The image cannot be shown")
        expect(problem).to_contain_text("too many requests" if status else "no answer came")
        found(page, 2)
        expect(page.get_by_text("2 found")).to_be_visible()
        image, download = page.locator(".stage > img"), "Download annotated image"
        expect(image).to_be_hidden()
        expect(page.locator("g.detection")).to_have_count(2)
        expect(page.get_by_role("button", name=download)).to_be_disabled()
        image_of(page, "picture-missing")
        again = problem.get_by_role("button", name="Try again")
        again.click()
        expect(again).to_be_visible()
        page.unroute("**/predict?*")
        again.click()
        expect(image).to_be_visible()
        expect(problem).to_be_hidden()
        expect(page.get_by_role("heading", level=2)).to_be_focused()
        assert image.evaluate(MIDDLE_OF_LEFT) == [480, 640, 255, 0, 0, 255]
        expect(page.get_by_role("button", name=download)).to_be_enabled()
        accepted = [each.headers["accept"] for each in seen.predictions]
        assert accepted == ["application/json", *["image/png"] * 3]
        # The browser mentions what did not come at all, too.
        assert all("net::ERR_FAILED" in each for each in seen.complaints)
        seen.complaints.clear()


def test_what_is_transparent_is_white_in_the_annotated_image_too(
    browser: Browser, gateway: GatewayProcess, tmp_path: Path
) -> None:
    Image.new("RGBA", (320, 240), (0, 0, 0, 0)).save(tmp_path / "glass.png")
    with visit(browser, gateway.url, accept_downloads=True) as (page, seen):
        page.locator("#image").set_input_files(tmp_path / "glass.png")
        found(page, 2)
        with page.expect_download() as waiting:
            page.get_by_role("button", name="Download annotated image").click()
        waiting.value.save_as(tmp_path / "drawn.jpg")
        with Image.open(tmp_path / "drawn.jpg") as drawn:
            assert drawn.getpixel((5, 235)) == (255, 255, 255)
        assert len(seen.predictions) == 1


def test_a_request_of_as_many_bytes_as_are_taken_is_sent_and_no_larger_one(
    browser: Browser, gateway: GatewayProcess, photo: Path, tmp_path: Path
) -> None:
    file, image = tmp_path / "hand.jpg", photo.read_bytes()

    def choose(size: int) -> None:
        # What follows a JPEG's end is nothing to it.
        file.write_bytes(image + bytes(size - len(image)))
        page.locator("#image").set_input_files(file)

    with visit(browser, gateway.url) as (page, seen):
        choose(len(image))
        found(page, 2)
        form_bytes = int(seen.predictions[0].all_headers()["content-length"]) - len(image)
        choose(MAX_REQUEST_BYTES - form_bytes)
        expect(page.get_by_text("2 found")).to_have_count(2)
        choose(MAX_REQUEST_BYTES - form_bytes + 1)
        words = f"{MAX_REQUEST_BYTES + 1} with the rest of the form; at most {MAX_REQUEST_BYTES}"
        expect(page.get_by_role("alert").filter(has_text=words)).to_be_visible()
        assert len(seen.predictions) == 2


def test_a_file_that_is_gone_is_named_and_not_the_gateway(
    browser: Browser, gateway: GatewayProcess, photo: Path, tmp_path: Path
) -> None:
    file = tmp_path / "hand.jpg"
    file.write_bytes(photo.read_bytes())
    with visit(browser, gateway.url) as (page, seen):
        page.locator("#image").set_input_files(file)
        found(page, 2)
        file.unlink()
        page.get_by_label("Label map").set_input_files(
            {"name": "map.pbtxt", "mimeType": "text/plain", "buffer": b"item { id: 1 name: 'a' }"}
        )
        problem = page.get_by_role("alert").filter(has_text="The file cannot be read")
        expect(problem).to_contain_text("gone since it was chosen")
        # The browser mentions it too.
        assert seen.complaints == ["Failed to load resource: net::ERR_FILE_NOT_FOUND"]
        seen.complaints.clear()


def test_a_label_map_that_is_too_large_names_nothing_nor_does_the_one_before_it(
    browser: Browser, gateway: GatewayProcess, photo: Path, tmp_path: Path
) -> None:
    label_map = tmp_path / "map.pbtxt"
    with visit(browser, gateway.url) as (page, _):
        page.locator("#image").set_input_files(photo)
        row = page.get_by_role("row").nth(1)
        for more, name in ((0, "left"), (1_000_000, "open")):
            label_map.write_text("item { id: 1 name: 'left' }\n" + "#" * more)
            page.get_by_label("Label map").set_input_files(label_map)
            expect(row).to_contain_text(name)
        expect(page.locator("#label-map-error")).to_contain_text("at most 1000000 are taken")

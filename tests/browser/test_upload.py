"""Images on their way in: chosen, sent, answered or refused."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.browser.conftest import MAX_REQUEST_BYTES
from tests.browser.copied_code import refusal_of_python, run_copied
from tests.browser.visiting import fits, found, image_of, visit
from tests.support.gateway_process import GatewayProcess
from tests.support.reverse_proxy import behind_prefix


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", ["phone", "desktop"])
def test_a_chosen_image_is_answered_in_the_page(
    browser: Browser, gateway: GatewayProcess, photo: Path, scheme: str, screen: str
) -> None:
    with visit(browser, gateway.url, scheme=scheme, screen=screen) as (page, seen):
        assert fits(page, screen)
        image_of(page, f"start-{scheme}-{screen}")
        page.locator("#image").set_input_files(photo)
        found(page, 2)
        expect(page.get_by_role("img", name="Found: 1 open, 1 point")).to_be_visible()
        expect(page.get_by_role("status")).to_have_text("hand.jpg. Found: 1 open, 1 point")
        expect(page.get_by_text("model hands, version 1")).to_be_visible()
        assert len(seen.predictions) == 1
        assert page.url.rstrip("/") == gateway.url
        assert fits(page, screen)
        image_of(page, f"found-{scheme}-{screen}")


def test_a_label_map_names_what_is_photographed_and_can_be_taken_away(
    browser: Browser, gateway: GatewayProcess, photo: Path, tmp_path: Path
) -> None:
    label_map = tmp_path / "map.pbtxt"
    label_map.write_text("item { id: 1 name: 'left hand' } item { id: 4 name: 'right hand' }")
    with visit(browser, gateway.url) as (page, seen):
        page.get_by_label("Photograph").set_input_files(photo)
        found(page, 2)
        page.get_by_label("Label map").set_input_files(label_map)
        expect(page.get_by_role("row").nth(1)).to_contain_text("left hand")
        page.get_by_role("button", name="Remove the file").click()
        expect(page.get_by_role("row").nth(1)).to_contain_text("open")
        assert len(seen.predictions) == 3


def test_a_refused_label_map_is_explained_beside_its_field(
    browser: Browser, gateway: GatewayProcess, photo: Path, tmp_path: Path
) -> None:
    label_map = tmp_path / "map.pbtxt"
    with visit(browser, gateway.url) as (page, _):
        field = page.get_by_label("Label map")
        for text, names in (
            ("item {", "label_map"),
            ("item { id: 1 name: 'a' } item { id: 99 name: 'b' }", "99"),
        ):
            label_map.write_text(text)
            field.set_input_files(label_map)
            page.locator("#image").set_input_files(photo)
            expect(page.locator("#label-map-error")).to_contain_text(names)
            expect(field).to_have_attribute("aria-invalid", "true")
            expect(field).to_have_accessible_description(
                page.locator("#label-map-error").inner_text()
            )
        page.get_by_role("button", name="Remove the file").click()
        found(page, 2)
        expect(page.locator("#label-map-error")).to_be_hidden()


def test_what_is_no_image_is_refused_in_the_servers_words(
    browser: Browser, gateway: GatewayProcess, photo: Path, document: Path
) -> None:
    with visit(browser, gateway.url) as (page, seen):
        page.locator("#image").set_input_files([document, photo])
        problem = page.get_by_role("alert").filter(has_text="PDF")
        expect(problem).to_contain_text("Unsupported Media Type")
        expect(problem).to_contain_text("Request ")
        expect(problem.get_by_role("button")).to_have_count(0)
        assert len(seen.predictions) == 2
        image_of(page, "refused")
        # The other image has its answer all the same.
        page.get_by_role("button", name="hand.jpg", exact=False).first.click()
        found(page, 2)


@pytest.mark.parametrize("what", ["bytes", "pixels", "empty"])
def test_limits_are_checked_before_anything_is_sent(
    browser: Browser, gateway: GatewayProcess, tmp_path: Path, what: str
) -> None:
    file, size = tmp_path / "large.png", MAX_REQUEST_BYTES + 1
    if what == "pixels":
        Image.new("1", (3000, 2000)).save(file)
    else:
        file.write_bytes(bytes(size if what == "bytes" else 0))
    names = {
        "bytes": f"the file has {size} bytes; at most {MAX_REQUEST_BYTES} are taken",
        "pixels": "3000x2000 pixels, 6000000 in all; at most 4000000 are taken",
        "empty": "the file is empty",
    }
    with visit(browser, gateway.url) as (page, seen):
        expect(page.get_by_text("Up to 4 images of 4 megapixels, 3 MB in all")).to_be_visible()
        page.locator("#image").set_input_files(file)
        expect(page.get_by_role("alert").filter(has_text=names[what])).to_be_visible()
        assert seen.predictions == []


def test_an_image_that_the_browser_cannot_show_comes_from_the_gateway(
    browser: Browser, gateway: GatewayProcess, tmp_path: Path
) -> None:
    file = tmp_path / "scan.tiff"
    Image.new("RGB", (300, 200), "orange").save(file)
    with visit(browser, gateway.url) as (page, _):
        page.locator("#image").set_input_files(file)
        found(page, 2)
        size = page.locator(".stage img").first.evaluate("(each) => each.naturalWidth")
        assert size == 300


def test_a_phones_image_lies_as_its_boxes_do(
    browser: Browser, gateway: GatewayProcess, tmp_path: Path
) -> None:
    file = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (640, 480), "teal").save(file, exif=exif)
    with visit(browser, gateway.url) as (page, _):
        page.locator("#image").set_input_files(file)
        found(page, 2)
        box = page.locator(".stage").bounding_box()
        assert box is not None
        assert abs(box["width"] / box["height"] - 480 / 640) < 0.02
        expect(page.locator("svg.shapes")).to_have_attribute("viewBox", "0 0 480 640")


def test_a_key_is_asked_for_and_a_wrong_one_is_explained_beside_its_field(
    browser: Browser, locked: GatewayProcess, photo: Path
) -> None:
    with visit(browser, locked.url) as (page, _):
        key = page.get_by_label("API key")
        key.fill("wrong")
        page.locator("#image").set_input_files(photo)
        expect(page.locator("#api-key-error")).to_have_text("the API key is wrong")
        key.fill("right")
        key.press("Tab")
        found(page, 2)
        expect(page.locator("#api-key-error")).to_be_hidden()
        answer, printed = run_copied(page, photo.parent, API_KEY="right")
        assert len(answer["detections"]) == len(printed) == 2
        assert refusal_of_python(page, photo.parent, API_KEY="wrong") == "the API key is wrong"
        assert "right" not in page.locator(".more-views").inner_text()


def test_the_page_works_below_a_prefix(
    browser: Browser, gateway: GatewayProcess, photo: Path
) -> None:
    with (
        behind_prefix(gateway.url, "/vision") as url,
        visit(browser, url, path="/vision/") as (page, seen),
    ):
        page.locator("#image").set_input_files(photo)
        found(page, 2)
        [request] = seen.predictions
        assert "/vision/predict?" in request.url
        page.get_by_role("link", name="Models").click()
        expect(page.get_by_role("heading", level=2, name="hands")).to_be_visible()


def test_the_words_on_the_button_are_its_name(
    browser: Browser, gateway: GatewayProcess, photo: Path
) -> None:
    with visit(browser, gateway.url) as (page, _):
        field = page.locator("#image")
        expect(field).to_have_accessible_name("Choose images")
        field.set_input_files(photo)
        expect(page.get_by_text("2 found")).to_have_count(1)
        expect(field).to_have_accessible_name("Add images")

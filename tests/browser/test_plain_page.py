"""The page without JavaScript, in light and dark, as wide as a phone."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.browser.visiting import fits, image_of, visit
from tests.support.gateway_process import GatewayProcess, running_gateway


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", ["phone", "desktop"])
def test_an_image_is_uploaded_and_its_boxes_are_shown(
    browser: Browser, gateway: GatewayProcess, photo: Path, scheme: str, screen: str
) -> None:
    with visit(browser, gateway.url, scripts=False, scheme=scheme, screen=screen) as (page, _):
        expect(page.get_by_role("heading", level=1)).to_have_text("What is in the image?")
        assert fits(page, screen)
        image_of(page, f"upload-{scheme}-{screen}")
        page.get_by_label("Choose an image").set_input_files(photo)
        page.get_by_role("button", name="Find objects").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("2 objects found")
        expect(page.get_by_role("row")).to_have_count(3)
        expect(page.get_by_role("row").nth(1)).to_contain_text("open")
        expect(page.get_by_role("row").nth(1)).to_contain_text("94.0%")
        drawn = page.get_by_role("img", name="The image with 2 boxes drawn on it")
        box = drawn.bounding_box()
        assert box is not None
        assert box["width"] > 200
        assert abs(box["width"] / box["height"] - 640 / 480) < 0.02
        page.get_by_text("The answer as JSON").click()
        expect(page.locator("pre")).to_contain_text('"class_id": 1')
        assert fits(page, screen)
        image_of(page, f"result-{scheme}-{screen}")


def test_several_images_a_label_map_and_a_threshold_can_be_sent_along(
    browser: Browser, gateway: GatewayProcess, photo: Path, tmp_path: Path
) -> None:
    label_map = tmp_path / "map.pbtxt"
    label_map.write_text("item { id: 1 name: 'left hand' }")
    second = tmp_path / "second.png"
    Image.new("RGB", (320, 480), "green").save(second)
    with visit(browser, gateway.url, scripts=False) as (page, _):
        page.get_by_label("Choose an image").set_input_files([photo, second])
        page.get_by_label("Label map").set_input_files(label_map)
        page.get_by_label("Lowest score").fill("0.9")
        page.get_by_role("button", name="Find objects").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Image 1: 1 object found")
        expect(page.get_by_role("heading", name="Image 2: 1 object found")).to_be_visible()
        expect(page.get_by_text("second.png")).to_be_visible()
        expect(page.get_by_role("img", name="The image with 1 box drawn")).to_have_count(2)
        expect(page.get_by_role("row").nth(1)).to_contain_text("left hand")
        image_of(page, "result-several")
        # The next form begins with what was chosen.
        expect(page.get_by_label("Lowest score")).to_have_value("0.9")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_error_is_shown_in_the_page(
    browser: Browser, gateway: GatewayProcess, document: Path, scheme: str
) -> None:
    with visit(browser, gateway.url, scripts=False, scheme=scheme) as (page, _):
        page.get_by_label("Choose an image").set_input_files(document)
        page.get_by_role("button", name="Find objects").click()
        expect(page.get_by_role("alert")).to_contain_text("PDF")
        expect(page.get_by_role("button", name="Find objects")).to_be_visible()
        image_of(page, f"problem-{scheme}")


def test_a_file_over_the_limit_is_explained_in_the_page(
    browser: Browser, gateway: GatewayProcess, tmp_path: Path
) -> None:
    large = tmp_path / "large.jpg"
    large.write_bytes(bytes(9_000_000))
    with visit(browser, gateway.url, scripts=False) as (page, _):
        page.get_by_label("Choose an image").set_input_files(large)
        page.get_by_role("button", name="Find objects").click()
        expect(page.get_by_role("alert")).to_contain_text("3000000")


def test_with_no_model_the_page_says_how_to_add_one(browser: Browser, tmp_path: Path) -> None:
    with (
        running_gateway(MODELS_DIR=str(tmp_path), GATEWAY_WORKERS="1") as gateway,
        visit(browser, gateway.url, scripts=False) as (page, _),
    ):
        expect(page.get_by_role("heading", level=2)).to_have_text("No model yet")
        expect(page.locator("pre")).to_contain_text("saved_model.pb")
        assert "saved_model.pb" in gateway.log_text()
        image_of(page, "no-model")


def test_the_page_can_be_used_with_the_keyboard(
    browser: Browser, gateway: GatewayProcess, photo: Path
) -> None:
    with visit(browser, gateway.url, scripts=False) as (page, _):
        page.get_by_label("Choose an image").set_input_files(photo)
        page.get_by_label("Lowest score").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("2 objects found")


def test_the_narrowest_screen_holds_every_page(
    browser: Browser, gateway: GatewayProcess, photo: Path
) -> None:
    with visit(browser, gateway.url, scripts=False) as (page, _):
        page.set_viewport_size({"width": 320, "height": 640})
        width = "document.documentElement.scrollWidth"
        assert page.evaluate(width) <= 320
        page.get_by_label("Choose an image").set_input_files(photo)
        page.get_by_role("button", name="Find objects").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("2 objects found")
        assert page.evaluate(width) <= 320
        image_of(page, "narrowest")

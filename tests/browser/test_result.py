"""What was found, looked at: without asking again, and taken home as files and code."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageChops
from playwright.sync_api import Browser, Page, expect

from tests.browser.copied_code import run_copied
from tests.browser.visiting import Visit, found, image_of, visit
from tests.support.gateway_process import GatewayProcess

Answered = tuple[Page, Visit]


@pytest.fixture
def answered(browser: Browser, gateway: GatewayProcess, photo: Path) -> Iterator[Answered]:
    """The page with one image's answer: open 94 %, point 75 %, closed 30 %."""
    with visit(browser, gateway.url, accept_downloads=True) as (page, seen):
        page.locator("#image").set_input_files(photo)
        found(page, 2)
        yield page, seen


def set_threshold(page: Page, score: float) -> None:
    page.get_by_role("slider", name="Lowest score").fill(str(score))


def test_threshold_classes_and_opacity_change_at_once_without_a_request(answered: Answered) -> None:
    page, seen = answered
    title = page.get_by_role("heading", level=2)
    rows, boxes = page.get_by_role("row"), page.locator("g.detection")
    set_threshold(page, 0.2)
    expect(title).to_have_text("3 objects found")
    expect(rows).to_have_count(4)
    expect(boxes).to_have_count(3)
    set_threshold(page, 0.9)
    expect(title).to_have_text("1 object found")
    expect(boxes).to_have_count(1)
    set_threshold(page, 1)
    expect(page.get_by_text("Nothing scores that much.")).to_be_visible()
    set_threshold(page, 0.5)
    classes = page.get_by_role("group", name="Classes")
    classes.get_by_role("button", name="point").click()
    classes.get_by_role("button", name="open").click()
    expect(title).to_have_text("0 objects found")
    expect(page.get_by_text("The classes of what was found are switched off.")).to_be_visible()
    classes.get_by_role("button", name="point").click()
    expect(title).to_have_text("1 object found")
    expect(page.get_by_role("img", name="Found: 1 point")).to_be_visible()
    classes.get_by_role("button", name="open").click()
    expect(title).to_have_text("2 objects found")
    page.get_by_role("slider", name="Fill").fill("0.8")
    fill = "getComputedStyle(document.querySelector('.line')).fillOpacity"
    page.wait_for_function(f"() => Math.abs({fill} - 0.4) < 0.01")
    assert len(seen.predictions) == 1


def test_a_row_lights_its_box_and_the_other_way_round(answered: Answered) -> None:
    page, _ = answered
    lit_box, lit_row = page.locator("g.detection.lit"), page.locator("tr.lit")
    page.get_by_role("row").nth(2).hover()
    expect(lit_box).to_have_count(1)
    expect(lit_box.locator(".line")).to_have_attribute("x", "320")
    page.locator("g.detection .line").first.hover()
    expect(lit_row).to_have_count(1)
    page.mouse.move(0, 0)
    expect(lit_box).to_have_count(0)
    page.locator("tbody button").first.focus()
    expect(lit_row).to_contain_text("open")
    expect(lit_box.locator(".line")).to_have_attribute("x", "128")


def test_boxes_lie_where_the_answer_says_at_any_zoom(answered: Answered) -> None:
    page, _ = answered
    for _ in range(3):
        image = page.locator(".stage").bounding_box()
        box = page.locator("g.detection .line[x='128']").bounding_box()
        assert image is not None
        assert box is not None
        # 0.1, 0.2, 0.5, 0.4 as ymin, xmin, ymax, xmax of the whole image.
        assert abs((box["x"] - image["x"]) / image["width"] - 0.2) < 0.01
        assert abs((box["y"] - image["y"]) / image["height"] - 0.1) < 0.01
        assert abs(box["width"] / image["width"] - 0.2) < 0.02
        assert abs(box["height"] / image["height"] - 0.4) < 0.02
        width = page.locator(".name-tag").first.bounding_box()
        assert width is not None
        assert width["height"] < 30
        page.get_by_role("button", name="Larger").click()
    expect(page.locator(".zoom")).to_have_text("300%")
    page.get_by_role("button", name="Larger").focus()
    for _ in range(3):
        page.keyboard.press("Enter")
    expect(page.locator(".zoom")).to_have_text("800%")
    expect(page.get_by_role("button", name="Smaller")).to_be_focused()


def test_the_downloads_are_what_is_shown(
    answered: Answered, gateway: GatewayProcess, photo: Path, tmp_path: Path
) -> None:
    page, seen = answered

    def download(name: str) -> Path:
        with page.expect_download() as waiting:
            page.get_by_role("button", name=f"Download {name}").click()
        path = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(path)
        return path

    table = list(csv.DictReader(download("table as CSV").read_text().splitlines()))
    assert [row["label"] for row in table] == ["open", "point"]
    assert float(table[0]["x_min"]) == 128
    answer = json.loads(download("answer as JSON").read_text())
    with gateway.client() as client:
        files = {"image": photo.read_bytes()}
        asked = client.post("/predict", files=files).json()
        coco = client.post("/predict?schema=coco", files=files).json()
    assert answer["detections"] == asked["detections"]
    assert answer["image"] == asked["image"]
    assert json.loads(download("COCO results").read_text()) == coco
    drawn_path = download("annotated image")
    assert drawn_path.name == "hand-annotated.jpg"
    with Image.open(drawn_path) as drawn, Image.open(photo) as before:
        assert drawn.size == before.size
        assert drawn.getpixel((128 + 1, 120)) != before.getpixel((128 + 1, 120))
        beside = (500, 100, 640, 480)
        difference = ImageChops.difference(drawn.crop(beside), before.crop(beside))
        assert max(high for _, high in difference.getextrema()) < 12  # type: ignore[misc]  # RGB
    assert len(seen.predictions) == 1


def test_the_copied_lines_ask_the_same(answered: Answered, photo: Path) -> None:
    page, _ = answered
    page.get_by_role("group", name="Classes").get_by_role("button", name="point").click()
    answer, printed = run_copied(page, photo.parent)
    assert "classes=open%2Cclosed" in page.get_by_label("curl", exact=True).inner_text()
    assert [each["label"] for each in answer["detections"]] == ["open"]
    assert len(printed) == 1
    assert printed[0].startswith("open 0.94 {")


def test_the_copied_lines_take_files_and_labels_of_any_name(
    browser: Browser, gateway: GatewayProcess, photo: Path, tmp_path: Path
) -> None:
    image, label_map = tmp_path / 'it\'s; a "hand", $HOME.jpg', tmp_path / "my map.pbtxt"
    image.write_bytes(photo.read_bytes())
    label_map.write_text(
        "item { id: 1 name: 'a, b' } item { id: 2 name: '4' } item { id: 4 name: 'c' }"
    )
    with visit(browser, gateway.url) as (page, _):
        page.get_by_label("Label map").set_input_files(label_map)
        page.locator("#image").set_input_files(image)
        set_threshold(page, 0.2)
        expect(page.get_by_role("heading", level=2)).to_have_text("3 objects found")
        page.get_by_role("group", name="Classes").get_by_role("button", name="c").click()
        answer, printed = run_copied(page, tmp_path)
        # A label with a comma, and one that is a number, are asked for by their ids.
        assert [each["label"] for each in answer["detections"]] == ["a, b", "4"]
        assert [each.partition(" {")[0] for each in printed] == ["a, b 0.94", "4 0.3"]


def test_text_is_copied_with_one_press(
    browser: Browser, gateway: GatewayProcess, photo: Path
) -> None:
    with visit(browser, gateway.url, permissions=["clipboard-read", "clipboard-write"]) as (
        page,
        _,
    ):
        page.locator("#image").set_input_files(photo)
        page.get_by_text("The answer as JSON").click()
        page.get_by_role("button", name="Copy JSON").click()
        expect(page.get_by_role("status")).to_have_text("JSON copied")
        copied = json.loads(page.evaluate("navigator.clipboard.readText()"))
        assert [each["label"] for each in copied["detections"]] == ["open", "point"]


def test_the_time_is_shown_by_stage(answered: Answered) -> None:
    page, _ = answered
    page.get_by_text("Timing").click()
    for stage in ("Way there and back", "Read", "Predict"):
        expect(page.locator(".stage-list div", has_text=stage)).to_contain_text(" ms")
    shown_ms = [float(each.removesuffix(" ms")) for each in page.locator("dd").all_inner_texts()]
    widths = [each.bounding_box() for each in page.locator(".took:not(.dot)").all()]
    assert len(widths) == len(shown_ms)
    whole = sum(each["width"] for each in widths if each)
    for width, milliseconds in zip(widths, shown_ms, strict=True):
        assert width is not None
        # A part is never too thin to be seen.
        assert abs(width["width"] / whole - milliseconds / sum(shown_ms)) < 0.03
    image_of(page, "timing")


def test_a_label_is_text_whatever_it_says(
    browser: Browser, gateway: GatewayProcess, photo: Path, tmp_path: Path
) -> None:
    label_map = tmp_path / "map.pbtxt"
    label_map.write_text("""item { id: 1 name: '<img src=x onerror="fail()">' }""")
    with visit(browser, gateway.url) as (page, _):
        page.get_by_label("Label map").set_input_files(label_map)
        page.locator("#image").set_input_files(photo)
        expect(page.get_by_role("row").nth(1)).to_contain_text("<img src=x")
        assert page.locator("img[src=x]").count() == 0


def test_a_finger_on_a_box_lights_its_row(
    browser: Browser, gateway: GatewayProcess, photo: Path
) -> None:
    with visit(browser, gateway.url, screen="phone", has_touch=True) as (page, _):
        page.locator("#image").set_input_files(photo)
        page.locator("g.detection .line[x='128']").tap()
        expect(page.locator("tr.lit")).to_contain_text("open")
        page.locator("g.detection .line[x='320']").tap()
        expect(page.locator("tr.lit")).to_contain_text("point")

"""Names of files and classes that are long, or run from right to left."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.visiting import found, image_of, module_path, visit
from tests.support.gateway_process import GatewayProcess

LONG = "supercalifragilisticexpialidocious" * 3
ARABIC = "\N{ARABIC LETTER YEH}\N{ARABIC LETTER DAL}"
IS_WHOLE = "(each) => each.scrollWidth <= each.clientWidth"
# Lays a name with the longest score over an image; how far the score reaches beyond its tag.
SCORE_BEYOND_PX = """async ([path, label]) => {
  const { Overlay } = await import(path);
  const stage = document.createElement("div");
  stage.className = "stage";
  document.body.append(stage);
  const overlay = new Overlay();
  stage.append(overlay.element);
  const box = { x_min: 10, y_min: 50, x_max: 60, y_max: 90 };
  const detections = [{ class_id: 1, label, score: 1, box }];
  overlay.show({ image: { width: 150, height: 100 }, detections });
  const tag = stage.querySelector(".name-tag");
  const rightOf = (each) => each.getBoundingClientRect().right;
  return rightOf(tag.lastElementChild) - rightOf(tag);
}"""


def right_of(locator: Locator) -> float:
    box = locator.bounding_box()
    assert box is not None
    return box["x"] + box["width"]


def show(page: Page, image: Path, labels: dict[int, str]) -> None:
    items = " ".join(f"item {{ id: {number} name: '{name}' }}" for number, name in labels.items())
    page.get_by_label("Label map").set_input_files(
        {"name": "map.pbtxt", "mimeType": "text/plain", "buffer": items.encode()}
    )
    page.locator("#image").set_input_files(image)
    found(page, 2)


@pytest.mark.parametrize("screen", ["phone", "desktop"])
def test_a_long_class_leaves_room_for_the_score_and_the_box(
    browser: Browser, gateway: GatewayProcess, photo: Path, screen: str
) -> None:
    with visit(browser, gateway.url, screen=screen) as (page, _):
        show(page, photo, {1: LONG, 4: "a name in the right half of a phone"})
        assert page.locator(".table-frame").evaluate(IS_WHOLE)
        expect(page.locator(".score-bar").first).to_be_visible(visible=screen == "desktop")
        for name, score in (("a name in", "75%"), (LONG, "94%")):
            tag = page.locator(".name-tag", has_text=name)
            assert right_of(tag) <= right_of(page.locator(".stage")) + 1
            assert right_of(tag.get_by_text(score)) <= right_of(tag)
        image_of(page, f"long-names-{screen}")


@pytest.mark.parametrize("length", range(10, 17))
def test_a_class_of_wide_letters_leaves_room_for_its_score(
    browser: Browser, gateway: GatewayProcess, length: int
) -> None:
    with visit(browser, gateway.url) as (page, _):
        overlay = module_path(page, "result/overlay")
        assert page.evaluate(SCORE_BEYOND_PX, [overlay, "W" * length]) <= 0


def test_a_class_that_runs_from_right_to_left_is_followed_by_its_score(
    browser: Browser, gateway: GatewayProcess, photo: Path
) -> None:
    with visit(browser, gateway.url) as (page, _):
        show(page, photo, {1: ARABIC, 4: "point"})
        tag = page.locator(".name-tag", has_text=ARABIC)
        assert right_of(tag.locator("bdi")) <= right_of(tag.get_by_text("94%"))


def test_a_long_file_name_leaves_room_for_the_model(
    browser: Browser, gateway: GatewayProcess, photo: Path, tmp_path: Path
) -> None:
    image = tmp_path / f"{LONG * 2}.jpg"
    image.write_bytes(photo.read_bytes())
    with visit(browser, gateway.url, screen="phone") as (page, _):
        show(page, image, {1: "open"})
        model = page.get_by_text("model hands, version 1")
        assert model.evaluate(IS_WHOLE)
        assert right_of(model) <= right_of(page.get_by_role("region", name="Result"))
        expect(page.locator(".viewer-head bdi")).to_have_attribute("title", image.name)

"""What models of outlines and of points find, drawn over the image."""

from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect

from detection.hands.skeleton import BONES, KEYPOINT_NAMES
from tests.browser.copied_code import run_copied
from tests.browser.visiting import image_of, visit
from tests.support.gateway_process import GatewayProcess


def choose_layer(page: Page, name: str) -> None:
    page.get_by_role("group", name="Layers").get_by_role("button", name=name).click()


def test_masks_cover_their_objects_and_their_area_is_in_the_table(
    browser: Browser, special: GatewayProcess, photo: Path
) -> None:
    with visit(browser, special.url) as (page, seen):
        page.locator("#image").set_input_files(photo)
        masks = page.locator("g.detection path.mask")
        expect(masks).to_have_count(2)
        mask, box = masks.last.bounding_box(), page.locator(".line[x='128']").bounding_box()
        assert mask is not None
        assert box is not None
        assert abs(mask["x"] + mask["width"] / 2 - box["x"] - box["width"] / 2) < 3
        assert 0.8 < mask["height"] / box["height"] < 1.01
        # A circle of radius 0.45 in a box of 0.2 by 0.4 of the image is 5.1 % of it.
        area = page.get_by_role("row").nth(1).get_by_role("cell").last.inner_text()
        assert 4.5 < float(area.removesuffix("%")) < 5.2
        # The hole's middle is that of a box which the image's lower border cuts.
        with_hole = page.locator("g.detection:has([x='320']) path.mask")
        filled = "(each, [x, y]) => each.isPointInFill(new DOMPoint(x, y))"
        assert with_hole.evaluate(filled, [400, 250]) is True
        assert with_hole.evaluate(filled, [400, 348]) is False
        image_of(page, "masks")
        choose_layer(page, "Masks")
        expect(masks.first).to_be_hidden()
        choose_layer(page, "Boxes")
        expect(page.locator("g.detection .line").first).to_be_hidden()
        assert len(seen.predictions) == 1


def test_a_skeleton_has_its_bones_and_the_belief_map_comes_when_it_is_wanted(
    browser: Browser, special: GatewayProcess, photo: Path
) -> None:
    with visit(browser, special.url, path="/?model=points") as (page, seen):
        page.locator("#image").set_input_files(photo)
        skeleton = page.locator("g.detection g.skeleton").first
        expect(skeleton.locator(".bone")).to_have_count(len(BONES))
        expect(skeleton.locator(".point")).to_have_count(len(KEYPOINT_NAMES))
        image_of(page, "skeleton")
        assert "overlay" not in seen.predictions[0].url
        choose_layer(page, "Belief map")
        expect(page.locator("canvas.beliefs")).to_be_visible()
        assert [("overlay=belief" in each.url) for each in seen.predictions] == [False, True]
        image_of(page, "beliefs")
        page.get_by_role("row").nth(1).hover()
        expect(page.locator("g.detection.lit")).to_have_count(1)
        image_of(page, "beliefs-lit")
        choose_layer(page, "Belief map")
        expect(page.locator("canvas.beliefs")).to_be_hidden()
        choose_layer(page, "Skeletons")
        expect(skeleton).to_be_hidden()
        assert len(seen.predictions) == 2


def test_a_pipeline_is_chosen_kept_in_the_address_and_asked(
    browser: Browser, special: GatewayProcess, photo: Path
) -> None:
    with visit(browser, special.url) as (page, seen):
        chooser = page.get_by_label("Model", exact=True)
        page.locator("#image").set_input_files(photo)
        expect(page.locator("g.detection path.mask")).to_have_count(2)
        expect(chooser.locator("option[value='pipelines/later']")).to_be_disabled()
        chooser.select_option("pipelines/pair")
        expect(page.locator("g.detection g.skeleton")).to_have_count(2)
        words = "hand.jpg · model masks, version 1, then points, version 1"
        expect(page.get_by_text(words)).to_be_visible()
        assert "pipeline=pair" in seen.predictions[-1].url
        assert "model=pipelines%2Fpair" in page.url
        choose_layer(page, "Belief map")
        expect(page.locator("canvas.beliefs")).to_be_visible()
        answer, printed = run_copied(page, photo.parent)
        assert answer["pipeline"]["name"] == "pair"
        assert [len(each["keypoints"]) for each in answer["detections"]] == [21, 21]
        assert len(printed) == 2
        page.get_by_role("link", name="Models").click()
        later = page.get_by_role("region", name="Pipeline later")
        expect(later).to_contain_text("Waiting: model missing")
        expect(later.get_by_role("button")).to_be_disabled()
        pair = page.get_by_role("region", name="Pipeline pair")
        expect(pair.get_by_role("button")).to_have_text("In use")
        image_of(page, "pipelines")
        page.get_by_role("button", name="Use masks version 1").click()
        expect(pair.get_by_role("button", name="Use pipeline pair")).to_have_text("Use")
        pair.get_by_role("button").click()
        # Whoever keeps the address comes back to the same choice.
        page.reload()
        page.get_by_role("link", name="Upload").click()
        expect(chooser).to_have_value("pipelines/pair")
        page.locator("#image").set_input_files(photo)
        expect(page.locator("g.detection g.skeleton")).to_have_count(2)


def test_a_pipeline_is_asked_without_scripts(
    browser: Browser, special: GatewayProcess, photo: Path
) -> None:
    with visit(browser, special.url, scripts=False) as (page, _):
        page.get_by_label("Model", exact=True).select_option("pipelines/pair")
        page.get_by_role("button", name="Choose", exact=True).click()
        page.locator("#image").set_input_files(photo)
        page.get_by_role("button", name="Find objects").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("2 objects found")
        page.get_by_text("The answer as JSON").click()
        expect(page.get_by_label("JSON", exact=True)).to_contain_text('"keypoints": [')
        expect(page.locator("#upload-form")).to_have_attribute("action", "/predict?pipeline=pair")


def test_the_annotated_image_has_the_belief_map_that_is_shown(
    browser: Browser, special: GatewayProcess, tmp_path: Path
) -> None:
    Image.new("RGB", (320, 240), "white").save(tmp_path / "white.png")
    with visit(browser, special.url, path="/?model=points", accept_downloads=True) as (page, _):
        page.locator("#image").set_input_files(tmp_path / "white.png")
        expect(page.locator("g.detection g.skeleton")).to_have_count(2)
        choose_layer(page, "Belief map")
        expect(page.locator("canvas.beliefs")).to_be_visible()
        with page.expect_download() as waiting:
            page.get_by_role("button", name="Download annotated image").click()
        waiting.value.save_as(tmp_path / "drawn.jpg")
    with Image.open(tmp_path / "drawn.jpg") as drawn:
        red, green, blue = drawn.getpixel((315, 5))  # type: ignore[misc]  # RGB
    # White, darkened as on the page, far from the map's peak.
    assert max(abs(each - 0.55 * 255) for each in (red, green, blue)) < 6

"""Several images in the row: which is looked at, what is told of them, what is taken out."""

import json
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, expect

from tests.browser.visiting import visit
from tests.support.fake_model_server import FakeModelServer
from tests.support.gateway_process import GatewayProcess
from tests.support.waiting import wait_until


def test_the_image_that_is_looked_at_is_in_sight_in_the_row(
    browser: Browser, gateway: GatewayProcess, photo: Path
) -> None:
    with visit(browser, gateway.url, screen="phone") as (page, _):
        for count in (1, 2):
            page.locator("#image").set_input_files(photo)
            expect(page.get_by_text("2 found")).to_have_count(count)
        chosen = page.locator(".tile[aria-current=true]").bounding_box()
        assert chosen is not None
        assert chosen["x"] >= 0
        assert chosen["x"] + chosen["width"] <= 360


def test_of_several_images_the_one_looked_at_is_told_and_their_end(
    browser: Browser, gateway: GatewayProcess, held: FakeModelServer, photo: Path, document: Path
) -> None:
    with visit(browser, gateway.url) as (page, _):
        page.evaluate("""() => {
          window.told = [];
          const place = document.getElementById("announcement");
          new MutationObserver(() => window.told.push(place.textContent))
            .observe(place, { childList: true });
        }""")
        page.locator("#image").set_input_files([photo, photo, document, photo])
        held.gate.set()
        expect(page.get_by_role("status")).to_contain_text("3 of 4 images answered")
        assert len(page.evaluate("window.told")) <= 2


def test_an_image_that_is_taken_out_ends_its_request_and_says_nothing_any_more(
    browser: Browser, gateway: GatewayProcess, held: FakeModelServer, photo: Path
) -> None:
    with visit(browser, gateway.url) as (page, seen):
        ended: list[str] = []
        page.on("requestfailed", lambda request: ended.append(request.url))
        page.locator("#image").set_input_files(photo)
        expect(page.get_by_text("Looking", exact=True)).to_be_visible()
        page.get_by_role("button", name="Remove hand.jpg").click()
        wait_until(lambda: page.evaluate("1") == 1 and len(ended) == 1, "the request ends")
        held.gate.set()
        page.locator("#image").set_input_files(photo)
        expect(page.get_by_text("2 found")).to_have_count(1)
        assert len(seen.predictions) == 2


def test_coco_results_name_an_image_by_its_place_in_the_row(
    browser: Browser, gateway: GatewayProcess, photo: Path, document: Path, tmp_path: Path
) -> None:
    with visit(browser, gateway.url, accept_downloads=True) as (page, _):
        page.locator("#image").set_input_files([photo, document, photo])
        expect(page.get_by_text("2 found")).to_have_count(2)
        with page.expect_download() as waiting:
            page.get_by_role("button", name="Download COCO results").click()
        waiting.value.save_as(tmp_path / "coco.json")
    results = json.loads((tmp_path / "coco.json").read_text())
    assert [each["image_id"] for each in results] == [0, 0, 2, 2]


def test_several_images_have_a_progress_bar_each(
    browser: Browser, gateway: GatewayProcess, held: FakeModelServer, photo: Path, tmp_path: Path
) -> None:
    second = tmp_path / "second.png"
    Image.new("RGB", (320, 480), "green").save(second)
    with visit(browser, gateway.url) as (page, seen):
        page.locator("#image").set_input_files([photo, second])
        tiles = page.get_by_role("list", name="Images").get_by_role("listitem")
        expect(tiles).to_have_count(2)
        expect(page.get_by_role("progressbar", name="Progress of hand.jpg")).to_be_visible()
        expect(page.get_by_role("progressbar", name="Progress of second.png")).to_be_visible()
        expect(tiles.nth(0)).to_contain_text("Looking")
        held.gate.set()
        expect(tiles.nth(0)).to_contain_text("2 found")
        expect(tiles.nth(1)).to_contain_text("2 found")
        expect(page.get_by_role("progressbar")).to_have_count(0)
        expect(page.get_by_text("hand.jpg ·")).to_be_visible()
        tiles.nth(1).get_by_role("button").first.click()
        expect(page.get_by_text("second.png ·")).to_be_visible()
        assert len(seen.predictions) == 2
        page.get_by_role("button", name="Remove second.png").click()
        expect(tiles).to_have_count(1)
        expect(page.get_by_text("hand.jpg ·")).to_be_visible()


def test_more_images_than_are_taken_are_counted(
    browser: Browser, gateway: GatewayProcess, photo: Path
) -> None:
    with visit(browser, gateway.url) as (page, seen):
        page.locator("#image").set_input_files([photo] * 6)
        expect(page.locator("#image-error")).to_have_text(
            "6 images came; at most 4 are taken at a time, so these are the first 4"
        )
        expect(page.get_by_text("2 found")).to_have_count(4)
        assert len(seen.predictions) == 4

"""What is served, and how one of it is chosen."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import LABEL_MAP
from tests.browser.visiting import fits, image_of, visit
from tests.support.fake_model_server import FakeModelServer, FakeVersion
from tests.support.gateway_process import GatewayProcess, running_gateway
from tests.support.grpc_model_server import serving

CARD = {
    "schema": 1,
    "title": "Hands, open and closed",
    "created_at": "2026-11-20T10:00:00+00:00",
    "model": {
        "kind": "boxes",
        "name": "ssdlite_mobilenet_v2",
        "input_size_hw": [240, 320],
        "parameters": 2_600_000,
    },
    "classes": [{"id": 1, "name": "open", "display_name": "open"}],
    "signatures": {},
    "preprocessing": None,
    "training": {},
    "metrics": {
        "validation": {"AP": 0.614, "ap50": 0.87, "ap_small": -1},
        "test": {f"m{n}": n for n in range(7)},
    },
    "parity": {},
    "software": {},
    "notes": ["Drawn hands only."],
    "facts": {"box_unit": "normalized", "sources": {"box_unit": "import"}},
}


@pytest.fixture
def fake() -> FakeModelServer:
    fake = FakeModelServer()
    fake.models["hands"] = {
        1: FakeVersion(),
        2: FakeVersion(),
        3: FakeVersion(state="LOADING"),
    }
    fake.models["faces"] = {1: FakeVersion(state="START")}
    return fake


@pytest.fixture
def gateway(fake: FakeModelServer, tmp_path: Path) -> Iterator[GatewayProcess]:
    for model, versions in (("hands", (1, 2, 3)), ("faces", (1,)), ("later", (1,))):
        for version in versions:
            folder = tmp_path / model / str(version)
            folder.mkdir(parents=True)
            (folder / "saved_model.pb").touch()
    (tmp_path / "hands" / "label_map.pbtxt").write_text(LABEL_MAP)
    (tmp_path / "hands" / "2" / "model_card.json").write_text(json.dumps(CARD))
    with (
        serving(fake) as port,
        running_gateway(
            SERVING_ADDRESS=f"127.0.0.1:{port}",
            MODELS_DIR=str(tmp_path),
            MODEL_NAME="hands",
            GATEWAY_WORKERS="1",
        ) as running,
    ):
        yield running


def test_models_are_shown_with_state_classes_size_and_measures(
    browser: Browser, gateway: GatewayProcess, fake: FakeModelServer
) -> None:
    with visit(browser, gateway.url, path="/#models", screen="phone") as (page, _):
        hands = page.get_by_role("region", name="Model hands")
        expect(hands).to_contain_text("Default")
        second = hands.get_by_role("article").filter(has_text="Version 2")
        for words in (
            "Ready",
            "Hands, open and closed",
            "320 \N{MULTIPLICATION SIGN} 240 pixels",
            "2.6M",
            "2026-11-20",
        ):
            expect(second).to_contain_text(words)
        expect(second.get_by_role("list", name="Classes").get_by_role("listitem")).to_have_text(
            ["open", "closed", "point"]
        )
        expect(second).to_contain_text("validation AP")
        expect(second).to_contain_text("0.614")
        expect(second).to_contain_text("validation AP50")
        # COCO's -1 is no measure.
        expect(second.locator("dt:text-is('validation AP small') + dd")).to_have_text("none")
        expect(second).to_contain_text("Drawn hands only.")
        second.get_by_text("4 more measures").click()
        expect(second.get_by_text("test m6")).to_be_visible()
        third = hands.get_by_role("article").filter(has_text="Version 3")
        expect(third).to_contain_text("Loading")
        expect(third).to_contain_text("Waiting: ")
        expect(third.get_by_role("button", name="Use hands version 3")).to_be_disabled()
        expect(page.get_by_role("region", name="Model faces")).to_contain_text("Waiting: ")
        expect(page.get_by_role("region", name="Model later")).to_contain_text("Waiting: ")
        assert fits(page, "phone")
        image_of(page, "models")
        # It is noticed without a reload, and what was opened stays open.
        fake.models["hands"][3].state = "AVAILABLE"
        expect(third).to_contain_text("Ready")
        expect(second.get_by_text("test m6")).to_be_visible()


def test_what_failed_and_what_is_no_model_is_shown_with_what_to_do(
    browser: Browser, gateway: GatewayProcess, fake: FakeModelServer, tmp_path: Path
) -> None:
    fake.models["hands"][3] = FakeVersion(state="END", error="cannot be parsed")
    pointer = b"version https://git-lfs.github.com/spec/v1\nsize 12345\n"
    (tmp_path / "hands" / "3" / "saved_model.pb").write_bytes(pointer)
    (tmp_path / "cars" / "v1").mkdir(parents=True)
    (tmp_path / "cars" / "v1" / "saved_model.pb").touch()
    with visit(browser, gateway.url, path="/#models", screen="phone") as (page, _):
        hands = page.get_by_role("region", name="Model hands")
        third = hands.get_by_role("article").filter(has_text="Version 3")
        expect(third).to_contain_text("Failed")
        expect(third).to_contain_text("saved_model.pb is a pointer of Git LFS; git lfs pull")
        not_served = page.get_by_role("region", name="Not served")
        expect(not_served).to_contain_text("cars: v1 is no version")
        expect(not_served).to_contain_text("rename cars/v1 to cars/1")
        assert fits(page, "phone")


def test_what_answers_mean_is_shown_with_who_says_it_and_what_does_not_fit(
    browser: Browser, gateway: GatewayProcess, tmp_path: Path
) -> None:
    said = {"box_unit": "input-pixels", "box_order": "xyxy", "first_class": 0}
    (tmp_path / "hands" / "1" / "model_facts.json").write_text(json.dumps(said))
    with visit(browser, gateway.url, path="/#models") as (page, _):
        hands = page.get_by_role("region", name="Model hands")
        first, second = (
            hands.get_by_role("article").filter(has_text=f"Version {number}") for number in (1, 2)
        )
        for name, text in (
            ("Boxes", "Pixels of the model's input (setting)"),
            ("Box order", "xyxy (setting)"),
            ("First class", "0 (setting)"),
        ):
            expect(first.locator(f"dt:text-is('{name}') + dd")).to_have_text(text)
        expect(first).to_contain_text("begin at 1, but the model's classes begin at 0")
        expect(second.locator("dt:text-is('Boxes') + dd")).to_have_text("0 to 1 (import)")


def test_a_version_is_chosen_in_the_list_or_among_the_models(
    browser: Browser, gateway: GatewayProcess, photo: Path
) -> None:
    with visit(browser, gateway.url) as (page, seen):
        chooser = page.get_by_label("Model", exact=True)
        page.locator("#image").set_input_files(photo)
        expect(page.get_by_text("model hands, version 2")).to_be_visible()
        expect(chooser.locator("option", has_text="version 3 (not ready)")).to_be_disabled()
        chooser.select_option("hands/versions/1")
        expect(page.get_by_text("model hands, version 1")).to_be_visible()
        assert "/models/hands/versions/1/predict" in seen.predictions[-1].url
        assert "model=hands" in page.url
        page.get_by_text("The same request in code").click()
        expect(page.get_by_label("curl", exact=True)).to_contain_text("/versions/1/predict")
        page.get_by_role("link", name="Models").click()
        use = page.get_by_role("button", name="Use hands version 2")
        use.focus()
        page.keyboard.press("Enter")
        expect(use).to_have_text("In use")
        expect(use).to_be_disabled()
        # It is the same button to whoever pressed it.
        expect(use).to_be_focused()
        page.get_by_role("link", name="Upload").click()
        expect(page.get_by_text("model hands, version 2")).to_be_visible()
        expect(chooser).to_have_value("hands")


# Notes which options change, and whether the list loses its focus or its choice.
WATCH_LIST = """(list) => {
  window.touched = [];
  const note = (records) => window.touched.push(...records.map(({ target }) => target.value));
  new MutationObserver(note).observe(list, { childList: true, subtree: true, attributes: true });
  list.addEventListener("blur", () => window.touched.push("blur"));
  list.addEventListener("change", () => window.touched.push("change"));
  list.focus();
}"""


def test_the_list_is_renewed_under_the_hands_of_whoever_uses_it(
    browser: Browser, gateway: GatewayProcess, fake: FakeModelServer
) -> None:
    with visit(browser, gateway.url) as (page, _):
        chooser = page.get_by_label("Model", exact=True)
        third = chooser.locator("option[value='hands/versions/3']")
        expect(third).to_have_text("hands, version 3 (not ready)")
        chooser.select_option("hands/versions/1")
        chooser.evaluate(WATCH_LIST)
        fake.models["hands"][3].state = "AVAILABLE"
        expect(third).to_have_text("hands, version 3")
        expect(third).to_be_enabled()
        expect(chooser.locator("option[value='hands']")).to_have_text("hands (version 3)")
        expect(chooser).to_be_focused()
        expect(chooser).to_have_value("hands/versions/1")
        # What is as it was is not touched, so that nothing is read aloud.
        assert set(page.evaluate("window.touched")) == {"hands", "hands/versions/3"}


def test_without_a_model_the_page_waits_for_one(browser: Browser, tmp_path: Path) -> None:
    fake = FakeModelServer()
    fake.models.clear()
    with (
        serving(fake) as port,
        running_gateway(
            SERVING_ADDRESS=f"127.0.0.1:{port}", MODELS_DIR=str(tmp_path), GATEWAY_WORKERS="1"
        ) as gateway,
        visit(browser, gateway.url) as (page, _),
    ):
        expect(page.get_by_role("heading", level=2)).to_have_text("No model yet")
        (tmp_path / "hands" / "1").mkdir(parents=True)
        (tmp_path / "hands" / "1" / "saved_model.pb").touch()
        fake.models["hands"] = {1: FakeVersion()}
        expect(page.locator("#image")).to_be_attached()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_kept_address_of_a_model_that_is_gone_leads_to_the_others(
    browser: Browser, gateway: GatewayProcess, scripts: bool
) -> None:
    with visit(browser, gateway.url, scripts=scripts) as (page, _):
        answer = page.goto("/?model=gone")
        assert answer is not None
        assert answer.status == 404
        expect(page.get_by_role("heading", level=1)).to_have_text("Not Found")
        expect(page.get_by_role("alert").first).to_contain_text("model gone is unknown")
        if scripts:
            page.get_by_role("link", name="To the page").click()
            expect(page.get_by_label("Model", exact=True)).to_have_value("hands")
        else:
            expect(page.get_by_role("button", name="Find objects")).to_be_visible()


def test_a_result_begins_with_the_models_threshold_until_another_is_chosen(
    browser: Browser, gateway: GatewayProcess, tmp_path: Path, photo: Path
) -> None:
    card = {**CARD, "score_threshold": {"value": 0.8, "recall": 0.75, "precision": 0.9}}
    (tmp_path / "hands" / "2" / "model_card.json").write_text(json.dumps(card))
    with visit(browser, gateway.url) as (page, _):
        page.locator("#image").set_input_files(photo)
        title = page.get_by_role("heading", level=2)
        slider = page.get_by_role("slider", name="Lowest score")
        expect(slider).to_have_value("0.8")
        expect(title).to_have_text("1 object found")
        page.locator("#model-choice").select_option("hands/versions/1")
        expect(slider).to_have_value("0.5")
        slider.fill("0.2")
        page.locator("#model-choice").select_option("hands")
        expect(title).to_have_text("3 objects found")
    with visit(browser, gateway.url, path="/#models") as (page, _):
        second = page.get_by_role("article").filter(has_text="Version 2")
        expect(second).to_contain_text("80% (finds 75%, 90% of it right)")

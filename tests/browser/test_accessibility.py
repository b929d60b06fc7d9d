"""The page for everyone: axe's rules, the keyboard alone, nothing that moves by itself."""

import importlib.resources
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.visiting import fits, found, image_of, visit
from tests.support.fake_model_server import FakeModelServer
from tests.support.gateway_process import GatewayProcess

AXE = importlib.resources.files("axe_playwright_python") / "axe.min.js"
RULES = {
    "runOnly": [
        "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice",
    ]
}  # fmt: skip

# What turns for as long as something is waited for never ends.
SETTLED = """Promise.all(document.getAnimations()
  .filter((each) => each.effect.getComputedTiming().endTime < Infinity)
  .map((each) => each.finished))"""

IS_ON_TOP = """(element) => {
  const { x, y, width, height } = element.getBoundingClientRect();
  return element.contains(document.elementFromPoint(x + width / 2, y + height / 2));
}"""


def violations(page: Page) -> list[str]:
    """What axe finds wrong: the rule, and the first elements that break it."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    # Colors are compared when nothing is on its way between two of them any more.
    page.evaluate(SETTLED)
    found: list[dict[str, Any]] = page.evaluate("(rules) => axe.run(rules)", RULES)["violations"]
    return [
        f"{each['id']}: {each['help']}: {[node['html'][:200] for node in each['nodes'][:3]]}"
        for each in found
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", ["phone", "desktop"])
def test_axe_finds_nothing_wrong(
    browser: Browser, gateway: GatewayProcess, photo: Path, document: Path, scheme: str, screen: str
) -> None:
    with visit(browser, gateway.url, scheme=scheme, screen=screen) as (page, _):
        assert violations(page) == []
        page.locator("#image").set_input_files([photo, document])
        expect(page.get_by_text("Refused")).to_be_visible()
        found(page, 2)
        for summary in page.locator("summary").all():
            summary.click()
        assert violations(page) == []
        assert fits(page, screen)
        image_of(page, f"opened-{scheme}-{screen}")
        page.get_by_role("button", name="notes.jpg").first.click()
        expect(page.get_by_role("alert").filter(has_text="PDF")).to_be_visible()
        assert violations(page) == []
        page.get_by_role("link", name="Camera").click()
        expect(page.get_by_role("button", name="Start camera")).to_be_visible()
        assert violations(page) == []
        assert fits(page, screen)
        image_of(page, f"camera-{scheme}-{screen}")
        page.get_by_role("link", name="Models").click()
        expect(page.get_by_role("region", name="Model hands")).to_be_visible()
        assert violations(page) == []
        assert fits(page, screen)
        image_of(page, f"models-{scheme}-{screen}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong_with_masks_skeletons_and_belief_maps(
    browser: Browser, special: GatewayProcess, photo: Path, scheme: str
) -> None:
    # A pipeline's answer has all of them: the first model's outlines, the second one's points.
    with visit(browser, special.url, path="/?model=pipelines/pair", scheme=scheme) as (page, _):
        page.locator("#image").set_input_files(photo)
        expect(page.locator("g.detection path.mask")).to_have_count(2)
        expect(page.locator("g.detection g.skeleton")).to_have_count(2)
        layers = page.get_by_role("group", name="Layers")
        layers.get_by_role("button", name="Belief map").press("Enter")
        expect(page.locator("canvas.beliefs")).to_be_visible()
        # The answer with the map brought the buttons anew.
        expect(layers.get_by_role("button", name="Belief map")).to_be_focused()
        assert violations(page) == []
        image_of(page, f"all-layers-{scheme}")
        page.get_by_role("link", name="Models").click()
        expect(page.get_by_role("region", name="Pipeline later")).to_contain_text("Waiting")
        assert violations(page) == []


@pytest.mark.parametrize(("scheme", "screen"), [("light", "desktop"), ("dark", "phone")])
def test_axe_finds_nothing_wrong_with_the_running_camera(
    with_camera: Browser, gateway: GatewayProcess, scheme: str, screen: str
) -> None:
    with visit(
        with_camera,
        gateway.url,
        path="/#camera",
        scheme=scheme,
        screen=screen,
        permissions=["camera"],
    ) as (page, _):
        page.get_by_role("button", name="Start camera").click()
        expect(page.locator("g.detection")).to_have_count(2)
        expect(page.get_by_role("list", name="Found now")).to_contain_text("open 94%")
        assert violations(page) == []
        page.get_by_role("button", name="Pause").click()
        expect(page.get_by_role("button", name="Go on")).to_be_visible()
        assert violations(page) == []
        page.get_by_role("button", name="Stop").click()
        expect(page.get_by_role("button", name="Start camera")).to_be_focused()
        words = page.get_by_text("The camera is off.")
        expect(words).to_be_visible()
        # What lies below something else is visible to Chromium, and to nobody else.
        assert words.evaluate(IS_ON_TOP)
        assert violations(page) == []
        image_of(page, f"camera-off-{scheme}-{screen}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong_with_the_answer_to_a_plain_form(
    browser: Browser, gateway: GatewayProcess, photo: Path, scheme: str
) -> None:
    # axe is a script: the form is sent as one without scripts sends it.
    with visit(browser, gateway.url, scheme=scheme) as (page, _):
        nothing = {"content_type": "text/javascript", "body": ""}
        page.route("**/page/main.js", lambda route: route.fulfill(**nothing))
        for files, title in ((photo, "2 objects found"), ([], "Bad Request")):
            page.goto("/")
            page.locator("#image").set_input_files(files)
            page.evaluate("document.querySelector('#upload-form').submit()")
            expect(page.get_by_role("heading", level=1)).to_have_text(title)
            assert violations(page) == []


def test_the_keyboard_alone_is_enough(
    browser: Browser, gateway: GatewayProcess, photo: Path
) -> None:
    with visit(browser, gateway.url) as (page, _):
        # Whoever listens keeps Chromium from opening a dialog of its own; the browser hears of it
        # some time later, so that to listen only when the key is pressed may be too late.
        page.on("filechooser", lambda _: None)

        def tab_to(target: Locator) -> None:
            for _ in range(60):
                page.keyboard.press("Tab")
                if target.evaluate("(each) => each === document.activeElement"):
                    return
            raise AssertionError(f"Tab does not reach {target}")

        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="To the content")).to_be_focused()
        tab_to(page.locator("#image"))
        with page.expect_file_chooser() as chooser:
            page.keyboard.press("Enter")
        chooser.value.set_files(photo)
        title = page.get_by_role("heading", level=2)
        expect(title).to_have_text("2 objects found")
        tab_to(page.get_by_role("slider", name="Lowest score"))
        page.keyboard.press("End")
        expect(title).to_have_text("0 objects found")
        # Whoever does not see it is told.
        expect(page.get_by_role("status")).to_have_text("0 objects found")
        page.keyboard.press("Home")
        expect(title).to_have_text("3 objects found")
        tab_to(page.get_by_role("group", name="Classes").get_by_role("button", name="point"))
        page.keyboard.press("Space")
        expect(title).to_have_text("2 objects found")
        page.keyboard.press("Space")
        tab_to(page.get_by_role("row").get_by_role("button", name="closed"))
        expect(page.locator("tr.lit")).to_contain_text("closed")
        expect(page.locator("g.detection.lit")).to_have_count(1)
        page.get_by_role("button", name="Remove hand.jpg").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#image")).to_be_focused()
        page.get_by_role("link", name="Models").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1, name="What is served?")).to_be_focused()
        expect(page).to_have_title("Models \N{EN DASH} Boxwright")


def test_nothing_moves_by_itself(browser: Browser, gateway: GatewayProcess, photo: Path) -> None:
    watch = """new PerformanceObserver((list) => {
      window.moved = (window.moved ?? []).concat(list.getEntries()
        .filter((each) => !each.hadRecentInput)
        .map((each) => [each.value, each.sources?.map(({ node }) => node?.className)]));
    }).observe({ type: "layout-shift", buffered: true })"""
    for screen in ("desktop", "phone"):
        with visit(browser, gateway.url, screen=screen) as (page, _):
            page.evaluate(watch)
            page.locator("#image").set_input_files(photo)
            found(page, 2)
            page.get_by_role("link", name="Models").click()
            expect(page.get_by_role("region", name="Model hands")).to_be_visible()
            page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
            moved = page.evaluate("window.moved ?? []")
            assert sum(value for value, _ in moved) < 0.01, moved


def test_what_is_chosen_is_seen_in_the_systems_own_colors_too(
    browser: Browser, gateway: GatewayProcess, photo: Path
) -> None:
    style = "(each, name) => getComputedStyle(each)[name]"
    with visit(browser, gateway.url, forced_colors="active") as (page, _):
        page.locator("#image").set_input_files([photo, photo])
        expect(page.get_by_text("2 found")).to_have_count(2)
        views = page.get_by_role("navigation", name="Views").get_by_role("link")
        assert [each.evaluate(style, "outlineStyle") for each in views.all()] == [
            "solid", "none", "none",
        ]  # fmt: skip
        edges = [each.evaluate(style, "borderColor") for each in page.locator(".tile").all()]
        assert edges[0] != edges[1]
        page.get_by_text("Timing").click()
        colors = page.locator(".took:not(.dot)").evaluate_all(
            "(all) => all.map((each) => getComputedStyle(each).backgroundColor)"
        )
        assert len(set(colors)) == len(colors)
        image_of(page, "forced-colours")


# What WCAG 2.2's criterion 1.4.12 has readers set.
WIDER = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
    word-spacing: 0.16em !important } p { margin-bottom: 2em !important }`);
  document.adoptedStyleSheets = [sheet];
}"""


def test_wider_text_on_a_narrow_screen_loses_nothing(
    browser: Browser, gateway: GatewayProcess, photo: Path
) -> None:
    with visit(browser, gateway.url, screen="phone") as (page, _):
        page.set_viewport_size({"width": 320, "height": 640})
        page.evaluate(WIDER)
        page.locator("#image").set_input_files(photo)
        source = page.locator(".viewer-head p")
        expect(source).to_contain_text("version 1")
        box = source.bounding_box()
        assert box is not None
        assert box["height"] > 15
        field = page.get_by_label("Label map").bounding_box()
        assert field is not None
        # The button and a file's name.
        assert field["width"] > 200
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        image_of(page, "wider-text")


TWICE_AS_LARGE = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("html { font-size: 200% }");
  document.adoptedStyleSheets = [sheet];
}"""


def test_text_twice_as_large_fits_a_phone(
    browser: Browser, gateway: GatewayProcess, photo: Path
) -> None:
    with visit(browser, gateway.url, screen="phone") as (page, _):
        page.evaluate(TWICE_AS_LARGE)
        assert fits(page, "phone")
        page.locator("#image").set_input_files(photo)
        found(page, 2)
        assert fits(page, "phone")
        for link, shown in (("Camera", "Start camera"), ("Models", "Use hands version 1")):
            page.get_by_role("link", name=link).click()
            expect(page.get_by_role("button", name=shown)).to_be_visible()
            assert fits(page, "phone")


def test_nothing_turns_where_motion_is_unwanted(
    browser: Browser, gateway: GatewayProcess, held: FakeModelServer, photo: Path
) -> None:
    with visit(browser, gateway.url, reduced_motion="reduce") as (page, _):
        page.locator("#image").set_input_files(photo)
        expect(page.get_by_text("Looking", exact=True)).to_be_visible()
        assert page.evaluate("document.getAnimations().length") == 0

"""What is dropped on the page or pasted: images, folders, links."""

import base64
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.visiting import found, image_of, visit
from tests.support.gateway_process import GatewayProcess

# Makes a file in the page, and hands it over as if it had been copied elsewhere.
PASTE = """([name, b64]) => {
  const bytes = Uint8Array.from(atob(b64), (each) => each.charCodeAt(0));
  const clipboardData = new DataTransfer();
  clipboardData.items.add(new File([bytes], name, { type: "image/jpeg" }));
  const options = { bubbles: true, cancelable: true, clipboardData };
  document.body.dispatchEvent(new ClipboardEvent("paste", options));
}"""
# A browser that is driven tells the page nothing when a drag ends outside of it.
LEAVE = """() => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([], "hand.jpg"));
  document.body.dispatchEvent(new DragEvent("dragleave", { bubbles: true, dataTransfer }));
}"""
ADDRESS = "http://pictures.test/cat.jpg"
# With an image that is dragged from another page; some browsers hand its file over too.
FROM_A_PAGE = [
    {"mimeType": "text/uri-list", "data": ADDRESS},
    {"mimeType": "text/html", "data": f'<img src="{ADDRESS}">'},
    {"mimeType": "text/plain", "data": ADDRESS},
]
DROP = ("dragEnter", "dragOver", "drop")


def drag(
    page: Page,
    files: Sequence[Path] = (),
    events: tuple[str, ...] = DROP,
    *,
    items: Sequence[dict[str, str]] = (),
    to: tuple[int, int] = (20, 300),
) -> None:
    """Drag from another window, as the system's mouse would."""
    session = page.context.new_cdp_session(page)
    names = [str(each) for each in files]
    data = {"items": list(items), "files": names, "dragOperationsMask": 7}
    for each in events:
        where = {"type": each, "x": to[0], "y": to[1], "data": data}
        session.send("Input.dispatchDragEvent", where)
    session.detach()


@pytest.mark.parametrize("items", [[], FROM_A_PAGE], ids=["from a folder", "from a page"])
def test_an_image_is_dropped_anywhere(
    browser: Browser, gateway: GatewayProcess, photo: Path, items: list[dict[str, str]]
) -> None:
    with visit(browser, gateway.url) as (page, seen):
        drag(page, [photo], items=items)
        found(page, 2)
        assert len(seen.predictions) == 1


def test_an_image_is_pasted(browser: Browser, gateway: GatewayProcess, photo: Path) -> None:
    with visit(browser, gateway.url) as (page, seen):
        page.evaluate(PASTE, [photo.name, base64.b64encode(photo.read_bytes()).decode()])
        found(page, 2)
        assert len(seen.predictions) == 1


def test_an_image_over_the_page_shows_that_it_can_be_dropped(
    browser: Browser, gateway: GatewayProcess, photo: Path
) -> None:
    with visit(browser, gateway.url) as (page, seen):
        drag(page, [photo], ("dragEnter",))
        expect(page.locator("#upload.is-dropping")).to_be_visible()
        page.evaluate(LEAVE)
        expect(page.locator("#upload.is-dropping")).to_have_count(0)
        assert seen.predictions == []


def test_an_image_dropped_beside_the_models_is_answered_where_uploads_are(
    browser: Browser, gateway: GatewayProcess, photo: Path
) -> None:
    with visit(browser, gateway.url, path="/#models") as (page, _):
        drag(page, [photo])
        found(page, 2)
        expect(page.get_by_role("link", name="Upload")).to_have_attribute("aria-current", "page")


def test_a_folders_images_are_taken_in_their_order_and_what_is_none_is_counted(
    browser: Browser, gateway: GatewayProcess, photo: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "hands"
    (folder / "more" / "still more").mkdir(parents=True)
    small = Image.new("RGB", (64, 48), "teal")
    for name in ("hand 10.png", "hand 9.png"):
        small.save(folder / name)
    # What a file is, its content says.
    small.save(folder / "more" / "still more" / "scan", format="TIFF")
    (folder / "notes.txt").write_text("No image.")
    (folder / "more" / "bmp.txt").write_text("BM is how a bitmap begins.")
    (folder / ".DS_Store").write_bytes(b"unseen")
    with visit(browser, gateway.url) as (page, _):
        drag(page, [photo, folder])
        expect(page.get_by_text("2 found")).to_have_count(4)
        names = page.get_by_role("list", name="Images").locator(".tile-name")
        expect(names).to_have_text(["hand.jpg", "hand 9.png", "hand 10.png", "scan"])
        note = page.locator("#image-error")
        expect(note).to_have_text("2 files that are no images were passed over")
        expect(page.locator("#image")).not_to_have_attribute("aria-invalid", "true")
        image_of(page, "folder")
        # Nothing is left to say of the next one.
        page.locator("#image").set_input_files(photo)
        expect(note).to_be_hidden()


@pytest.mark.parametrize("files", [0, 1])
def test_a_folder_without_an_image_says_so(
    browser: Browser, gateway: GatewayProcess, tmp_path: Path, files: int
) -> None:
    folder = tmp_path / "hands"
    folder.mkdir()
    for number in range(files):
        (folder / f"{number}.txt").write_text("No image.")
    words = [
        "The folder \N{LEFT DOUBLE QUOTATION MARK}hands\N{RIGHT DOUBLE QUOTATION MARK} is empty",
        "The folder \N{LEFT DOUBLE QUOTATION MARK}hands\N{RIGHT DOUBLE QUOTATION MARK} "
        "holds no image; 1 file that is no image was passed over",
    ]
    with visit(browser, gateway.url) as (page, seen):
        drag(page, [folder])
        expect(page.locator("#image-error")).to_have_text(words[files])
        expect(page.locator("#image")).to_have_attribute("aria-invalid", "true")
        assert seen.predictions == []


def test_of_a_large_folder_the_first_images_are_taken_and_the_others_counted(
    browser: Browser, gateway: GatewayProcess, tmp_path: Path
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    Image.new("RGB", (64, 48), "teal").save(folder / "0.png")
    # More than the 64 for each of four images that are looked at.
    for number in range(1, 300):
        (folder / f"{number}.png").hardlink_to(folder / "0.png")
    with visit(browser, gateway.url) as (page, seen):
        drag(page, [folder])
        expect(page.locator("#image-error")).to_have_text(
            "256 images came; at most 4 are taken at a time, so these are the first 4; "
            "the first 256 files and folders were looked at, and no more"
        )
        expect(page.get_by_text("2 found")).to_have_count(4)
        assert len(seen.predictions) == 4


@pytest.mark.parametrize("place", ["page", "button", "models"])
def test_a_link_to_an_image_is_not_fetched_and_what_to_do_is_said(
    browser: Browser, gateway: GatewayProcess, place: str
) -> None:
    path = "/#models" if place == "models" else "/"
    with visit(browser, gateway.url, path=path) as (page, seen):
        button = page.locator("#image").bounding_box() or {"x": 20, "y": 300}
        on = (int(button["x"] + 5), int(button["y"] + 5)) if place == "button" else (20, 300)
        drag(page, items=FROM_A_PAGE, to=on)
        said = page.locator("#image-error")
        expect(said).to_be_visible()
        expect(said).to_contain_text("fetches nothing from elsewhere. Save the image first")
        assert page.url.startswith(gateway.url)
        assert seen.predictions == []
        image_of(page, "link-dropped")


def test_what_the_page_itself_shows_is_not_taken_for_something_new(
    browser: Browser, gateway: GatewayProcess, photo: Path
) -> None:
    with visit(browser, gateway.url) as (page, seen):
        page.locator("#image").set_input_files(photo)
        found(page, 2)
        for thing in (page.locator(".tile img"), page.get_by_role("link", name="Boxwright")):
            thing.drag_to(page.locator("#upload h1"))
        expect(page.locator("#image-error")).to_be_hidden()
        expect(page.locator("#upload.is-dropping")).to_have_count(0)
        # The next one from elsewhere is.
        drag(page, [photo])
        expect(page.get_by_text("2 found")).to_have_count(2)
        assert len(seen.predictions) == 2

"""Headless Chromium in front of a gateway that runs as users run it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from serving_protocol.client_errors import ModelServerUnavailable
from tests.browser.hands_video import write_hands_video
from tests.browser.special_models import special_gateway
from tests.support.fake_model_server import FakeModelServer
from tests.support.gateway_process import GatewayProcess, running_gateway
from tests.support.grpc_model_server import serving

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A name that is no loopback address, so that a page of it is not secure.
    "--host-resolver-rules=MAP gateway.test 127.0.0.1",
]
LABEL_MAP = "item { id: 1 name: 'open' } item { id: 2 name: 'closed' } item { id: 4 name: 'point' }"
MAX_REQUEST_BYTES = 3_000_000


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    # Machines that do much else at the same time are slow; nothing here is about how fast.
    expect.set_options(timeout=30_000)
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> str:
    if CHROMIUM is None:
        pytest.skip("needs Chromium (apt-get install chromium)")
    return CHROMIUM


@pytest.fixture(scope="session")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def with_camera(
    playwright: Playwright, chromium: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    """A browser with a camera that shows drawn hands."""
    video = write_hands_video(tmp_path_factory.mktemp("video") / "hands.mjpeg")
    device = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={video}"]
    browser = playwright.chromium.launch(executable_path=chromium, args=[*ARGUMENTS, *device])
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    (folder / "hands" / "1").mkdir(parents=True)
    (folder / "hands" / "label_map.pbtxt").write_text(LABEL_MAP)
    return folder


@pytest.fixture(scope="session")
def fake() -> FakeModelServer:
    """Answers every image with open 94 %, point 75 % and closed 30 %."""
    return FakeModelServer()


@pytest.fixture
def held(fake: FakeModelServer) -> Iterator[FakeModelServer]:
    """The same, which answers nothing before `gate` is set."""
    fake.gate.clear()
    yield fake
    fake.gate.set()


@pytest.fixture
def away(fake: FakeModelServer) -> Iterator[FakeModelServer]:
    """The same, which is not there before `failure` is none."""
    fake.failure = ModelServerUnavailable("gone")
    yield fake
    fake.failure = None


@pytest.fixture(scope="session")
def gateway(models_dir: Path, fake: FakeModelServer) -> Iterator[GatewayProcess]:
    with (
        serving(fake) as port,
        running_gateway(
            SERVING_ADDRESS=f"127.0.0.1:{port}",
            MODELS_DIR=str(models_dir),
            GATEWAY_WORKERS="1",
            MAX_REQUEST_BYTES=str(MAX_REQUEST_BYTES),
            MAX_IMAGE_PIXELS="4000000",
            MAX_IMAGES_PER_REQUEST="4",
        ) as running,
    ):
        yield running


@pytest.fixture(scope="session")
def locked(models_dir: Path) -> Iterator[GatewayProcess]:
    """A gateway that wants the key `right`."""
    with (
        serving(FakeModelServer()) as port,
        running_gateway(
            SERVING_ADDRESS=f"127.0.0.1:{port}",
            MODELS_DIR=str(models_dir),
            GATEWAY_WORKERS="1",
            API_KEY="right",
        ) as running,
    ):
        yield running


@pytest.fixture(scope="session")
def special(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    """A gateway with a model of masks, one of keypoints, and a pipeline of both."""
    with special_gateway(tmp_path_factory.mktemp("special")) as gateway:
        yield gateway


@pytest.fixture(scope="session")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image of 640x480."""
    path = tmp_path_factory.mktemp("photo") / "hand.jpg"
    Image.linear_gradient("L").resize((640, 480)).convert("RGB").save(path)
    return path


@pytest.fixture(scope="session")
def document(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is no image, though it is called one."""
    path = tmp_path_factory.mktemp("document") / "notes.jpg"
    path.write_bytes(b"%PDF-1.7 ...")
    return path

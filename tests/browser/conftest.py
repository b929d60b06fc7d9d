"""Headless Chromium in front of a gateway that runs as users run it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

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
]
LABEL_MAP = "item { id: 1 name: 'open' } item { id: 2 name: 'closed' } item { id: 4 name: 'point' }"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("needs Chromium (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    (folder / "hands" / "1").mkdir(parents=True)
    (folder / "hands" / "label_map.pbtxt").write_text(LABEL_MAP)
    return folder


@pytest.fixture(scope="session")
def gateway(models_dir: Path) -> Iterator[GatewayProcess]:
    with (
        serving(FakeModelServer()) as port,
        running_gateway(
            SERVING_ADDRESS=f"127.0.0.1:{port}",
            MODELS_DIR=str(models_dir),
            GATEWAY_WORKERS="1",
            MAX_REQUEST_BYTES="3000000",
        ) as running,
    ):
        yield running

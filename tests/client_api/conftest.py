"""The gateway in this process, in front of a fake model server."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image

from client_api.app import create_app
from client_api.settings import Settings
from tests.client_api.specification import CheckedClient
from tests.support.fake_model_server import FakeModelServer

LABEL_MAP = """\
item { id: 1 name: 'open' }
item { id: 2 name: 'closed' }
item { id: 4 name: 'point' display_name: 'pointing' }
"""

NewClient = Callable[..., FlaskClient]


@pytest.fixture
def fake() -> FakeModelServer:
    return FakeModelServer()


@pytest.fixture
def models_dir(tmp_path: Path) -> Path:
    """A models folder with `hands`, version 1, and its label map."""
    version = tmp_path / "models" / "hands" / "1"
    version.mkdir(parents=True)
    (version / "saved_model.pb").touch()
    (version.parent / "label_map.pbtxt").write_text(LABEL_MAP)
    return tmp_path / "models"


@pytest.fixture
def new_client(fake: FakeModelServer, models_dir: Path) -> NewClient:
    """Makes a client of a gateway with other settings than the usual ones."""

    def make(**settings: Any) -> FlaskClient:
        chosen: dict[str, Any] = {"model_name": "hands", "models_dir": models_dir} | settings
        app = create_app(Settings(**chosen), fake)
        app.test_client_class = CheckedClient
        return app.test_client()

    return make


@pytest.fixture
def client(new_client: NewClient) -> FlaskClient:
    return new_client()


@pytest.fixture(scope="session")
def png() -> bytes:
    """An image of 64x32, not square."""
    return image_file("PNG")


def image_file(name: str, size_wh: tuple[int, int] = (64, 32), **options: Any) -> bytes:
    file = BytesIO()
    Image.new("RGB", size_wh, (200, 30, 30)).save(file, name, **options)
    return file.getvalue()

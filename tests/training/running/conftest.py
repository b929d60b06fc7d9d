from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.tiny_detector import register_tiny_detector, write_coloured_boxes
from training.models.registry import MODELS


@pytest.fixture(scope="package", autouse=True)
def tiny_model() -> Iterator[None]:
    before = dict(MODELS)
    register_tiny_detector()
    yield
    MODELS.clear()
    MODELS.update(before)


@pytest.fixture(scope="session")
def coloured_boxes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_coloured_boxes(tmp_path_factory.mktemp("boxes"))

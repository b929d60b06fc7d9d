from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.tiny_detector import tiny_detector_registered, write_colored_boxes


@pytest.fixture(scope="package", autouse=True)
def tiny_model() -> Iterator[None]:
    with tiny_detector_registered():
        yield


@pytest.fixture(scope="session")
def colored_boxes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_colored_boxes(tmp_path_factory.mktemp("boxes"))

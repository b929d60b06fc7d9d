from pathlib import Path

import pytest

from tests.support.exported_detector import chance_detector, write_version
from training.models.detector import Detector


@pytest.fixture(scope="session")
def detector() -> Detector:
    return chance_detector()


@pytest.fixture(scope="session")
def version_dir(detector: Detector, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A version as `export` writes it, alone in its folder."""
    return write_version(tmp_path_factory.mktemp("exported") / "1", detector)

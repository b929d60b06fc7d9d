"""Models for the server's processes."""

from pathlib import Path

import pytest

from tests.support.tiny_models import built_once


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds the models of `tests.support.tiny_models`, built once."""
    return built_once(tmp_path_factory.getbasetemp())

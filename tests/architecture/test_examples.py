"""The examples in docstrings print what they say."""

import doctest
import importlib
from typing import Any

import pytest

from tests.architecture.repository import sources
from tests.support.needs import Imports
from tests.support.shared import REPOSITORY

# What an example cannot run without.
NEEDS = {
    "serving_protocol/client.py": "a model server",
    "training/datasets/renaming.py": "a data set",
    "training/datasets/splitting.py": "a data set",
}
WITH_EXAMPLES = [path for path, text in sources() if ">>> " in text and path not in NEEDS]


def test_there_are_examples() -> None:
    assert len(WITH_EXAMPLES) > 10


def examples_with_needs() -> list[Any]:
    """Each module's path, with a marker for what it imports."""
    imports = Imports(REPOSITORY)
    return [
        pytest.param(path, marks=[getattr(pytest.mark, need) for need in needs])
        for path in WITH_EXAMPLES
        for needs in [imports.needs_of_file(REPOSITORY / path)]
    ]


@pytest.mark.parametrize("path", examples_with_needs())
def test_an_example_prints_what_it_says(path: str) -> None:
    module = importlib.import_module(path.removesuffix(".py").replace("/", "."))
    results = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert results.attempted > 0
    assert results.failed == 0, "doctest's report stands in the captured output"

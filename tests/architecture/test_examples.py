"""The examples in docstrings print what they say."""

import doctest
import importlib

import pytest

from tests.architecture.repository import sources

# What an example cannot run without.
NEEDS = {
    "serving_protocol/client.py": "a model server",
    "training/datasets/renaming.py": "a data set",
    "training/datasets/splitting.py": "a data set",
}
WITH_EXAMPLES = [path for path, text in sources() if ">>> " in text and path not in NEEDS]


def test_there_are_examples() -> None:
    assert len(WITH_EXAMPLES) > 10


@pytest.mark.parametrize("path", WITH_EXAMPLES)
def test_an_example_prints_what_it_says(path: str) -> None:
    module = importlib.import_module(path.removesuffix(".py").replace("/", "."))
    results = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert results.attempted > 0
    assert results.failed == 0, "doctest's report stands in the captured output"

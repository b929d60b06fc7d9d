"""`pytest --fast`: the tests without TensorFlow, a browser, Docker and programs that are started.

The packages of the others cannot be imported meanwhile, so that a test that is wrongly among them
fails.
"""

import inspect
import sys
from itertools import compress
from operator import not_
from pathlib import Path

import pytest

from tests.support.needs import NEEDS, Imports
from tests.support.shared import REPOSITORY

IMPORTS = Imports(REPOSITORY)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--fast`."""
    parser.addoption(
        "--fast",
        action="store_true",
        help="only tests without TensorFlow, browser, Docker, programs (tests/support/needs.py)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register a marker a need, and keep what is not needed from being imported."""
    for need in NEEDS:
        config.addinivalue_line("markers", f"{need}: needs it, though no import says so")
    if config.getoption("--fast"):
        for name in (name for names in NEEDS.values() for name in names):
            if not name.startswith("tests."):
                sys.modules[name] = None  # type: ignore[assignment]  # what import stops at


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out files that need more, before they are imported."""
    if not config.getoption("--fast"):
        return None
    if (conftest := collection_path / "conftest.py").is_file():
        return bool(IMPORTS.needs_of_file(conftest, only_at_import=True)) or None
    is_test = collection_path.match("test_*.py")
    return (is_test and bool(IMPORTS.needs_of_file(collection_path))) or None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out tests that need more by a marker or by a fixture."""
    if not config.getoption("--fast"):
        return
    needs_more = [_needs(item) for item in items]
    config.hook.pytest_deselected(items=[*compress(items, needs_more)])
    items[:] = [*compress(items, map(not_, needs_more))]


def _needs(item: pytest.Item) -> bool:
    if any(item.get_closest_marker(need) for need in NEEDS):
        return True
    definitions = getattr(item, "_fixtureinfo").name2fixturedefs.values()  # noqa: B009  # pytest's
    functions = (definition.func for found in definitions for definition in found)
    return any(
        IMPORTS.needs_of_function(Path(source), function.__name__)
        for function in functions
        if (source := inspect.getsourcefile(function))
        and REPOSITORY in Path(source).parents
        and ".venv" not in source
    )

"""What `make test-fast` runs follows from what tests import."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.needs import NEEDS, Imports
from tests.support.shared import REPOSITORY


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Modules that lead to TensorFlow over two steps, in a function, and not at all."""
    files = {
        "ours/__init__.py": "",
        "ours/model.py": "import keras\n",
        "ours/loading.py": "def load():\n    from ours.model import build\n    return build()\n",
        "ours/boxes.py": "import numpy\n",
        "ours/typed.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import keras\n",
        "tests/conftest.py": (
            "from ours.loading import load\nfrom ours.boxes import area\n"
            "def trained():\n    return made()\n"
            "def made():\n    return load()\n"
            "def small():\n    return area()\n"
        ),
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "needs"),
    [
        ("ours/model.py", {"tensorflow"}),
        ("ours/loading.py", {"tensorflow"}),
        ("ours/boxes.py", set()),
        ("ours/typed.py", set()),
    ],
)
def test_a_file_needs_what_it_leads_to(repository: Path, name: str, needs: set[str]) -> None:
    assert Imports(repository).needs_of_file(repository / name) == needs


def test_importing_a_file_needs_nothing_that_its_functions_import(repository: Path) -> None:
    imports = Imports(repository)
    assert imports.needs_of_file(repository / "ours/loading.py", only_at_import=True) == set()


def test_a_fixture_needs_what_it_calls_and_not_what_its_neighbors_do(repository: Path) -> None:
    imports, conftest = Imports(repository), repository / "tests" / "conftest.py"
    assert imports.needs_of_function(conftest, "trained") == {"tensorflow"}
    assert imports.needs_of_function(conftest, "small") == set()


@pytest.mark.parametrize(
    ("name", "needs"),
    [
        ("training/models/ssd/test_losses.py", "tensorflow"),
        ("browser/test_upload.py", "browser"),
        ("stack/test_compose.py", "docker"),
        ("stack/test_up.py", "programs"),
        ("detection/test_boxes.py", None),
    ],
)
def test_our_own_tests_need_what_they_are_known_to(name: str, needs: str | None) -> None:
    found = Imports(REPOSITORY).needs_of_file(REPOSITORY / "tests" / name)
    assert (needs in found) if needs else not found


def test_a_test_that_imports_what_is_left_out_fails(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import importlib\n\ndef test_it():\n    importlib.import_module('tensor' + 'flow')\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--fast", "-p", "tests.support.fast_selection",
         "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path / "test_it.py")],
        cwd=REPOSITORY, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    assert "import of tensorflow halted" in done.stdout


def test_every_need_is_a_marker(pytestconfig: pytest.Config) -> None:
    markers = [line.partition(":")[0] for line in pytestconfig.getini("markers")]
    assert {*NEEDS} <= {*markers}

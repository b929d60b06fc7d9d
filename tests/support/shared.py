"""The data that lies beside the checkout, not in it."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
SHARED = Path(os.environ.get("BOXWRIGHT_SHARED", REPOSITORY.parent / "shared"))


def shared(relative: str) -> Path:
    """The file or folder at `relative` in ../shared; skips the test where it is missing."""
    path = SHARED / relative
    if not path.exists():
        pytest.skip(f"needs {relative} in {SHARED} (set BOXWRIGHT_SHARED to the folder holding it)")
    return path

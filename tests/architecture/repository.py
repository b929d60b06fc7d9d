"""The repository's own files, as its tests look at them."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support.shared import REPOSITORY

PACKAGES = (
    "benchmarks", "boxwright", "client_api", "detection", "export", "model_repository", "server",
    "serving_protocol", "tfrecord", "training",
)  # fmt: skip


@cache
def _listed() -> tuple[str, ...] | None:
    try:
        done = subprocess.run(
            ["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return tuple(filter(None, done.stdout.split("\0")))


def tracked_files() -> list[Path]:
    """Every file that git tracks and that is there; skips the test outside a checkout."""
    listed = _listed()
    if listed is None:
        pytest.skip("needs git, and a checkout")
    return [REPOSITORY / name for name in listed if (REPOSITORY / name).is_file()]


def text_of(file: Path) -> str:
    """The text of `file`; empty for images, fonts and other bytes."""
    data = file.read_bytes()
    return "" if b"\0" in data else data.decode(errors="replace")


def sources() -> Iterator[tuple[str, str]]:
    """Each module of the source: its path in the repository and its text."""
    for package in PACKAGES:
        for file in sorted((REPOSITORY / package).rglob("*.py")):
            yield file.relative_to(REPOSITORY).as_posix(), file.read_text(encoding="utf-8")


def functions(text: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method in a module."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node

"""A page of docs/recipes, done as it says in a copy of the source.

A step is a line that ends with a colon, and the block of code below it. The line begins with a
file's name, and says what is done with the code: "a new file", or where it goes: "below", "above"
or "in the place of" the only line that has certain words in it. The last block, below "Try it:", is
run.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.architecture.repository import PACKAGES
from tests.support.shared import REPOSITORY

RECIPES = REPOSITORY / "docs" / "recipes"
_BLOCK = re.compile(r"^(?P<words>[^\n]+):\n\n```(?:python|text)\n(?P<code>.*?)^```$", re.M | re.S)
_NEW = re.compile(r"`(?P<file>[^`]+)`, a new file")
_PLACED = re.compile(
    r"`(?P<file>[^`]+)`, (?P<side>below|above|in the place of) `(?P<anchor>[^`]+)`"
)


@dataclass(frozen=True)
class Recipe:
    """A page, taken apart.

    Args:
        steps: the sentence and the code of each change.
        trial: the code that shows that it works.
    """

    steps: tuple[tuple[str, str], ...]
    trial: str

    @classmethod
    def of(cls, page: Path) -> "Recipe":
        """The recipe on a page."""
        blocks = [
            (each["words"], each["code"]) for each in _BLOCK.finditer(page.read_text("utf-8"))
        ]
        *steps, (words, trial) = blocks
        assert words == "Try it", f"{page.name} ends with {words!r}"
        assert steps, f"{page.name} has no steps"
        return cls(tuple(steps), trial)

    def follow(self, root: Path) -> None:
        """Do all steps in a copy of the source."""
        for words, code in self.steps:
            if new := _NEW.match(words):
                file = root / new["file"]
                assert not file.exists(), f"{new['file']} is there already"
                assert file.parent.is_dir(), f"{new['file']}: there is no such folder"
                file.write_text(code, encoding="utf-8")
                continue
            placed = _PLACED.match(words)
            assert placed, f"neither a new file nor a place: {words!r}"
            _put(root / placed["file"], placed["anchor"], code, placed["side"])


def _put(file: Path, anchor: str, code: str, side: str) -> None:
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    found = [number for number, line in enumerate(lines) if anchor in line]
    assert len(found) == 1, f"{file.name} has {len(found)} lines with {anchor!r}"
    before = found[0] + (side == "below")
    after = found[0] + (side != "above")
    file.write_text("".join([*lines[:before], code, *lines[after:]]), encoding="utf-8")


def copy_source(root: Path) -> None:
    """Our packages and what their tests share, without what is ignored."""
    for package in PACKAGES:
        shutil.copytree(REPOSITORY / package, root / package,
                        ignore=shutil.ignore_patterns("__pycache__"))  # fmt: skip
    (root / "tests").mkdir()
    (root / "tests" / "__init__.py").touch()
    shutil.copytree(REPOSITORY / "tests" / "support", root / "tests" / "support")


def tried_in(root: Path, trial: str) -> "subprocess.CompletedProcess[str]":
    """The trial in an empty folder, by the copy of the source in `root`."""
    folder = Path(tempfile.mkdtemp(dir=root))
    (folder / "trial.py").write_text(trial, encoding="utf-8")
    first = f"import runpy, sys; sys.path.insert(0, {str(root)!r}); runpy.run_path('trial.py')"
    return subprocess.run(
        [sys.executable, "-P", "-W", "error", "-c", first],
        cwd=folder, capture_output=True, text=True,
    )  # fmt: skip

"""What becomes of a target's process, however it ends."""

from pathlib import Path

import pytest

from tests.fuzz.__main__ import try_target

AT_AN_INPUT = "import pathlib, sys; pathlib.Path(sys.argv[4]).write_bytes(b'an input');"
# The first twelve digits of its SHA-256.
KEPT = "FOLDER/target/4fddb6e92a83.bin"


def tried(
    code: str, folder: Path, capfd: pytest.CaptureFixture[str], extra_s: float = 60
) -> tuple[bool, list[str]]:
    """Whether something was found, and what was said, with `FOLDER` for the folder of finds."""
    found = try_target("target", 0, 7, code=code, extra_s=extra_s, finds=folder)
    return found, capfd.readouterr().out.replace(str(folder), "FOLDER").splitlines()


@pytest.mark.parametrize(
    ("code", "how", "extra_s"),
    [
        ("sys.exit(3)", "ended with 3", 60),
        ("import os; os.abort()", "ended with -6", 60),
        (
            "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()",
            "did not end within 4 s",
            4,
        ),
    ],
)
def test_the_input_at_which_a_process_ends_or_waits_is_kept(
    code: str, how: str, extra_s: float, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert tried(f"{AT_AN_INPUT} {code}", tmp_path, capfd, extra_s) == (
        True, [f"target: {how}; the input is {KEPT}", "target: 0 inputs, from number 7; found: 1"],
    )  # fmt: skip
    [kept] = tmp_path.rglob("*.bin")
    assert kept.read_bytes() == b"an input"


def test_a_process_that_comes_to_no_input_is_told_of(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert tried("import sys; sys.exit(2)", tmp_path, capfd) == (
        True,
        [
            "target: ended with 2 before its first input",
            "target: 0 inputs, from number 7; found: 1",
        ],
    )
    assert [*tmp_path.iterdir()] == []


def test_where_a_process_ends_well_nothing_is_kept(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code = f"{AT_AN_INPUT} pathlib.Path(sys.argv[5]).write_text('500')"
    assert tried(code, tmp_path, capfd) == (
        False, ["target: 500 inputs, from number 7; found: 0"],
    )  # fmt: skip
    assert [*tmp_path.iterdir()] == []

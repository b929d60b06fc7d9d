"""The temporary folder of a run, and those of runs that were killed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from boxwright.up.run_folder import LOCK_NAME, PREFIX, run_folder
from tests.support.waiting import wait_until

# Enters the block, says where, and stays until it is killed; its child keeps the lock.
HOLDER = """
import signal, subprocess, sys
from boxwright.up.run_folder import run_folder
with run_folder() as folder:
    keep = [folder.lock] if sys.argv[1] == "child" else []
    child = subprocess.Popen(["sleep", "600"], pass_fds=keep)
    print(folder.path, child.pid, flush=True)
    signal.pause()
"""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path


def killed_run(temporary: Path, keeps: str) -> tuple[Path, int]:
    """The folder of a run that was killed, and the process that it started."""
    environment = {**os.environ, "TMPDIR": str(temporary)}
    command = [sys.executable, "-c", HOLDER, keeps]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        folder, child = process.stdout.readline().split()
        process.kill()
    return Path(folder), int(child)


def test_the_folder_is_this_users_alone_and_goes_with_the_run(temporary: Path) -> None:
    with run_folder() as folder:
        assert folder.path.parent == temporary
        assert folder.path.stat().st_mode & 0o777 == 0o700
        (folder.path / "models.config").touch()
    assert list(temporary.iterdir()) == []


def test_what_a_killed_run_left_goes_at_the_next_start(temporary: Path) -> None:
    left, child = killed_run(temporary, "nothing")
    assert left.exists()
    with run_folder() as folder:
        assert list(temporary.iterdir()) == [folder.path]
    os.kill(child, 9)


def test_a_run_stays_while_it_or_what_it_started_is_there(temporary: Path) -> None:
    left, child = killed_run(temporary, "child")
    with run_folder() as first, run_folder() as second:
        assert {left, first.path, second.path} == set(temporary.iterdir())
    assert left.exists()
    os.kill(child, 9)

    def is_gone() -> bool:
        with run_folder():
            return not left.exists()

    wait_until(is_gone, "nobody holds it any more")


def test_what_is_not_ours_for_sure_stays(temporary: Path) -> None:
    elsewhere = temporary / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / LOCK_NAME).touch()
    (temporary / f"{PREFIX}link").symlink_to(elsewhere)
    (temporary / f"{PREFIX}file").touch()
    # Without a lock, or with one that leads elsewhere.
    (temporary / f"{PREFIX}other").mkdir()
    (temporary / f"{PREFIX}leading").mkdir()
    (temporary / f"{PREFIX}leading" / LOCK_NAME).symlink_to(elsewhere / LOCK_NAME)
    before = set(temporary.rglob("*"))
    with run_folder():
        pass
    assert set(temporary.rglob("*")) == before

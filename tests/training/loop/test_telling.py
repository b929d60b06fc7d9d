"""What is only told of a training ends none, also where the disk is full."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from tests.support import small_datasets as small
from training.loop.progress import TrainingLog
from training.loop.run_folder import History
from training.loop.tensorboard import TensorBoard


@contextmanager
def files_up_to(size_bytes: int) -> Iterator[None]:
    """While this process cannot make files longer, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_log_that_cannot_be_written_is_said_once_and_the_console_has_every_line(
    tmp_path: Path,
) -> None:
    (tmp_path / "train.log").symlink_to("/dev/full")
    shown = StringIO()
    with TrainingLog(Console(file=shown), tmp_path / "train.log") as log:
        log.say("step 1")
        log.say("step 2")
    lines = shown.getvalue()
    assert lines.count("cannot be written now: No space left on device") == 1
    assert ("step 1" in lines, "step 2" in lines) == (True, True)


def test_what_a_full_disk_kept_from_the_log_comes_with_the_next_line(tmp_path: Path) -> None:
    file = tmp_path / "train.log"
    with TrainingLog(Console(file=StringIO()), file) as log:
        log.say("step 1")
        with files_up_to(file.stat().st_size):
            log.say("step 2")
        log.say("step 3")
    assert [line[-6:] for line in file.read_text().splitlines()] == ["step 1", "step 2", "step 3"]


def test_a_history_that_cannot_be_written_names_its_file(tmp_path: Path) -> None:
    history = History(tmp_path, 0)
    (tmp_path / "history.jsonl").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left on device"):
        history.add({"step": 1})


def test_a_full_disk_is_the_end_of_tensorboards_files_alone(tmp_path: Path) -> None:
    told: list[str] = []
    board = TensorBoard(tmp_path, told.append)
    board.scalars("train", {"loss": 1.0}, 1)
    [file] = (tmp_path / "tensorboard").iterdir()
    with files_up_to(file.stat().st_size):
        board.scalars("train", {"loss": 1.0}, 2)
        board.scalars("train", {"loss": 1.0}, 3)
    board.close()
    assert len(told) == 1
    assert told[0].startswith("TensorBoard's files cannot be written")


def test_nothing_is_drawn_for_tensorboard_where_nobody_asked(tmp_path: Path) -> None:
    board = TensorBoard(None, print)
    # Fewer predictions than images: who looked at them would raise.
    board.images(small.boxes_only(tmp_path), [], 1, count=8)
    board.close()

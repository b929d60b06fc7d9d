from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from training.loop.atomic_folders import (
    atomic_folder,
    read_state,
    remove_folder,
    remove_unfinished,
    replace_link,
    write_state,
)
from training.loop.errors import CheckpointError


def a_folder(parent: Path, name: str, content: bytes = b"weights") -> Path:
    folder = parent / name
    with atomic_folder(folder) as unfinished:
        (unfinished / "weights").write_bytes(content)
        write_state(unfinished, {"step": 3})
    return folder


def test_a_folder_is_there_whole_after_the_block(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, "step-3")

    assert read_state(folder)["step"] == 3
    assert [path.name for path in tmp_path.iterdir()] == ["step-3"]


def test_nothing_is_there_within_the_block_nor_after_an_error(tmp_path: Path) -> None:
    def write_half() -> None:
        with atomic_folder(tmp_path / "step-3") as unfinished:
            (unfinished / "weights").write_bytes(b"half")
            assert not (tmp_path / "step-3").exists()
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        write_half()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"weight", b"weights and more", b"Weights"])
def test_a_file_that_is_not_as_it_was_written_is_named(tmp_path: Path, content: bytes) -> None:
    folder = a_folder(tmp_path, "step-3")
    (folder / "weights").write_bytes(content)

    with pytest.raises(CheckpointError, match="step-3/weights has changed since it was written"):
        read_state(folder)


@pytest.mark.parametrize("state", ["", "{}", "[]", '{"files": 3}', '{"files": {"gone": {}}}'])
def test_a_state_that_is_none_is_an_error(tmp_path: Path, state: str) -> None:
    folder = a_folder(tmp_path, "step-3")
    (folder / "state.json").write_text(state)

    with pytest.raises(CheckpointError, match="step-3"):
        read_state(folder)


def test_what_a_killed_writer_left_is_removed(tmp_path: Path) -> None:
    a_folder(tmp_path, "step-3")
    (tmp_path / ".unfinished-step-4-abc").mkdir()
    (tmp_path / ".unfinished-step-4-abc" / "weights").write_bytes(b"half")

    assert remove_unfinished(tmp_path) == [".unfinished-step-4-abc"]
    assert [path.name for path in tmp_path.iterdir()] == ["step-3"]


def test_what_a_living_writer_writes_stays(tmp_path: Path) -> None:
    with atomic_folder(tmp_path / "step-3") as unfinished:
        (unfinished / "weights").write_bytes(b"weights")
        assert remove_unfinished(tmp_path) == []

    assert (tmp_path / "step-3" / "weights").read_bytes() == b"weights"
    assert [path.name for path in tmp_path.iterdir()] == ["step-3"]


def test_sweepers_and_writers_at_once_do_not_meet(tmp_path: Path) -> None:
    def write(number: int) -> bytes:
        folder = a_folder(tmp_path, f"step-{number}", bytes([number]))
        remove_unfinished(tmp_path)
        return (folder / "weights").read_bytes()

    with ThreadPoolExecutor(8) as threads:
        written = list(threads.map(write, range(40)))

    assert written == [bytes([number]) for number in range(40)]
    assert len(list(tmp_path.iterdir())) == 40


def test_a_link_that_a_killed_writer_left_is_removed_and_not_what_it_leads_to(
    tmp_path: Path,
) -> None:
    folder = a_folder(tmp_path, "step-3")
    (tmp_path / ".unfinished-best-abc").symlink_to("step-3")

    assert remove_unfinished(tmp_path) == [".unfinished-best-abc"]
    assert read_state(folder)["step"] == 3
    assert [path.name for path in tmp_path.iterdir()] == ["step-3"]


def test_a_link_leads_elsewhere_in_one_step(tmp_path: Path) -> None:
    checkpoints = tmp_path / "checkpoints"
    checkpoints.mkdir()
    for name in ("step-3", "step-4"):
        replace_link(tmp_path / "best", a_folder(checkpoints, name))

    assert (tmp_path / "best").resolve() == checkpoints / "step-4"
    assert not (tmp_path / "best").readlink().is_absolute()
    remove_folder(checkpoints / "step-3")
    assert [path.name for path in checkpoints.iterdir()] == ["step-4"]

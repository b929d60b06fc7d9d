"""What processes share of what they find out: files of facts, and locks at asking."""

from pathlib import Path

import pytest

from client_api.inference.probe_locks import ProbeLocks
from client_api.model_facts.store import FactStore, ModelKey


def test_a_correction_stays_with_the_process_where_the_folder_is_read_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = ModelKey("hands", 1, "stamp")
    FactStore(tmp_path).add(key, "box_order", "yxyx")

    def refuses(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    for name in ("unlink", "write_text"):
        monkeypatch.setattr(Path, name, refuses)
    store = FactStore(tmp_path)
    store.replace(key, "box_order", None)
    assert store.get(key, "box_order") is None
    assert store.add(key, "box_order", "xyxy") == store.get(key, "box_order") == "xyxy"
    store.replace(key, "box_order", "xywh")
    assert store.get(key, "box_order") == "xywh"


def test_one_process_asks_at_a_time(tmp_path: Path) -> None:
    # A lock of a file that was opened twice is as another process's.
    one, other = ProbeLocks(tmp_path / "facts"), ProbeLocks(tmp_path / "facts")
    with one.held("hands", 0) as mine:
        assert mine
        with other.held("hands", 0) as its:
            assert not its
        with other.held("cars", 0) as another:
            assert another
    with other.held("hands", 0) as its:
        assert its


def test_where_no_lock_can_be_made_threads_take_turns(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    locks = ProbeLocks(tmp_path / "file" / "below")
    with locks.held("hands", 0) as mine, locks.held("hands", 0) as its:
        assert (mine, its) == (True, False)

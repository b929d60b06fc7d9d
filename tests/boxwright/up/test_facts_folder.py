"""What was found out of models lies among the user's state files."""

from pathlib import Path

import pytest

from boxwright.up.facts_folder import facts_folder


def test_it_lies_where_the_users_state_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert facts_folder() == tmp_path / "state" / "boxwright" / "model_facts"
    monkeypatch.setenv("XDG_STATE_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert facts_folder() == tmp_path / ".local" / "state" / "boxwright" / "model_facts"


def test_where_none_can_be_made_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert facts_folder() is None

import logging
from pathlib import Path

import pytest

from model_repository.model_folder import is_version, list_models, models_in, version_dirs


@pytest.mark.parametrize("name", ["0", "1", "00000123", "20260101", str(2**63 - 1)])
def test_a_number_is_a_version(name: str) -> None:
    assert is_version(name)


@pytest.mark.parametrize(
    "name",
    ["", "v1", "1.tmp", "-1", "+1", " 1", "1_0", "1e3", "\u0661", "²", str(2**63), "9" * 200],
)
def test_any_other_name_is_none(name: str) -> None:
    assert not is_version(name)


@pytest.fixture
def models_dir(tmp_path: Path) -> Path:
    for folder in ("hands/1", "hands/2", "hands/10", "hands/3.tmp", "hands/v4", "hands/assets",
                   "empty", "birds/007", ".hidden/1", "unready/1.partial",
                   "lost+found/1"):  # fmt: skip
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "hands" / "11").write_text("a file is no version")
    (tmp_path / "README.md").write_text("nor is it a model")
    return tmp_path


def test_models_are_the_folders_with_a_version_in_them(models_dir: Path) -> None:
    assert models_in(models_dir) == ["birds", "hands"]


def test_a_model_that_goes_while_the_folder_is_listed_takes_no_other_along(
    models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_dir = Path.is_dir

    def and_gone(path: Path) -> bool:
        is_one = is_dir(path)
        if path.name == "empty":
            path.rmdir()
        return is_one

    monkeypatch.setattr(Path, "is_dir", and_gone)
    assert list_models(models_dir) == ["birds", "hands"]


def test_a_folder_that_goes_while_it_is_listed_is_not_one_without_models(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models_dir = tmp_path / "models"
    (models_dir / "hands").mkdir(parents=True)
    is_dir = Path.is_dir

    def and_away(path: Path) -> bool:
        is_one = is_dir(path)
        models_dir.rename(tmp_path / "away")
        return is_one

    monkeypatch.setattr(Path, "is_dir", and_away)
    with pytest.raises(FileNotFoundError):
        list_models(models_dir)


def test_versions_come_highest_number_first(models_dir: Path) -> None:
    assert list(version_dirs(models_dir / "hands")) == [10, 2, 1]
    assert version_dirs(models_dir / "birds") == {7: models_dir / "birds" / "007"}
    assert list(version_dirs(models_dir / "empty")) == []


def test_a_folder_that_cannot_be_read_has_none_and_the_log_says_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # Whatever level other tests have left the root logger at.
    with caplog.at_level(logging.WARNING):
        assert models_in(tmp_path / "missing") == []
    assert "missing: No such file or directory" in caplog.text
    assert list(version_dirs(tmp_path / "missing")) == []


def test_a_link_to_a_version_is_one(models_dir: Path) -> None:
    (models_dir / "linked").mkdir()
    (models_dir / "linked" / "5").symlink_to(models_dir / "hands" / "1")
    assert list(version_dirs(models_dir / "linked")) == [5]

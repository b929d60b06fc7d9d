import logging
from pathlib import Path

import pytest

from server.embedded.versions.source import (
    Aspired,
    BasePathNotReadable,
    FileSystemSource,
    WatchedModel,
    find_versions,
)
from server.embedded.versions.version_policy import VersionPolicy
from tests.support.waiting import wait_until


def folders(base_path: Path, *names: str) -> Path:
    for name in names:
        (base_path / name).mkdir(parents=True)
    return base_path


def test_versions_are_the_children_whose_name_is_a_number(tmp_path: Path) -> None:
    names = ("1", "00000123", "4.partial", "-5", "six", "7a", "99999999999999999999")
    assert sorted(find_versions(folders(tmp_path, *names))) == [1, 123]


def test_a_version_keeps_the_folder_name_that_it_has_on_disk(tmp_path: Path) -> None:
    assert find_versions(folders(tmp_path, "007")) == {7: tmp_path / "007"}


def test_a_base_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BasePathNotReadable, match="nowhere"):
        find_versions(tmp_path / "nowhere")


def watched(base_path: Path) -> WatchedModel:
    return WatchedModel(base_path, VersionPolicy())


def test_new_versions_are_found_while_polling(tmp_path: Path) -> None:
    folders(tmp_path, "1")
    seen: list[Aspired] = []
    source = FileSystemSource(0.01, seen.append)
    source.watch({"m": watched(tmp_path)})
    assert seen == [{"m": {1: tmp_path / "1"}}]
    folders(tmp_path, "2")
    wait_until(lambda: seen[-1] == {"m": {2: tmp_path / "2"}}, "version 2 is aspired to")
    source.close()


def test_without_a_poll_interval_one_looks_once(tmp_path: Path) -> None:
    seen: list[Aspired] = []
    FileSystemSource(0, seen.append).watch({"m": watched(folders(tmp_path, "1"))})
    assert len(seen) == 1


def test_with_a_negative_poll_interval_one_never_looks(tmp_path: Path) -> None:
    seen: list[Aspired] = []
    FileSystemSource(-1, seen.append).watch({"m": watched(folders(tmp_path, "1"))})
    assert seen == []


def test_a_missing_base_path_drops_the_look_at_all_models(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[Aspired] = []
    source = FileSystemSource(0, seen.append)
    with caplog.at_level(logging.WARNING):
        source.watch({"a": watched(folders(tmp_path / "a", "1")), "b": watched(tmp_path / "b")})
    assert seen == []
    assert "model b: could not list base path" in caplog.text


def test_an_empty_base_path_leaves_nothing_to_aspire_to(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[Aspired] = []
    with caplog.at_level(logging.WARNING):
        FileSystemSource(0, seen.append).watch({"m": watched(tmp_path)})
    assert seen == [{"m": {}}]
    assert f"no versions of model m below {tmp_path}" in caplog.text


def test_a_model_that_is_left_out_is_aspired_to_no_more(tmp_path: Path) -> None:
    seen: list[Aspired] = []
    source = FileSystemSource(0, seen.append)
    source.watch({"m": watched(folders(tmp_path / "m", "1"))})
    source.watch({"n": watched(folders(tmp_path / "n", "1"))})
    assert seen[1:] == [{"m": {}}, {"n": {1: tmp_path / "n" / "1"}}]


def test_a_specific_version_that_is_missing_is_reported(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    policy = VersionPolicy(specific=VersionPolicy.Specific(versions=[1, 5]))
    seen: list[Aspired] = []
    model = WatchedModel(folders(tmp_path, "1"), policy)
    with caplog.at_level(logging.WARNING):
        FileSystemSource(0, seen.append).watch({"m": model})
    assert seen == [{"m": {1: tmp_path / "1"}}]
    assert "model m is to serve [5], not found below" in caplog.text

import os
import shutil
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from model_repository.errors import (
    BadModelName,
    CanaryFailed,
    NotASavedModel,
    PublishingError,
    VersionExists,
)
from model_repository.model_folder import list_models, version_dirs
from model_repository.publishing.locks import hold
from model_repository.publishing.models_config_writer import ModelsConfigWriter
from model_repository.publishing.models_folder import LOCK_NAME, STAGING_PREFIX
from model_repository.publishing.publish import Publication, publish
from model_repository.publishing.removal import remove_version
from model_repository.publishing.version_labels import labels_of
from tests.model_repository.publishing.publishing import (
    BY_HAND,
    content,
    make_by_hand,
    publish_one,
    publish_some,
)


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        each.relative_to(folder).as_posix(): each.read_bytes()
        for each in folder.rglob("*")
        if each.is_file()
    }


def test_a_version_holds_what_its_source_holds(config: ModelsConfigWriter, source: Path) -> None:
    published = publish_one(config, source)
    assert published.version == 1
    assert published.path == config.folder.path / "hands" / "1"
    assert files_of(published.path) == files_of(source)
    assert [each for each in published.path.parent.iterdir() if each.name[:4] == ".pub"] == []


def test_versions_follow_each_other_and_those_made_by_hand(
    config: ModelsConfigWriter, source: Path
) -> None:
    make_by_hand(config, "hands", "007")
    assert publish_some(config, source, 2) == [8, 9]
    assert publish_one(config, source, version=100).version == 100
    assert publish_some(config, source) == [101]


def test_a_version_that_exists_is_not_written_over(
    config: ModelsConfigWriter, source: Path
) -> None:
    make_by_hand(config, "hands", "03")
    with pytest.raises(VersionExists, match=r"hands/03 is there.* next is 4"):
        publish_one(config, source, version=3)
    assert files_of(config.folder.path / "hands" / "03") == {"saved_model.pb": BY_HAND}


def test_the_number_of_a_version_that_was_removed_is_not_used_again(
    config: ModelsConfigWriter, source: Path
) -> None:
    publish_some(config, source, 2)
    remove_version(config, "hands", 2)
    assert publish_some(config, source) == [3]


def test_publishers_at_once_get_a_version_each(config: ModelsConfigWriter, source: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        published = list(threads.map(lambda _: publish_one(config, source), range(16)))
    assert sorted(each.version for each in published) == list(range(1, 17))
    assert all(files_of(each.path) == files_of(source) for each in published)


def test_whoever_holds_the_folders_lock_sees_no_staging_folder_go(
    config: ModelsConfigWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove, was_locked = shutil.rmtree, []

    def rmtree(path: Path, *, ignore_errors: bool) -> None:
        was_locked.append(hold(config.folder.path / LOCK_NAME) is None)
        remove(path, ignore_errors=ignore_errors)

    monkeypatch.setattr(shutil, "rmtree", rmtree)
    with config.folder.staging("hands") as staging:
        pass
    assert was_locked == [True]
    assert not staging.exists()


def test_stagings_at_once_do_not_see_each_other_go(config: ModelsConfigWriter) -> None:
    def stage(_: int) -> None:
        with config.folder.staging("hands") as staging:
            (staging / "1").mkdir()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(stage, range(64)))
    assert not (config.folder.path / "hands").exists()


def test_while_it_is_copied_and_asked_a_version_is_not_seen(
    config: ModelsConfigWriter, source: Path
) -> None:
    seen = []

    def look(version_dir: Path) -> str:
        seen.append((list_models(config.folder.path), files_of(version_dir) == files_of(source)))
        # As the servers want it: a number, alone in its folder but for what is none.
        assert list(version_dirs(version_dir.parent).values()) == [version_dir]
        return "looked"

    assert publish_one(config, source, canary=look).canary == "looked"
    assert seen == [([], True)]


def test_a_version_that_does_not_answer_does_not_appear(
    config: ModelsConfigWriter, source: Path
) -> None:
    def refuse(version_dir: Path) -> str:
        raise CanaryFailed("no")

    with pytest.raises(CanaryFailed):
        publish_one(config, source, canary=refuse, label="stable")
    assert not (config.folder.path / "hands").exists()
    assert not config.exists


def test_what_a_dead_publisher_left_is_swept_and_a_living_ones_is_not(
    config: ModelsConfigWriter, source: Path
) -> None:
    make_by_hand(config, "hands", 1)
    dead = config.folder.path / "hands" / f"{STAGING_PREFIX}dead"
    (dead / "1").mkdir(parents=True)
    (dead / "lock").touch()
    with config.folder.staging("hands") as alive:
        assert not dead.exists()
        publish_some(config, source)
        assert alive.exists()
    assert not alive.exists()


def test_whoever_runs_the_server_may_read_it(config: ModelsConfigWriter, source: Path) -> None:
    (source / "variables").chmod(0o700)
    (source / "saved_model.pb").chmod(0o600)
    before = os.umask(0o077)
    try:
        path = publish_one(config, source).path
    finally:
        os.umask(before)
    for each in (path, *path.rglob("*")):
        mode = stat.S_IMODE(each.stat().st_mode)
        assert mode == (0o755 if each.is_dir() else 0o644), each


def test_links_in_the_source_become_files(config: ModelsConfigWriter, source: Path) -> None:
    data = source.parent / "weights"
    data.write_bytes(b"weights")
    weights = source / "variables" / "variables.data-00000-of-00001"
    weights.unlink()
    weights.symlink_to(data)
    path = publish_one(config, source).path / "variables" / "variables.data-00000-of-00001"
    assert not path.is_symlink()
    assert path.read_bytes() == b"weights"


def test_a_label_map_that_is_given_takes_the_place_of_the_sources(
    config: ModelsConfigWriter, source: Path, tmp_path: Path
) -> None:
    given = tmp_path / "given.pbtxt"
    given.write_text("item { id: 1 name: 'fist' }")
    published = publish(Publication(source, "hands", label_map=given), config, content)
    assert (published.path / "label_map.pbtxt").read_text() == given.read_text()


def test_a_label_asked_for_points_at_the_version(config: ModelsConfigWriter, source: Path) -> None:
    publish_one(config, source, label="canary")
    assert labels_of(config, "hands") == {"canary": 1}


def test_a_new_model_is_added_to_the_config_that_is_there(
    config: ModelsConfigWriter, source: Path
) -> None:
    publish_one(config, source, label="stable")
    publish_one(config, source, name="cells")
    listed = config.read().model_config_list.config
    assert [(each.name, each.base_path) for each in listed] == [
        ("hands", "/models/hands"),
        ("cells", "/models/cells"),
    ]


def test_a_source_without_a_model_is_named_with_what_it_has(
    config: ModelsConfigWriter, source: Path, tmp_path: Path
) -> None:
    (tmp_path / "model").mkdir()
    source.rename(tmp_path / "model" / "2")
    with pytest.raises(NotASavedModel, match=r"model holds no saved_model.pb; .*model/2"):
        publish_one(config, tmp_path / "model")
    assert list(config.folder.path.iterdir()) == []


@pytest.mark.parametrize("name", ["", ".hidden", "../outside", "a/b"])
def test_a_name_that_is_no_folders_is_refused(
    config: ModelsConfigWriter, source: Path, name: str
) -> None:
    with pytest.raises(BadModelName, match="without slashes or a dot in front"):
        publish_one(config, source, name=name)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda it: (it / "saved_model.pb").write_bytes(b""), "is empty"),
        (lambda it: (it / "label_map.pbtxt").write_text("item {"), "label_map.pbtxt: "),
        (lambda it: os.mkfifo(it / "pipe"), "neither a file nor a folder"),
    ],
)
def test_a_source_that_cannot_be_served_is_refused(
    config: ModelsConfigWriter, source: Path, change: object, message: str
) -> None:
    assert callable(change)
    change(source)
    with pytest.raises(NotASavedModel, match=message):
        publish_one(config, source)
    assert version_dirs(config.folder.path / "hands") == {}


def test_a_broken_config_stops_a_publication_before_anything_is_seen(
    config: ModelsConfigWriter, source: Path
) -> None:
    (config.folder.path / "models.config").write_text("model_config_list {")
    with pytest.raises(PublishingError, match=r"models\.config: "):
        publish_one(config, source)
    assert list_models(config.folder.path) == []


def test_a_disk_without_room_is_named(
    config: ModelsConfigWriter, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1_000_000}))
    with pytest.raises(PublishingError, match=r"needs 16 MB .* 1 MB are free"):
        publish_one(config, source)

import logging
from pathlib import Path

import pytest
from google.protobuf import text_format

from boxwright.up.folder_config import FolderConfig
from serving_protocol.messages import ModelConfig, ModelServerConfig


def models_of(config_file: Path) -> dict[str, str]:
    config = text_format.Parse(config_file.read_text(), ModelServerConfig())
    assert config.WhichOneof("config") == "model_config_list"
    for model in config.model_config_list.config:
        assert model.model_platform == "tensorflow"
    return {model.name: model.base_path for model in config.model_config_list.config}


def add_model(models_dir: Path, name: str) -> None:
    (models_dir / name / "1").mkdir(parents=True)


@pytest.fixture
def models_dir(tmp_path: Path) -> Path:
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


def test_a_config_begins_without_models_and_then_has_what_lies_there(models_dir: Path) -> None:
    add_model(models_dir, "hands")
    config_file = models_dir.parent / "models.config"
    config = FolderConfig(models_dir, config_file)
    assert models_of(config_file) == {}
    assert config.update()
    assert models_of(config_file) == {"hands": str(models_dir / "hands")}
    assert config.names == ["hands"]


def test_a_config_is_written_only_where_models_changed(models_dir: Path) -> None:
    config = FolderConfig(models_dir, models_dir.parent / "models.config")
    assert not config.update()
    add_model(models_dir, "hands")
    add_model(models_dir, "birds")
    assert config.update()
    assert not config.update()
    assert config.names == ["birds", "hands"]
    add_model(models_dir, "cars")
    assert config.update()
    assert config.names == ["birds", "cars", "hands"]


@pytest.mark.parametrize("name", ["with space", 'quo"te', "Hände", "back\\slash", "new\nline"])
def test_any_name_and_path_is_written_so_that_it_is_read_back(models_dir: Path, name: str) -> None:
    inside = models_dir / 'a "strange" folder'
    add_model(inside, name)
    config_file = models_dir.parent / "models.config"
    assert FolderConfig(inside, config_file).update()
    assert models_of(config_file) == {name: str(inside / name)}


def test_nothing_but_the_config_is_left_behind(models_dir: Path, tmp_path: Path) -> None:
    add_model(models_dir, "hands")
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    FolderConfig(models_dir, runtime / "models.config").update()
    assert [each.name for each in runtime.iterdir()] == ["models.config"]


def test_a_folder_that_is_away_for_a_moment_unloads_nothing(models_dir: Path) -> None:
    add_model(models_dir, "hands")
    config_file = models_dir.parent / "models.config"
    config = FolderConfig(models_dir, config_file)
    assert config.update()
    models_dir.rename(models_dir.with_name("elsewhere"))
    assert not config.update()
    assert set(models_of(config_file)) == {"hands"}
    models_dir.with_name("elsewhere").rename(models_dir)
    (models_dir / "hands" / "1").rmdir()
    assert config.update()
    assert models_of(config_file) == {}


def test_a_full_disk_unloads_nothing_and_is_said_once(
    models_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config_file = models_dir.parent / "models.config"
    config = FolderConfig(models_dir, config_file)
    add_model(models_dir, "hands")
    unfinished = config_file.with_name(".models.config.new")
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            unfinished.symlink_to("/dev/full")
            assert not config.update()
            assert models_of(config_file) == {}
    assert caplog.text.count("No space left on device") == 1
    assert config.update()
    assert set(models_of(config_file)) == {"hands"}


LABELLED = """
model_config_list {
  config {
    name: "hands" base_path: "/models/hands" model_platform: "tensorflow"
    model_version_policy { specific { versions: 1 } }
    version_labels { key: "stable" value: 1 }
    version_labels { key: "canary" value: 7 }
  }
  config { name: "gone" base_path: "/models/gone" model_platform: "tensorflow" }
}
"""


def test_labels_and_policies_come_from_the_folders_own_config(models_dir: Path) -> None:
    add_model(models_dir, "hands")
    add_model(models_dir, "unlisted")
    (models_dir / "models.config").write_text(LABELLED)
    config_file = models_dir.parent / "models.config"
    assert FolderConfig(models_dir, config_file).update()
    hands, unlisted = listed_in(config_file)
    assert (hands.name, hands.base_path) == ("hands", str(models_dir / "hands"))
    # A label of a version that is not there would keep the server from every later change.
    assert dict(hands.version_labels) == {"stable": 1}
    assert list(hands.model_version_policy.specific.versions) == [1]
    assert unlisted.model_version_policy.WhichOneof("policy_choice") == "all"


def test_a_label_that_moves_is_written_and_the_models_are_the_same(models_dir: Path) -> None:
    add_model(models_dir, "hands")
    (models_dir / "hands" / "7").mkdir()
    config_file = models_dir.parent / "models.config"
    config = FolderConfig(models_dir, config_file)
    assert config.update()
    (models_dir / "models.config").write_text(LABELLED)
    assert not config.update()
    assert dict(listed_in(config_file)[0].version_labels) == {"canary": 7, "stable": 1}
    (models_dir / "models.config").unlink()
    assert not config.update()
    assert dict(listed_in(config_file)[0].version_labels) == {}


def test_a_config_that_does_not_parse_leaves_labels_as_they_are_and_is_told_once(
    models_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    add_model(models_dir, "hands")
    (models_dir / "models.config").write_text(LABELLED)
    config_file = models_dir.parent / "models.config"
    config = FolderConfig(models_dir, config_file)
    config.update()
    (models_dir / "models.config").write_text("model_config_list {")
    add_model(models_dir, "cells")
    assert config.update()
    assert not config.update()
    cells, hands = listed_in(config_file)
    assert (cells.name, dict(hands.version_labels)) == ("cells", {"stable": 1})
    [record] = caplog.records
    assert "models.config" in record.getMessage()


def listed_in(config_file: Path) -> list[ModelConfig]:
    config = text_format.Parse(config_file.read_text(), ModelServerConfig())
    return list(config.model_config_list.config)


def test_a_model_that_is_renewed_is_left_out_for_a_while(
    models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("birds", "hands"):
        add_model(models_dir, name)
    config = FolderConfig(models_dir, models_dir.parent / "models.config")
    assert config.update()
    config.renew([])
    assert not config.update()
    config.renew({"hands"})
    assert config.update()
    assert config.names == ["birds"]
    monkeypatch.setattr("boxwright.up.folder_config.LEFT_OUT_S", 0.0)
    config.renew({"hands"})
    assert config.update()
    assert config.names == ["birds", "hands"]

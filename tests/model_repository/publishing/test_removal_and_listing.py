import json
from pathlib import Path

import pytest

from model_repository.errors import StillNeeded, UnknownModel, UnknownVersion
from model_repository.publishing.fsync import size_bytes
from model_repository.publishing.listing import list_versions
from model_repository.publishing.models_config_writer import ModelsConfigWriter
from model_repository.publishing.removal import remove_version
from model_repository.publishing.version_labels import labels_of, set_label
from tests.model_repository.publishing.publishing import (
    BY_HAND,
    make_by_hand,
    publish_one,
    publish_some,
)


def test_a_removed_version_leaves_nothing_behind(config: ModelsConfigWriter, source: Path) -> None:
    publish_some(config, source, 2)
    remove_version(config, "hands", 1)
    kept = {each.name for each in (config.folder.path / "hands").iterdir()}
    assert kept == {"2", ".history.jsonl"}


def test_a_version_with_a_label_is_removed_by_force_with_its_label(
    config: ModelsConfigWriter,
) -> None:
    make_by_hand(config, "hands", 1, 2)
    set_label(config, "hands", "stable", 1)
    set_label(config, "hands", "canary", 2)
    with pytest.raises(StillNeeded, match="has the label stable; --force"):
        remove_version(config, "hands", 1)
    remove_version(config, "hands", 1, force=True)
    assert labels_of(config, "hands") == {"canary": 2}
    assert [each.version for each in list_versions(config)] == [2]


def test_the_only_version_is_removed_by_force_and_its_model_from_the_config(
    config: ModelsConfigWriter,
) -> None:
    make_by_hand(config, "hands", 1)
    make_by_hand(config, "cells", 1)
    set_label(config, "hands", "stable", 1)
    with pytest.raises(StillNeeded, match="is the only one"):
        remove_version(config, "cells", 1)
    remove_version(config, "hands", 1, force=True)
    assert [each.name for each in config.read().model_config_list.config] == ["cells"]


def test_a_version_that_is_not_there_cannot_be_removed(config: ModelsConfigWriter) -> None:
    make_by_hand(config, "hands", 1)
    with pytest.raises(UnknownVersion, match="no version 2; it has 1"):
        remove_version(config, "hands", 2, force=True)


def test_versions_are_listed_with_labels_sizes_and_metrics(
    config: ModelsConfigWriter, source: Path
) -> None:
    make_by_hand(config, "hands", 1)
    card = {"metrics": {"AP": 0.65, "valid": {"AP50": 0.9}, "on": "valid", "whole": True}}
    (source / "model_card.json").write_text(json.dumps(card))
    publish_one(config, source, label="stable")
    (source / "model_card.json").write_text("{")
    publish_one(config, source)
    newest, stable, by_hand = list_versions(config, "hands")
    assert (newest.version, newest.is_default, newest.metrics) == (3, False, {})
    assert (stable.version, stable.is_default, stable.labels) == (2, True, ("stable",))
    assert stable.metrics == {"AP": 0.65, "valid AP50": 0.9}
    assert (by_hand.version, by_hand.size_bytes, by_hand.labels) == (1, len(BY_HAND), ())
    assert by_hand.published_at.endswith("+00:00")


def test_without_a_stable_version_the_newest_is_what_requests_get(
    config: ModelsConfigWriter,
) -> None:
    make_by_hand(config, "hands", 1, 2)
    assert [each.version for each in list_versions(config) if each.is_default] == [2]
    with pytest.raises(UnknownModel):
        list_versions(config, "cells")


def test_a_version_that_cannot_be_loaded_is_not_what_requests_get(
    config: ModelsConfigWriter,
) -> None:
    make_by_hand(config, "hands", 1, 2, 3)
    hands = config.folder.path / "hands"
    (hands / "3" / "saved_model.pb").write_text("version https://git-lfs.github.com/spec/v1\n")
    assert [each.version for each in list_versions(config) if each.is_default] == [2]
    (hands / "2" / "saved_model.pb").write_bytes(BY_HAND + b" VarHandleOp")
    assert [each.version for each in list_versions(config) if each.is_default] == [1]
    (hands / "1" / "saved_model.pb").unlink()
    assert [each.version for each in list_versions(config) if each.is_default] == []


def test_what_is_removed_while_it_is_listed_is_not_listed(
    config: ModelsConfigWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_by_hand(config, "cells", 1)
    make_by_hand(config, "hands", 1, 2)
    make_by_hand(config, "masks", 1)

    def removed_before(path: Path) -> int:
        if path.parent.name == "cells":
            remove_version(config, "hands", 1)
            remove_version(config, "masks", 1, force=True)
        if path.parent.name == "hands":
            path.rename(path.with_name("taken-away"))
        return size_bytes(path)

    monkeypatch.setattr("model_repository.publishing.listing.size_bytes", removed_before)
    assert [(each.name, each.version) for each in list_versions(config)] == [("cells", 1)]

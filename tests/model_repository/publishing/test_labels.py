from pathlib import Path

import pytest

from model_repository.errors import (
    NothingToRollBackTo,
    PublishingError,
    UnknownModel,
    UnknownVersion,
)
from model_repository.publishing.journal import Event, append_event
from model_repository.publishing.models_config_writer import ModelsConfigWriter
from model_repository.publishing.removal import remove_version
from model_repository.publishing.version_labels import labels_of, remove_label, rollback, set_label
from tests.model_repository.publishing.publishing import make_by_hand, publish_one, publish_some


def test_a_label_points_at_a_version_and_all_versions_are_served(
    config: ModelsConfigWriter,
) -> None:
    make_by_hand(config, "hands", 1, 2)
    make_by_hand(config, "cells", 5)
    move = set_label(config, "hands", "stable", 1)
    assert str(move) == "stable points at 1"
    cells, hands = config.read().model_config_list.config
    assert (hands.name, dict(hands.version_labels)) == ("hands", {"stable": 1})
    # Those that a list leaves out are not served.
    assert (cells.name, dict(cells.version_labels)) == ("cells", {})
    for each in (cells, hands):
        assert each.base_path == f"/models/{each.name}"
        assert each.model_platform == "tensorflow"
        assert each.model_version_policy.WhichOneof("policy_choice") == "all"


def test_rolling_back_goes_from_version_to_version(config: ModelsConfigWriter) -> None:
    make_by_hand(config, "hands", 1, 2, 3)
    for version in (1, 3, 2):
        set_label(config, "hands", "stable", version)
    assert str(rollback(config, "hands")) == "stable points at 3, no longer at 2"
    assert rollback(config, "hands").after == 1
    assert labels_of(config, "hands") == {"stable": 1}


def test_a_label_that_was_moved_after_a_rollback_goes_back_to_where_it_was(
    config: ModelsConfigWriter,
) -> None:
    make_by_hand(config, "hands", 1, 2, 3)
    for version in (1, 2):
        set_label(config, "hands", "canary", version)
    rollback(config, "hands", "canary")
    set_label(config, "hands", "canary", 3)
    assert rollback(config, "hands", "canary").after == 1
    with pytest.raises(NothingToRollBackTo, match="label canary of hands points at 1, and did at"):
        rollback(config, "hands", "canary")


def test_without_any_label_the_version_before_the_newest_becomes_stable(
    config: ModelsConfigWriter,
) -> None:
    make_by_hand(config, "hands", 2, 5, 9)
    assert str(rollback(config, "hands")) == "stable points at 5"
    assert rollback(config, "hands").after == 2
    with pytest.raises(NothingToRollBackTo):
        rollback(config, "hands")


def test_the_first_stable_version_goes_back_to_what_was_the_newest(
    config: ModelsConfigWriter, source: Path
) -> None:
    publish_some(config, source, 2)
    publish_one(config, source, label="stable")
    assert rollback(config, "hands").after == 2


def test_a_version_that_is_gone_is_passed_over(config: ModelsConfigWriter, source: Path) -> None:
    publish_some(config, source, 3)
    for version in (1, 2, 3):
        set_label(config, "hands", "stable", version)
    remove_version(config, "hands", 2)
    assert rollback(config, "hands").after == 1


def test_one_version_alone_cannot_be_rolled_back(config: ModelsConfigWriter) -> None:
    make_by_hand(config, "hands", 1)
    with pytest.raises(NothingToRollBackTo, match=r"points at no version.*VERSION"):
        rollback(config, "hands")


def test_a_move_that_a_killed_publisher_only_announced_did_not_happen(
    config: ModelsConfigWriter,
) -> None:
    make_by_hand(config, "hands", 1, 2, 3)
    for version in (1, 2):
        set_label(config, "hands", "stable", version)
    append_event(config.folder.path / "hands", Event("labelled", 3, "stable", 2))
    assert rollback(config, "hands").after == 1


def test_a_label_that_was_moved_by_hand_goes_back_to_where_it_was(
    config: ModelsConfigWriter,
) -> None:
    make_by_hand(config, "hands", 1, 2)
    set_label(config, "hands", "stable", 2)
    content = config.read()
    config.listed(content, "hands").version_labels["stable"] = 1
    config.write(content)
    assert rollback(config, "hands").after == 2


def test_a_label_can_be_taken_away_and_brought_back(config: ModelsConfigWriter) -> None:
    make_by_hand(config, "hands", 1, 2)
    set_label(config, "hands", "stable", 1)
    assert remove_label(config, "hands", "stable") == 1
    assert labels_of(config, "hands") == {}
    assert rollback(config, "hands").after == 1
    with pytest.raises(UnknownVersion, match="'canary'; there is stable"):
        remove_label(config, "hands", "canary")


def test_what_else_a_config_says_stays(config: ModelsConfigWriter) -> None:
    make_by_hand(config, "hands", 1, 2)
    (config.folder.path / "models.config").write_text(
        'model_config_list { config { name: "hands" base_path: "/srv/hands" '
        'model_platform: "tensorflow" model_version_policy { specific { versions: 2 } } } }'
    )
    set_label(config, "hands", "stable", 1)
    make_by_hand(config, "cells", 1)
    set_label(config, "cells", "stable", 1)
    hands, cells = config.read().model_config_list.config
    assert (hands.base_path, cells.base_path) == ("/srv/hands", "/srv/cells")
    assert list(hands.model_version_policy.specific.versions) == [2, 1]


def test_unknown_models_and_versions_are_named_with_what_there_is(
    config: ModelsConfigWriter,
) -> None:
    make_by_hand(config, "hands", 1, 2)
    with pytest.raises(UnknownModel, match=r"no model 'hand' in .*; there is hands"):
        set_label(config, "hand", "stable", 1)
    with pytest.raises(UnknownVersion, match="no version 7; it has 2, 1"):
        set_label(config, "hands", "stable", 7)
    assert not config.exists


@pytest.mark.parametrize("label", ["", "2", "a/b", "a b", "-x"])
def test_what_could_not_be_asked_for_is_no_label(config: ModelsConfigWriter, label: str) -> None:
    make_by_hand(config, "hands", 1, 2)
    with pytest.raises(PublishingError, match="a label is"):
        set_label(config, "hands", label, 1)

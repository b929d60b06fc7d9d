"""A version's account of itself is read as it was written, or not at all."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from model_repository.card import (
    MODEL_CARD_NAME,
    BadModelCard,
    ModelCard,
    Preprocessing,
    read_model_card,
)

CARD = ModelCard(
    title="hands",
    created_at="2026-01-01T00:00:00+00:00",
    model={"name": "ssd"},
    classes=({"id": 1, "name": "open"}, {"id": 3, "name": "fist"}),
    signatures={"image_tensor": {"inputs": {}, "outputs": {}}},
    preprocessing=Preprocessing(
        "serving_default", "image_bytes", "image_tensor", "image_tensor", (192, 320)
    ),
    metrics={"validation": {"AP": 0.5}},
    notes=("CC BY 4.0",),
)


def test_a_card_is_read_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / MODEL_CARD_NAME).write_text(CARD.as_json())
    assert read_model_card(tmp_path) == CARD


def test_a_model_that_was_brought_in_says_nothing_of_its_preprocessing(tmp_path: Path) -> None:
    foreign = replace(CARD, preprocessing=None)
    (tmp_path / MODEL_CARD_NAME).write_text(foreign.as_json())
    assert read_model_card(tmp_path) == foreign


def test_a_version_may_have_none(tmp_path: Path) -> None:
    assert read_model_card(tmp_path) is None


def test_what_a_later_release_adds_is_passed_over() -> None:
    values = json.loads(CARD.as_json())
    values["mood"] = "sunny"
    values["preprocessing"]["crop"] = False
    assert ModelCard.from_json(json.dumps(values)) == CARD


def test_a_card_that_does_not_say_which_files_are_decoded_means_the_usual_ones() -> None:
    values = json.loads(CARD.as_json())
    del values["preprocessing"]["formats"]
    assert ModelCard.from_json(json.dumps(values)) == CARD


def test_a_card_that_is_nested_too_deeply_is_none() -> None:
    with pytest.raises(BadModelCard, match="nested too deeply"):
        ModelCard.from_json("[" * 100_000)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"schema": 2}, "schema 1 was expected, not 2"),
        ({"preprocessing": {}}, "no model card: KeyError 'input_size_hw'"),
        ({"preprocessing": 5}, "no model card: TypeError"),
        ({"classes": None}, "no model card: TypeError"),
    ],
)
def test_another_card_says_what_is_wrong_and_where(
    change: dict[str, object], said: str, tmp_path: Path
) -> None:
    values = json.loads(CARD.as_json()) | change
    (tmp_path / MODEL_CARD_NAME).write_text(json.dumps(values))
    with pytest.raises(BadModelCard) as caught:
        read_model_card(tmp_path)
    assert said in str(caught.value)
    assert str(tmp_path / MODEL_CARD_NAME) in str(caught.value)


def test_a_file_that_is_no_json_is_no_card() -> None:
    with pytest.raises(BadModelCard, match="no model card"):
        ModelCard.from_json(b"\xff\x00")


@pytest.mark.parametrize("size", [(0, 5), (3,), ("a", 4)])
def test_a_size_is_a_height_and_a_width(size: tuple[int, int]) -> None:
    with pytest.raises(BadModelCard, match="input_size_hw is a height and a width"):
        Preprocessing("a", "b", "c", "d", size)


def test_another_way_to_resize_is_not_pretended_to_be_known() -> None:
    with pytest.raises(BadModelCard, match="resize is 'bilinear_antialias', not 'nearest'"):
        Preprocessing("a", "b", "c", "d", (4, 5), resize="nearest")

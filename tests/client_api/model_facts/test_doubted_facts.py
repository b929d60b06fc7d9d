"""Answers that contradict what is known of a model are told, and followed only in the end."""

import logging
from pathlib import Path

import numpy as np
import pytest
from flask.testing import FlaskClient

from client_api.app import create_app
from client_api.model_facts.tracker import ANSWERS_AGAINST
from client_api.settings import Settings
from tests.client_api.inference.model_answers import (
    IN_PIXELS,
    INSIDE,
    answers,
    fact,
    found,
    version_document,
)
from tests.support.fake_model_server import FakeModelServer, tensor_info


@pytest.mark.parametrize(
    ("first", "then"), [(INSIDE, IN_PIXELS), (IN_PIXELS, INSIDE)], ids=["normalized", "pixels"]
)
def test_another_model_that_took_the_number_unseen_is_noticed_after_some_answers(
    fake: FakeModelServer, tmp_path: Path, first: list[float], then: list[float]
) -> None:
    settings = Settings(model_name="hands", model_facts_dir=tmp_path)
    one, other = (create_app(settings, fake).test_client() for _ in range(2))
    answers(fake, (first, 0.9, 1))
    assert found(one) == found(other) == [INSIDE]
    answers(fake, (then, 0.9, 1))
    for _ in range(ANSWERS_AGAINST - 1):
        assert found(one) != [INSIDE]
    assert version_document(one)["facts_warnings"]
    assert found(one) == found(other) == [INSIDE]
    assert version_document(one)["facts_warnings"] == []


def test_what_an_operator_says_is_not_doubted(
    client: FlaskClient, fake: FakeModelServer, models_dir: Path
) -> None:
    (models_dir / "hands" / "model_facts.json").write_text('{"box_unit": "normalized"}')
    answers(fake, (IN_PIXELS, 0.9, 1))
    for _ in range(2 * ANSWERS_AGAINST):
        assert found(client) == [[1, 1, 1, 1]]
    assert fact(client, "box_unit") == ("normalized", "setting")


def test_answers_in_between_that_could_be_either_change_nothing(
    client: FlaskClient, fake: FakeModelServer
) -> None:
    answers(fake, (INSIDE, 0.9, 1))
    assert found(client) == [INSIDE]
    for number in range(3 * ANSWERS_AGAINST):
        answers(fake, (IN_PIXELS if number % 3 else INSIDE, 0.9, 1))
        found(client)
    assert fact(client, "box_unit") == ("normalized", "first answers")


def test_boxes_that_fit_only_if_x_comes_first_are_told_once_in_the_log(
    client: FlaskClient, fake: FakeModelServer, models_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    answers(fake, ([300.0, 100.0, 600.0, 400.0], 0.9, 1))
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            found(client)
    [warning] = version_document(client)["facts_warnings"]
    assert "boxwright models set hands --box-order xyxy" in warning
    assert sum(warning in each.getMessage() for each in caplog.records) == 1
    (models_dir / "hands" / "model_facts.json").write_text('{"box_order": "xyxy"}')
    assert version_document(client)["facts_warnings"] == []
    assert found(client) == [pytest.approx([100 / 480, 300 / 640, 400 / 480, 600 / 640], abs=1e-5)]


def test_boxes_beyond_their_image_are_clipped_and_told(
    client: FlaskClient, fake: FakeModelServer
) -> None:
    answers(fake, ([10.0, 10.0, 2000.0, 2000.0], 0.9, 1))
    for _ in range(2):
        assert found(client) == [pytest.approx([10 / 480, 10 / 640, 1, 1], abs=1e-5)]
    [warning] = version_document(client)["facts_warnings"]
    assert "--box-unit input-pixels --input-size HEIGHT WIDTH" in warning


def test_a_box_of_padding_with_a_score_stays_a_detection_and_is_told(
    client: FlaskClient, fake: FakeModelServer
) -> None:
    answers(fake, (INSIDE, 0.9, 1), ([-1.0] * 4, 0.7, 1), ([-1.0] * 4, 0.0, 1))
    assert found(client) == [INSIDE, [0, 0, 0, 0]]
    [warning] = version_document(client)["facts_warnings"]
    assert "a box of all -1 came with a score above 0" in warning


def test_points_of_which_there_are_none_are_told(
    client: FlaskClient, fake: FakeModelServer
) -> None:
    answers(fake, (INSIDE, 0.9, 1))
    version = fake.models["hands"][1]
    outputs = version.signatures["serving_default"].outputs
    outputs["detection_keypoints"].CopyFrom(tensor_info("DT_FLOAT", -1, -1, -1, 2))
    rows = version.answer
    version.answer = lambda count: {
        **rows(count), "detection_keypoints": np.zeros((count, 1, 0, 2), np.float32),
    }  # fmt: skip
    assert found(client) == [INSIDE]
    [warning] = version_document(client)["facts_warnings"]
    assert "an output of points came back empty" in warning

"""Where a model's classes begin, and label maps that begin elsewhere."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.client_api.conftest import LABEL_MAP, NewClient, image_file
from tests.client_api.inference.model_answers import (
    IMAGE,
    INSIDE,
    answers,
    fact,
    found,
    version_document,
)
from tests.support.fake_model_server import FakeModelServer


def test_a_label_map_that_does_not_name_what_is_answered_is_told_until_it_does(
    client: FlaskClient, fake: FakeModelServer, models_dir: Path
) -> None:
    answers(fake, (INSIDE, 0.9, 0), (INSIDE, 0.8, 3))
    found(client)
    assert fact(client, "first_class") == (0, "first answers")
    document = version_document(client)
    [warning] = document["facts_warnings"]
    assert "answers class 0, 3, which its label map does not name" in warning
    assert "begin at 1, but the model's classes begin at 0" in document["label_map_warning"]
    text = "item { id: 0 name: 'cat' } item { id: 3 name: 'dog' }"
    (models_dir / "hands" / "label_map.pbtxt").write_text(text)
    document = version_document(client)
    assert (document["facts_warnings"], document["label_map_warning"]) == ([], None)


FROM_ZERO = "item { id: 0 name: 'cat' } item { id: 1 name: 'dog' }"
WITH_BACKGROUND = "item { id: 0 name: '__background__' } item { id: 1 display_name: 'cat' }"


@pytest.mark.parametrize(
    ("label_map", "labels"),
    [(FROM_ZERO, ["cat", "dog"]), (WITH_BACKGROUND, [None, "cat"]), (LABEL_MAP, [None, "open"])],
)
@pytest.mark.parametrize("is_sent", [True, False])
def test_label_maps_that_count_from_0_or_name_the_background_are_taken(
    new_client: NewClient, fake: FakeModelServer, models_dir: Path, label_map: str,
    labels: list[str], is_sent: bool,
) -> None:  # fmt: skip
    data: dict[str, Any] = {"image": (BytesIO(image_file("PNG")), "a.png")}
    if is_sent:
        data["label_map"] = label_map
    else:
        (models_dir / "hands" / "label_map.pbtxt").write_text(label_map)
    answers(fake, (INSIDE, 0.9, 0), (INSIDE, 0.8, 1))
    answer = new_client().post("/predict", data=data)
    assert [each["label"] for each in answer.get_json()["detections"]] == labels


def test_classes_are_chosen_by_the_id_0(
    new_client: NewClient, fake: FakeModelServer, models_dir: Path
) -> None:
    (models_dir / "hands" / "label_map.pbtxt").write_text(FROM_ZERO)
    client = new_client()
    answers(fake, (INSIDE, 0.9, 0), (INSIDE, 0.8, 1))
    assert len(found(client, classes="0")) == 1
    assert len(found(client, classes="cat,dog")) == 2


def test_a_map_from_0_is_none_of_a_model_that_is_known_to_count_from_1(
    client: FlaskClient, fake: FakeModelServer, models_dir: Path
) -> None:
    (models_dir / "hands" / "model_facts.json").write_text('{"first_class": 1}')
    answer = client.post(
        "/predict", data={"image": (BytesIO(IMAGE), "a.png"), "label_map": FROM_ZERO}
    )
    assert answer.status_code == 422
    assert (
        "id 0 ('cat'), but model hands, version 1, has classes from 1 on"
        in answer.get_json()["detail"]
    )
    (models_dir / "hands" / "label_map.pbtxt").write_text(FROM_ZERO)
    answers(fake, (INSIDE, 0.9, 1))
    answer = client.post("/predict", data=IMAGE, content_type="image/png")
    assert answer.get_json()["detections"][0]["label"] is None
    assert "is not used: its ids begin at 0" in version_document(client)["label_map_warning"]

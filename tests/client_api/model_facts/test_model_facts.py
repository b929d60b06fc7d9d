"""What a model's answers mean is found once, kept, shown, and never guessed from one answer."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient

from client_api.app import create_app
from client_api.model_facts.store import FactStore, ModelKey
from client_api.settings import Settings
from tests.client_api.conftest import NewClient, image_file
from tests.client_api.inference.model_answers import (
    IMAGE,
    IN_PIXELS,
    INSIDE,
    answers,
    fact,
    found,
    version_document,
)
from tests.support.fake_model_server import (
    FakeModelServer,
    FakeVersion,
    detector_signature,
    tensor_info,
)


def test_a_stray_box_does_not_make_pixels_of_the_others(
    client: FlaskClient, fake: FakeModelServer
) -> None:
    answers(fake, (INSIDE, 0.9, 1), ([0.1, 0.1, 2.9, 3.4], 0.01, 2))
    assert found(client) == [INSIDE, [0.1, 0.1, 1.0, 1.0]]
    assert fact(client, "box_unit") == ("normalized", "first answers")


def test_pixels_are_told_by_the_first_answer_and_stay_for_the_next(
    client: FlaskClient, fake: FakeModelServer
) -> None:
    answers(fake, (IN_PIXELS, 0.9, 1))
    assert found(client) == [INSIDE]
    assert fact(client, "box_unit") == ("pixels", "first answers")
    # A box of one pixel, which looks like a normalized one that covers the image.
    answers(fake, ([0.0, 0.0, 1.0, 1.0], 0.9, 1))
    assert found(client) == [pytest.approx([0, 0, 1 / 480, 1 / 640], abs=1e-5)]


def test_zeros_leave_the_unit_open_until_something_is_found(
    client: FlaskClient, fake: FakeModelServer
) -> None:
    answers(fake, ([0, 0, 0, 0], 0.0, 1))
    assert found(client) == [[0, 0, 0, 0]]
    assert fact(client, "box_unit") == ("normalized", "default")
    answers(fake, (IN_PIXELS, 0.9, 1))
    assert found(client) == [INSIDE]


def test_an_image_of_two_pixels_does_not_settle_the_unit(
    client: FlaskClient, fake: FakeModelServer
) -> None:
    answers(fake, ([0, 0, 2, 2], 0.9, 1))
    found(client, image_file("PNG", (2, 2)))
    assert fact(client, "box_unit")[1] == "default"
    answers(fake, (IN_PIXELS, 0.9, 1))
    assert found(client) == [INSIDE]


@pytest.mark.parametrize(
    ("said", "boxes"),
    [
        ({"box_unit": "pixels"}, IN_PIXELS),
        ({"box_unit": "pixels", "box_order": "xyxy"}, [64.0, 96.0, 320.0, 288.0]),
        ({"box_order": "xyxy"}, [0.1, 0.2, 0.5, 0.6]),
        ({"box_order": "xywh"}, [0.1, 0.2, 0.4, 0.4]),
        ({"box_unit": "pixels", "box_order": "cxcywh"}, [192.0, 192.0, 256.0, 192.0]),
        ({"box_unit": "input-pixels", "input_size_hw": [100, 200]}, [20.0, 20.0, 60.0, 100.0]),
    ],
)
@pytest.mark.parametrize("place", ["hands/1/model_facts.json", "hands/model_facts.json"])
def test_what_an_operator_says_counts(
    client: FlaskClient, fake: FakeModelServer, models_dir: Path, said: Any, boxes: Any, place: str
) -> None:
    (models_dir / place).write_text(json.dumps(said))
    answers(fake, (boxes, 0.9, 1))
    assert found(client) == [pytest.approx(INSIDE, abs=1e-5)]
    name = next(iter(said))
    assert fact(client, name) == (said[name], "setting")


def test_a_versions_own_facts_go_before_the_models(
    client: FlaskClient, fake: FakeModelServer, models_dir: Path
) -> None:
    (models_dir / "hands" / "model_facts.json").write_text('{"box_unit": "pixels"}')
    (models_dir / "hands" / "1" / "model_facts.json").write_text('{"box_unit": "normalized"}')
    answers(fake, (INSIDE, 0.9, 1))
    assert found(client) == [INSIDE]


def test_versions_of_one_model_have_their_own_units(
    client: FlaskClient, fake: FakeModelServer
) -> None:
    answers(fake, (INSIDE, 0.9, 1))
    assert found(client) == [INSIDE]
    first = fake.models["hands"][1]
    fake.models["hands"][1] = FakeVersion()
    answers(fake, (IN_PIXELS, 0.9, 1))
    fake.models["hands"][2], fake.models["hands"][1] = fake.models["hands"][1], first
    assert found(client) == [INSIDE]
    del fake.models["hands"][2]
    assert found(client) == [INSIDE]


def test_a_model_that_takes_anothers_number_is_another(
    new_client: NewClient, fake: FakeModelServer, models_dir: Path
) -> None:
    client = new_client()
    answers(fake, (INSIDE, 0.9, 1))
    assert found(client) == [INSIDE]
    os.utime(models_dir / "hands" / "1" / "saved_model.pb", ns=(1, 1))
    answers(fake, (IN_PIXELS, 0.9, 1))
    assert found(client) == [INSIDE]
    assert fact(client, "box_unit") == ("pixels", "first answers")


def test_an_answer_that_contradicts_what_is_said_is_told(
    client: FlaskClient, fake: FakeModelServer, models_dir: Path
) -> None:
    (models_dir / "hands" / "model_facts.json").write_text('{"box_unit": "normalized"}')
    answers(fake, (IN_PIXELS, 0.9, 1))
    assert found(client) == [[1, 1, 1, 1]]
    [warning] = version_document(client)["facts_warnings"]
    assert "looks like boxes in pixels" in warning
    assert "boxwright models set hands --box-unit" in warning
    (models_dir / "hands" / "model_facts.json").write_text('{"box_unit": "pixels"}')
    assert version_document(client)["facts_warnings"] == []


@pytest.mark.parametrize(
    "text", ["[]", "{", '{"box_unit": "feet"}', '{"first_class": 2}', "[" * 9999]
)
def test_facts_that_cannot_be_are_not_used_and_that_is_told(
    client: FlaskClient, fake: FakeModelServer, models_dir: Path, text: str
) -> None:
    (models_dir / "hands" / "model_facts.json").write_text(text)
    answers(fake, (INSIDE, 0.9, 1))
    assert found(client) == [INSIDE]
    assert "model_facts.json is not used: " in version_document(client)["facts_error"]


def two_workers(fake: FakeModelServer, models_dir: Path, shared: Path) -> list[FlaskClient]:
    settings = Settings(model_name="hands", models_dir=models_dir, model_facts_dir=shared)
    return [create_app(settings, fake).test_client() for _ in range(2)]


def test_what_one_worker_finds_out_holds_for_the_others_and_after_a_restart(
    fake: FakeModelServer, models_dir: Path, tmp_path: Path
) -> None:
    (tmp_path / "facts").mkdir()
    one, other = two_workers(fake, models_dir, tmp_path / "facts")
    answers(fake, (IN_PIXELS, 0.9, 1))
    assert found(one) == [INSIDE]
    answers(fake, ([0.0, 0.0, 1.0, 1.0], 0.9, 1))
    assert found(other) == found(one) == [pytest.approx([0, 0, 1 / 480, 1 / 640], abs=1e-5)]
    restarted, _ = two_workers(fake, models_dir, tmp_path / "facts")
    assert found(restarted) == found(one)


def test_of_two_that_find_out_at_once_the_first_counts_for_both(tmp_path: Path) -> None:
    key = ModelKey("hands", 1, "stamp")
    one, other = FactStore(tmp_path / "new"), FactStore(tmp_path / "new")
    assert other.get(key, "box_unit") is None
    assert one.add(key, "box_unit", "pixels") == "pixels"
    assert other.add(key, "box_unit", "normalized") == "pixels"
    assert other.get(key, "box_unit") == "pixels"
    assert other.get(ModelKey("hands", 1, "another"), "box_unit") is None


def test_where_nothing_can_be_written_the_process_remembers(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store, key = FactStore(tmp_path / "file" / "below"), ModelKey("hands", 1, "")
    assert store.add(key, "box_unit", "pixels") == "pixels"
    assert store.add(key, "box_unit", "normalized") == "pixels"


def test_a_declared_input_size_is_what_pixels_of_the_input_refer_to(
    client: FlaskClient, fake: FakeModelServer, models_dir: Path
) -> None:
    (models_dir / "hands" / "model_facts.json").write_text('{"box_unit": "input-pixels"}')
    answers(fake, (IN_PIXELS, 0.9, 1))
    answer = client.post("/predict", data=IMAGE, content_type="image/png")
    assert answer.status_code == 502
    assert "models set NAME --input-size HEIGHT WIDTH" in answer.get_json()["detail"]
    declared = detector_signature(tensor_info("DT_UINT8", 1, 480, 640, 3))
    fake.models["hands"][1].signatures["serving_default"] = declared
    fake.models["hands"][2] = fake.models["hands"].pop(1)
    fake.models["hands"][1] = fake.models["hands"][2]
    assert found(client, image_file("PNG", (100, 100))) == [INSIDE]


@pytest.mark.parametrize(
    ("box", "fact_shown"),
    [
        ([120.0, 80.0, 360.0, 400.0], ("pixels", "first answers")),
        (INSIDE, ("normalized", "first answers")),
        ([0.0, 0.0, 0.0, 0.0], ("pixels", "signature")),
    ],
)
def test_model_gardens_boxes_are_pixels_of_its_scaled_image_unless_they_are_normalized(
    client: FlaskClient, fake: FakeModelServer, box: list[float], fact_shown: tuple[str, str]
) -> None:
    version = fake.models["hands"][1]
    version.signatures["serving_default"].outputs["image_info"].CopyFrom(
        tensor_info("DT_FLOAT", -1, 4, 2)
    )
    answers(fake, (box, 0.9, 1))
    rows = version.answer
    # 640 x 480, scaled to 800 x 600 on a canvas of 832 x 832.
    info = np.array([[[480, 640], [832, 832], [1.25, 1.25], [0, 0]]], np.float32)
    version.answer = lambda count: {**rows(count), "image_info": np.repeat(info, count, axis=0)}
    expected = INSIDE if any(box) else [0.0] * 4
    assert found(client) == [pytest.approx(expected, abs=1e-5)]
    assert fact(client, "box_unit") == fact_shown

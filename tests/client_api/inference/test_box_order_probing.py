"""The order of boxes is found by asking the model once more, and again once it may be another."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient

from client_api.app import create_app
from client_api.catalog.served_versions import MAX_REMEMBERED
from client_api.inference import detector_client
from client_api.model_facts.layout import MAX_PROBES
from client_api.settings import Settings
from tests.client_api.inference.looking_model import IMAGE, RED, SIZE_WH, Looking
from tests.client_api.inference.model_answers import fact, found, version_document
from tests.support.fake_model_server import FakeModelServer
from tests.support.looking_detectors import scene

OTHER = scene(SIZE_WH, (0.5, 0.1, 0.9, 0.4))
OTHER_RED = [pytest.approx([0.1, 0.5, 0.4, 0.9], abs=0.01)]


@pytest.fixture
def looking(fake: FakeModelServer) -> Looking:
    return Looking(fake)


@pytest.mark.parametrize("order", ["xyxy", "yxyx"])
@pytest.mark.parametrize("in_pixels", [False, True], ids=["normalized", "pixels"])
def test_the_first_answer_is_right_and_the_model_is_asked_once_more(
    client: FlaskClient, fake: FakeModelServer, looking: Looking, order: str, *, in_pixels: bool
) -> None:
    looking.order, looking.in_pixels = order, in_pixels
    assert found(client, IMAGE) == RED
    assert fact(client, "box_order") == (order, "first answers")
    # The fake takes one image at a time, and is asked about two.
    assert len(fake.requests) == 1 + 2
    assert found(client, IMAGE) == found(client, IMAGE) == RED
    assert len(fake.requests) == 3 + 2


def test_nothing_is_asked_while_nothing_is_found(
    client: FlaskClient, fake: FakeModelServer, looking: Looking
) -> None:
    empty = scene(SIZE_WH)
    for _ in range(3):
        found(client, empty)
    assert len(fake.requests) == 3
    assert fact(client, "box_order") == ("yxyx", "default")
    assert found(client, IMAGE) == RED


@pytest.mark.parametrize("said", ['{"box_order": "yxyx"}', None], ids=["setting", "signature"])
def test_what_is_said_is_not_asked_about(
    client: FlaskClient,
    fake: FakeModelServer,
    looking: Looking,
    models_dir: Path,
    said: str | None,
) -> None:
    looking.order = "yxyx"
    if said is None:
        outputs = fake.models["hands"][1].signatures["serving_default"].outputs
        outputs["detection_anchor_indices"].CopyFrom(outputs["detection_scores"])
    else:
        (models_dir / "hands" / "model_facts.json").write_text(said)
    assert found(client, IMAGE) == RED
    assert len(fake.requests) == 1


def test_a_model_that_refuses_every_probe_is_answered_as_before_and_left_alone_in_the_end(
    client: FlaskClient, fake: FakeModelServer, looking: Looking
) -> None:
    looking.refuses, looking.order = True, "yxyx"
    for _ in range(MAX_PROBES + 3):
        assert found(client, IMAGE) == RED
    assert len(fake.requests) == MAX_PROBES + 3 + MAX_PROBES
    assert fact(client, "box_order") == ("yxyx", "default")


def test_a_model_too_slow_to_be_probed_is_not_probed_and_gets_a_warning(
    fake: FakeModelServer,
    looking: Looking,
    client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(detector_client, "time", SimpleNamespace(monotonic=lambda: looking.clock_s))
    # Two images would take 2.6 s, and a quarter of the 10 s is 2.5.
    looking.order, looking.takes_s = "yxyx", 1.3
    for _ in range(MAX_PROBES):
        assert version_document(client)["facts_warnings"] == []
        assert found(client, IMAGE) == RED
    assert len(fake.requests) == MAX_PROBES
    assert "--box-order" in version_document(client)["facts_warnings"][0]


@pytest.fixture
def gateways(fake: FakeModelServer, models_dir: Path, tmp_path: Path) -> Iterator[FlaskClient]:
    """One after another, with one folder for what they find out."""
    (tmp_path / "facts").mkdir()
    settings = Settings(
        model_name="hands", models_dir=models_dir, model_facts_dir=tmp_path / "facts"
    )
    return iter(lambda: create_app(settings, fake).test_client(), None)


def lose_connection(fake: FakeModelServer, client: FlaskClient, models_dir: Path) -> None:
    fake.lost += 1


def go_and_come_back(fake: FakeModelServer, client: FlaskClient, models_dir: Path) -> None:
    version = fake.models["hands"].pop(1)
    assert client.post("/predict", data=IMAGE, content_type="image/png").status_code == 503
    fake.models["hands"][1] = version


def show_in_the_document(fake: FakeModelServer, client: FlaskClient, models_dir: Path) -> None:
    fake.models["hands"][1].state = "UNLOADING"
    assert version_document(client)["state"] == "UNLOADING"
    fake.models["hands"][1].state = "AVAILABLE"


def rename(fake: FakeModelServer, client: FlaskClient, models_dir: Path) -> None:
    (models_dir / "hands" / "1").rename(models_dir / "away")
    (models_dir / "away").rename(models_dir / "hands" / "1")


SIGNS = [lose_connection, go_and_come_back, show_in_the_document, rename]


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("change", ["order", "unit"])
def test_after_a_possible_reload_the_first_answer_is_right_again(
    gateways: Iterator[FlaskClient],
    fake: FakeModelServer,
    looking: Looking,
    models_dir: Path,
    sign: Any,
    change: str,
) -> None:
    one, other = next(gateways), next(gateways)
    assert found(one, IMAGE) == found(other, IMAGE) == found(one, IMAGE) == RED
    sign(fake, one, models_dir)
    if sign is not lose_connection:
        sign(fake, other, models_dir)
    if change == "order":
        looking.order = "yxyx"
    else:
        looking.in_pixels = True
    # What is settled needs two images against it, and one that was sent twice is one.
    for image in (*[IMAGE] * (MAX_PROBES + 1), OTHER):
        found(one, image)
    assert found(one, IMAGE) == found(other, IMAGE) == RED
    assert version_document(one)["facts_warnings"] == []


def test_what_is_settled_is_not_replaced_on_one_image_whichever_process_is_sent_it(
    gateways: Iterator[FlaskClient], looking: Looking
) -> None:
    assert found(next(gateways), IMAGE) == RED
    looking.order = "yxyx"
    for _ in range(2):
        worker = next(gateways)
        found(worker, IMAGE)
        assert fact(worker, "box_order") == ("xyxy", "first answers")
    looking.order = "xyxy"
    assert found(next(gateways), OTHER) == OTHER_RED
    assert version_document(next(gateways))["facts_warnings"] == []


def test_what_another_process_found_out_is_looked_at_once(
    gateways: Iterator[FlaskClient], fake: FakeModelServer, looking: Looking
) -> None:
    assert found(next(gateways), IMAGE) == RED
    later = next(gateways)
    assert fact(later, "box_order") == ("xyxy", "first answers")
    asked = len(fake.requests)
    for _ in range(3):
        assert found(later, IMAGE) == RED
    assert len(fake.requests) == asked + 3 + 2
    looking.order = "yxyx"
    found(later, IMAGE)
    found(next(gateways), IMAGE)
    assert found(next(gateways), OTHER) == OTHER_RED


def test_what_one_process_finds_out_anew_the_others_answer_by_too(
    gateways: Iterator[FlaskClient], fake: FakeModelServer, looking: Looking, models_dir: Path
) -> None:
    one, other = next(gateways), next(gateways)
    assert found(one, IMAGE) == found(other, IMAGE) == RED
    looking.order = "yxyx"
    # The other one had no request while the version was away.
    go_and_come_back(fake, one, models_dir)
    found(one, OTHER)
    assert found(one, IMAGE) == found(other, IMAGE) == RED


def test_versions_that_never_existed_do_not_look_like_a_reload(
    client: FlaskClient, fake: FakeModelServer, looking: Looking, models_dir: Path
) -> None:
    assert found(client, IMAGE) == RED
    go_and_come_back(fake, client, models_dir)
    assert found(client, IMAGE) == RED
    for number in range(MAX_REMEMBERED + 1):
        unknown = f"/models/hands/versions/{2 + number}/predict"
        assert client.post(unknown, data=IMAGE, content_type="image/png").status_code == 404
    asked = len(fake.requests)
    assert found(client, IMAGE) == RED
    assert len(fake.requests) == asked + 1

"""The unit of boxes is found by asking again, and what cannot be found is told with the answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from client_api.app import create_app
from client_api.inference.probe_locks import ProbeLocks
from client_api.model_facts.layout import MAX_PROBES, MOST_SIZES
from client_api.model_facts.tracker import ANSWERS_IN_A_CORNER
from client_api.settings import Settings
from tests.client_api.inference.looking_model import IMAGE, RED, Looking
from tests.client_api.inference.model_answers import IMAGE as PLAIN
from tests.client_api.inference.model_answers import (
    INSIDE,
    answers,
    fact,
    found,
    version_document,
)
from tests.support.fake_model_server import FakeModelServer
from tests.support.looking_detectors import scene

FAR = [-500.0, -300.0, 0.5, 0.4]


@pytest.fixture
def looking(fake: FakeModelServer) -> Looking:
    return Looking(fake)


def told(client: FlaskClient, image: bytes = PLAIN) -> list[str]:
    """The warnings of an answer; none where it has no such member."""
    answer = client.post("/predict", data=image, content_type="image/png")
    assert answer.status_code == 200
    warnings: list[str] = answer.get_json().get("warnings", [])
    return warnings


@pytest.mark.parametrize("order", ["yxyx", "xyxy"])
@pytest.mark.parametrize("of_hw", [(100, 100), (1000, 1000)], ids=str)
def test_boxes_of_another_size_are_right_from_the_first_answer_on(
    client: FlaskClient, looking: Looking, order: str, of_hw: tuple[int, int]
) -> None:
    looking.order, looking.of_hw = order, of_hw
    assert found(client, IMAGE) == RED
    assert fact(client, "box_unit") == ("input-pixels", "first answers")
    assert fact(client, "input_size_hw") == (list(of_hw), "first answers")
    assert version_document(client)["facts_warnings"] == []
    place = (0.5, 0.1, 0.9, 0.4)
    [box] = found(client, scene((200, 300), place))
    assert box == pytest.approx([0.1, 0.5, 0.4, 0.9], abs=0.02)


@pytest.mark.parametrize("of_hw", [(480, 640), (320, 320), (640, 640), (200, 500)], ids=str)
def test_a_size_that_is_declared_nowhere_and_no_convention_is_not_concluded(
    client: FlaskClient, looking: Looking, of_hw: tuple[int, int]
) -> None:
    # A graph that keeps an image's proportions has another size for the next one.
    looking.of_hw = of_hw
    found(client, IMAGE)
    assert fact(client, "box_unit") == ("pixels", "first answers")
    assert fact(client, "box_order") == ("xyxy", "first answers")


def test_a_unit_that_a_first_image_leaves_open_is_found_with_one_of_another_size(
    client: FlaskClient, fake: FakeModelServer, looking: Looking
) -> None:
    # Thousandths of an image with a thousand pixels on either side are pixels of it, too.
    looking.of_hw = (1000, 1000)
    square = scene((1000, 1000), (0.1, 0.2, 0.35, 0.9))
    assert found(client, square) == RED
    asked = len(fake.requests)
    assert found(client, square) == RED
    assert len(fake.requests) == asked + 1
    assert found(client, IMAGE) == RED
    assert fact(client, "box_unit") == ("input-pixels", "first answers")


def test_a_unit_that_stays_open_is_asked_for_at_a_few_sizes(
    client: FlaskClient, fake: FakeModelServer, looking: Looking
) -> None:
    looking.of_hw = (200, 500)
    for width in range(300, 300 + MOST_SIZES + 3):
        found(client, scene((width, 240), (0.1, 0.2, 0.35, 0.9)))
    assert len(fake.requests) == MOST_SIZES + 3 + 2 * MOST_SIZES


def test_boxes_of_a_small_thing_in_a_corner_are_pixels_if_they_move_so(
    client: FlaskClient, looking: Looking
) -> None:
    # They reach less than a fiftieth of the image: their size alone tells nothing.
    looking.in_pixels, size_wh = True, (640, 480)
    corner = scene(size_wh, (0, 0, 12 / 640, 12 / 480))
    assert found(client, corner) == [pytest.approx([0, 0, 12 / 480, 12 / 640], abs=1e-3)]
    assert fact(client, "box_unit") == ("pixels", "first answers")


@pytest.mark.parametrize("boxes", [[FAR], [INSIDE, INSIDE, FAR, FAR]])
def test_boxes_far_outside_of_an_image_are_told_with_the_answer_and_in_the_list(
    client: FlaskClient, fake: FakeModelServer, boxes: list[list[float]]
) -> None:
    answers(fake, *((box, 0.9, 1) for box in boxes))
    [warning] = told(client)
    assert "taken as normalized" in warning
    assert "image 0" in warning
    assert "box_unit" in warning
    assert "boxwright models" not in warning
    assert any("far outside" in text for text in version_document(client)["facts_warnings"])


@pytest.mark.parametrize("others", [1, 2])
def test_one_stray_box_among_others_is_clipped_and_no_more(
    client: FlaskClient, fake: FakeModelServer, others: int
) -> None:
    answers(fake, *[(INSIDE, 0.9, 1)] * others, ([0.1, 0.1, 2.9, 3.4], 0.9, 1))
    assert told(client) == []
    assert fact(client, "box_unit") == ("normalized", "first answers")
    assert version_document(client)["facts_warnings"] == []


def test_a_later_answer_that_contradicts_the_unit_has_the_model_asked_again_at_once(
    client: FlaskClient, looking: Looking
) -> None:
    assert found(client, IMAGE) == RED
    # Another model, with no sign of it.
    looking.of_hw = (100, 100)
    # What is settled needs two images against it.
    assert "image 0" in told(client, IMAGE)[0]
    assert "image 0" in told(client, IMAGE)[0]
    found(client, scene((320, 240), (0.5, 0.1, 0.9, 0.4)))
    assert found(client, IMAGE) == RED
    assert fact(client, "box_unit") == ("input-pixels", "first answers")
    assert told(client, IMAGE) == []


def test_an_answer_that_contradicts_what_an_operator_says_is_told_with_it(
    client: FlaskClient, looking: Looking, models_dir: Path
) -> None:
    said = '{"box_unit": "normalized", "box_order": "xyxy"}'
    (models_dir / "hands" / "model_facts.json").write_text(said)
    looking.of_hw = (100, 100)
    [warning] = told(client, IMAGE)
    assert "taken as normalized, by setting" in warning


def test_boxes_that_keep_to_a_corner_of_every_image_are_told(
    client: FlaskClient, fake: FakeModelServer
) -> None:
    # Percent, of a model that answers always the same, so that asking tells nothing.
    answers(fake, ([20.0, 10.0, 60.0, 50.0], 0.9, 1))
    for _ in range(ANSWERS_IN_A_CORNER + 1):
        found(client)
    warnings = version_document(client)["facts_warnings"]
    assert any("100 100 for percent" in text for text in warnings)


def test_a_model_that_is_never_sure_is_asked_by_the_best_that_it_finds(
    client: FlaskClient, looking: Looking
) -> None:
    looking.score = 0.2
    found(client, IMAGE)
    [warning] = version_document(client)["facts_warnings"]
    assert "taken as yxyx, by default" in warning
    assert "--box-order" in warning
    for _ in range(4):
        found(client, IMAGE)
    assert found(client, IMAGE) == RED
    assert fact(client, "box_order") == ("xyxy", "first answers")
    assert version_document(client)["facts_warnings"] == []


def test_a_model_that_finds_something_surely_is_not_asked_by_what_it_finds_faintly(
    client: FlaskClient, fake: FakeModelServer, looking: Looking
) -> None:
    looking.refuses = True
    found(client, IMAGE)
    asked = len(fake.requests)
    looking.score = 0.2
    for _ in range(10):
        found(client, IMAGE)
    assert len(fake.requests) == asked + 10


def lost(fake: FakeModelServer) -> None:
    fake.lost += 1


def test_an_order_stays_and_is_marked_unconfirmed_where_probes_are_inconclusive(
    client: FlaskClient, fake: FakeModelServer, looking: Looking
) -> None:
    assert found(client, IMAGE) == RED
    lost(fake)
    looking.refuses = True
    for _ in range(4):
        assert found(client, IMAGE) == RED
    assert fact(client, "box_order") == ("xyxy", "first answers")
    [warning] = version_document(client)["facts_warnings"]
    assert "asking the model again did not confirm it" in warning


def test_classes_are_checked_again_after_a_possible_reload(
    client: FlaskClient, fake: FakeModelServer
) -> None:
    answers(fake, (INSIDE, 0.9, 0), (INSIDE, 0.8, 1))
    found(client)
    assert fact(client, "first_class") == (0, "first answers")
    answers(fake, (INSIDE, 0.9, 1))
    found(client)
    # A class that was not found this time speaks against nothing.
    assert fact(client, "first_class") == (0, "first answers")
    lost(fake)
    found(client)
    assert fact(client, "first_class") == (None, "default")
    answers(fake, (INSIDE, 0.9, 0))
    found(client)
    assert fact(client, "first_class") == (0, "first answers")


@pytest.fixture
def workers(fake: FakeModelServer, models_dir: Path, tmp_path: Path) -> Iterator[FlaskClient]:
    settings = Settings(
        model_name="hands", models_dir=models_dir, model_facts_dir=tmp_path / "facts"
    )
    return iter(lambda: create_app(settings, fake).test_client(), None)


def test_a_model_that_hangs_when_it_is_asked_is_asked_by_one_worker_once(
    workers: Iterator[FlaskClient], fake: FakeModelServer, looking: Looking
) -> None:
    looking.hangs = True
    for _ in range(3):
        worker = next(workers)
        for _ in range(3):
            found(worker, IMAGE)
        lost(fake)
        found(worker, IMAGE)
    assert looking.hung == 1
    [warning] = version_document(worker)["facts_warnings"]
    assert "asking the model again timed out and is not retried" in warning


def test_what_was_known_before_a_model_hung_stays_and_is_doubted_aloud(
    workers: Iterator[FlaskClient], looking: Looking
) -> None:
    assert found(next(workers), IMAGE) == RED
    looking.hangs, later = True, next(workers)
    assert found(later, IMAGE) == RED
    [warning] = version_document(later)["facts_warnings"]
    assert "taken as xyxy, which was inferred before" in warning


def test_a_turn_that_never_comes_is_waited_for_a_few_times(
    client: FlaskClient, fake: FakeModelServer, looking: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    @contextmanager
    def never(self: ProbeLocks, name: str, timeout_s: float) -> Iterator[bool]:
        waits.append(timeout_s)
        yield False

    monkeypatch.setattr(ProbeLocks, "held", never)
    for _ in range(MAX_PROBES + 2):
        found(client, IMAGE)
    assert len(waits) == MAX_PROBES
    [warning] = version_document(client)["facts_warnings"]
    assert "the order of its boxes' numbers is not declared" in warning

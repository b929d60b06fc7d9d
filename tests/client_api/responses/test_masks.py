"""What a gateway says and draws of a model that finds masks."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from PIL import Image
from pycocotools import mask as coco_mask
from werkzeug.test import TestResponse

from tests.client_api.conftest import NewClient, image_file
from tests.support.fake_model_server import (
    Answer,
    FakeModelServer,
    FakeVersion,
    detector_signature,
    tensor_info,
    three_detections,
)

WIDTH, HEIGHT = 200, 100


def masked(images: int) -> Answer:
    """The usual three boxes; the left half of each is the object."""
    masks = np.zeros((images, 3, 14, 14), np.float32)
    masks[..., :7] = 1
    return three_detections(images) | {"detection_masks": masks}


def nothing(images: int) -> Answer:
    return masked(images) | {"num_detections": np.zeros(images, np.float32)}


@pytest.fixture
def fake_of_masks(fake: FakeModelServer) -> FakeModelServer:
    signature = detector_signature()
    signature.outputs["detection_masks"].CopyFrom(tensor_info("DT_FLOAT", -1, 3, 14, 14))
    fake.models["hands"] = {1: FakeVersion({"serving_default": signature}, answer=masked)}
    return fake


@pytest.fixture
def client(new_client: NewClient, fake_of_masks: FakeModelServer) -> FlaskClient:
    assert fake_of_masks.models
    return new_client()


def ask(client: FlaskClient, query: str = "", accept: str = "application/json") -> TestResponse:
    answer = client.post(
        f"/predict?{query}", data=image_file("PNG", (WIDTH, HEIGHT)), content_type="image/png",
        headers={"Accept": accept},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    return answer


def found_by(client: FlaskClient) -> Any:
    document: Any = ask(client).json
    return document["detections"]


def test_each_detection_has_its_mask_over_the_whole_image(client: FlaskClient) -> None:
    found = found_by(client)
    assert len(found) == 2
    box, mask = found[0]["box"], found[0]["mask"]
    assert mask["size"] == [HEIGHT, WIDTH]
    x, y, width, height = coco_mask.toBbox(mask)
    # [0.1, 0.2, 0.5, 0.4]: of the image's columns 40 to 80 the left half.
    assert [x, y, width, height] == [40, 10, 20, 40]
    assert [box["x_min"], box["x_max"]] == [40, 80]
    (polygon,) = found[0]["polygons"]
    assert [min(polygon[::2]), max(polygon[::2])] == pytest.approx([40, 60], abs=0.01)


def test_a_box_that_reaches_beyond_the_image_has_a_mask_inside_it(client: FlaskClient) -> None:
    found = found_by(client)
    x, y, width, height = coco_mask.toBbox(found[1]["mask"])
    assert [x, y, width, height] == [100, 25, 25, 75]
    assert max(found[1]["polygons"][0][1::2]) == HEIGHT


def test_coco_results_have_the_mask_too(client: FlaskClient) -> None:
    records: Any = ask(client, "schema=coco").json
    assert coco_mask.area(records[0]["segmentation"]) == 20 * 40


def test_the_annotated_image_shows_them(client: FlaskClient) -> None:
    drawn = np.asarray(Image.open(BytesIO(ask(client, accept="image/png").data))).astype(int)
    plain = np.asarray(Image.open(BytesIO(image_file("PNG", (WIDTH, HEIGHT)))).convert("RGB"))
    changed = np.abs(drawn - plain).sum(axis=2) > 0
    assert changed[36:45, 45:55].all()
    assert not changed[36:45, 66:76].any()


def test_without_detections_there_are_no_masks(
    client: FlaskClient, fake_of_masks: FakeModelServer
) -> None:
    fake_of_masks.models["hands"][1].answer = nothing
    assert found_by(client) == []


def one_box(box_yxyx: list[float], mask: Any) -> Callable[[int], Answer]:
    """A model that finds this alone."""

    def answer(images: int) -> Answer:
        found = masked(images)
        found["detection_boxes"][:, 0] = box_yxyx
        found["detection_masks"][:, 0] = mask
        return found | {"num_detections": np.ones(images, np.float32)}

    return answer


@pytest.mark.parametrize(
    ("box", "mask", "corner", "area"),
    [
        ([0.5, 0.25, 0.5 + 1 / HEIGHT, 0.25 + 1 / WIDTH], 1.0, [50, 50], 1),
        ([0.503, 0.252, 0.506, 0.254], 1.0, [50, 50], 1),
        ([-0.5, -0.5, 0.5, 0.5], 1.0, [0, 0], 50 * 100),
        ([0.9, 0.95, 1.5, 1.5], 1.0, [190, 90], 10 * 10),
        ([-1.0, -1.0, 2.0, 2.0], 1.0, [0, 0], HEIGHT * WIDTH),
        ([0.2, 0.2, 0.8, 0.8], 0.1, [0, 0], 0),
    ],
    ids=["one pixel", "less than one", "cut above", "cut below", "larger than all", "of nothing"],
)
def test_odd_masks_are_answered_and_drawn(
    client: FlaskClient,
    fake_of_masks: FakeModelServer,
    box: list[float],
    mask: float,
    corner: list[int],
    area: int,
) -> None:
    fake_of_masks.models["hands"][1].answer = one_box(box, mask)
    (found,) = found_by(client)
    assert coco_mask.area(found["mask"]) == area
    assert coco_mask.toBbox(found["mask"])[:2].tolist() == corner
    places = np.array([place for each in found["polygons"] for place in each]).reshape(-1, 2)
    assert ((places >= 0) & (places <= [WIDTH, HEIGHT])).all()
    (record,) = ask(client, "schema=coco").get_json()
    assert record["segmentation"] == found["mask"]
    drawn = Image.open(BytesIO(ask(client, accept="image/png").data))
    assert drawn.size == (WIDTH, HEIGHT)


def test_without_detections_the_annotated_image_is_the_image(
    client: FlaskClient, fake_of_masks: FakeModelServer
) -> None:
    fake_of_masks.models["hands"][1].answer = nothing
    drawn = Image.open(BytesIO(ask(client, accept="image/png").data))
    plain = Image.open(BytesIO(image_file("PNG", (WIDTH, HEIGHT)))).convert("RGB")
    assert np.array_equal(np.asarray(drawn), np.asarray(plain))
    assert ask(client, "schema=coco").get_json() == []

"""The parameters of a prediction."""

from io import BytesIO

import pytest
from flask.testing import FlaskClient

from client_api.requests.parameters import (
    PARAMETERS,
    PredictionParameters,
    parse_fields,
    to_parameters,
)


def ask(client: FlaskClient, png: bytes, query: str) -> tuple[int, str]:
    answer = client.post(f"/predict?{query}", data=png, content_type="image/png")
    return answer.status_code, answer.get_json().get("detail", "")


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("score_threshold=nan", "score_threshold"),
        ("score_threshold=inf", "score_threshold"),
        ("score_threshold=-inf", "score_threshold"),
        ("score_threshold=1e400", "score_threshold"),
        ("score_threshold=-0.1", "score_threshold"),
        ("score_threshold=1.0001", "score_threshold"),
        ("score_threshold=", "score_threshold"),
        ("score_threshold=half", "score_threshold"),
        ("score_threshold=0_1", "score_threshold"),
        ("score_threshold=%200.5", "score_threshold"),
        ("score_threshold=0x1", "score_threshold"),
        ("confidence=2", "confidence"),
        ("min_confidence=nan", "min_confidence"),
        ("max_detections=0", "max_detections"),
        ("max_detections=301", "max_detections"),
        ("max_detections=1.5", "max_detections"),
        ("max_detections=", "max_detections"),
        ("max_detections=-1", "max_detections"),
        ("max_detections=" + "9" * 5000, "max_detections"),
        ("max_detections=%D9%A1", "max_detections"),
        ("classes=", "classes"),
        ("classes=open,,closed", "classes"),
        ("classes=fist", "classes"),
        ("classes=99", "classes"),
        ("classes=" + "1," * 10_000 + "1", "classes"),
        ("format=xml", "format"),
        ("format=", "format"),
        ("schema=voc", "schema"),
        ("schema=coco&format=both", "schema"),
        ("threshold=0.5", "threshold"),
        ("score_threshold=0.5&score_threshold=0.5", "score_threshold"),
        ("score_threshold=0.5&confidence=0.5", "score_threshold"),
    ],
)
def test_what_is_not_allowed_is_a_400_that_names_it(
    client: FlaskClient, png: bytes, query: str, names: str
) -> None:
    status, detail = ask(client, png, query)
    assert status == 400
    assert names in detail


def test_the_message_names_parameter_value_and_what_is_allowed(
    client: FlaskClient, png: bytes
) -> None:
    _, detail = ask(client, png, "score_threshold=1.5")
    assert detail == "parameter score_threshold: a number from 0 to 1 is expected, not '1.5'"
    _, detail = ask(client, png, "classes=fist")
    assert "'fist'" in detail
    assert "open, closed, pointing" in detail


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 2),
        ("score_threshold=0", 3),
        ("score_threshold=0.94", 1),
        ("score_threshold=1", 0),
        ("score_threshold=1e-1", 3),
        ("confidence=0.9", 1),
        ("min_confidence=.9", 1),
        ("max_detections=1", 1),
        ("max_detections=300&score_threshold=0", 3),
        ("classes=open", 1),
        ("classes=open,4", 2),
        ("classes=pointing", 1),
        ("classes=point", 1),
        ("classes=3", 0),
        ("classes=2&score_threshold=0.1", 1),
    ],
)
def test_what_is_allowed_selects(client: FlaskClient, png: bytes, query: str, found: int) -> None:
    answer = client.post(f"/predict?{query}", data=png, content_type="image/png")
    assert answer.status_code == 200, answer.text
    assert len(answer.get_json()["detections"]) == found


def test_form_fields_count_like_the_query_string(client: FlaskClient, png: bytes) -> None:
    data = {"image": (BytesIO(png), "a.png"), "score_threshold": "0.9"}
    answer = client.post("/predict", data=data)
    assert len(answer.get_json()["detections"]) == 1
    data = {"image": (BytesIO(png), "a.png"), "score_threshold": "0.9"}
    assert client.post("/predict?score_threshold=0.9", data=data).status_code == 400
    data = {"image": (BytesIO(png), "a.png"), "score_threshold": ""}
    assert client.post("/predict", data=data).status_code == 400


def test_a_browsers_empty_fields_count_as_not_sent() -> None:
    assert to_parameters(parse_fields([("classes", ""), ("schema", " ")], skip_empty=True)) == (
        PredictionParameters()
    )


def test_coco_is_a_list_of_results(client: FlaskClient, png: bytes) -> None:
    answer = client.post("/predict?schema=coco", data=png, content_type="image/png")
    assert answer.get_json() == [
        {
            "image_id": 0,
            "category_id": 1,
            "bbox": [12.8, 3.2, 12.8, 12.8],
            "score": pytest.approx(0.94),
        },
        {
            "image_id": 0,
            "category_id": 4,
            "bbox": [32.0, 8.0, 16.0, 24.0],
            "score": pytest.approx(0.75),
        },
    ]
    assert answer.headers["X-Model-Version"] == "1"


def test_the_specification_and_the_form_come_from_the_table(client: FlaskClient) -> None:
    operation = client.get("/swagger.json").get_json()["paths"]["/predict"]["post"]
    described = {each["name"]: each for each in operation["parameters"] if each["in"] == "query"}
    assert list(described) == [each.name for each in PARAMETERS]
    page = client.get("/").text
    for each in PARAMETERS:
        assert described[each.name]["description"] == each.description
        assert described[each.name].items() >= each.schema.items()
        assert (f'name="{each.name}"' in page) is (each.form is not None)


def test_the_defaults_that_are_described_are_those_that_count() -> None:
    for each in PARAMETERS:
        default = getattr(PredictionParameters(), each.attribute or each.name)
        assert each.schema.get("default") == default

"""Every error is a problem with the status that the contract names, and tells nothing of ours."""

import inspect
import io

import pytest
from flask.testing import FlaskClient

from client_api import errors
from client_api.app import create_app
from client_api.errors import GatewayError
from client_api.settings import Settings
from serving_protocol.client_errors import (
    AnswerTooLarge,
    ModelNotFound,
    ModelServerBroken,
    ModelServerError,
    ModelServerTimeout,
    ModelServerUnavailable,
    PredictionRefused,
)
from tests.client_api.conftest import NewClient
from tests.support.fake_model_server import FakeModelServer, FakeVersion

ERRORS = [
    each
    for _, each in inspect.getmembers(errors, inspect.isclass)
    if issubclass(each, GatewayError) and each is not GatewayError
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_every_error_has_a_status(error: type[GatewayError]) -> None:
    assert error.status in {400, 401, 404, 406, 408, 413, 415, 422, 429, 502, 503, 504}
    assert (error.retry_after_s is not None) == (error.status == 503)


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (ModelServerUnavailable("10.0.0.7 refused"), 503),
        (ModelServerTimeout("10.0.0.7"), 504),
        (ModelNotFound("Servable not found"), 404),
        (PredictionRefused("/models/x tensor"), 502),
        (AnswerTooLarge("4194304"), 502),
        (ModelServerBroken("Traceback"), 502),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_what_the_model_server_says_becomes_a_status_and_stays_in_the_log(
    client: FlaskClient, fake: FakeModelServer, png: bytes, failure: ModelServerError, status: int
) -> None:
    fake.failure = failure
    answer = client.post("/predict", data=png, content_type="image/png")
    assert answer.status_code == status
    assert ("Retry-After" in answer.headers) == (status == 503)
    problem = answer.get_json()
    assert set(problem) == {"type", "title", "status", "detail", "error", "request_id"}
    assert problem["error"] == problem["detail"]
    assert problem["status"] == status
    assert problem["request_id"] == answer.headers["X-Request-ID"]
    assert str(failure) not in answer.text


def test_an_image_that_cannot_be_read_is_said_so_while_the_model_server_is_away(
    client: FlaskClient, fake: FakeModelServer, png: bytes
) -> None:
    fake.failure = ModelServerUnavailable("away")
    for body, status in ((b"%PDF-1.7", 415), (png[:-30], 415), (png, 503)):
        answer = client.post("/predict", data=body, content_type="image/png")
        assert answer.status_code == status


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/predict", 405),
        ("PUT", "/predict", 405),
        ("POST", "/", 405),
        ("DELETE", "/models", 405),
        ("POST", "/healthz", 405),
        ("GET", "/static/nothing.css", 404),
        ("GET", "/swaggerui/../app.py", 404),
        ("GET", "/models/unknown", 404),
        ("GET", "/models/unknown/label_map", 404),
        ("GET", "/models/..%2f..", 404),
        ("GET", "/models/%00", 404),
        ("GET", "/?model=unknown", 404),
        ("POST", "/v1/nothing", 404),
        ("POST", "/models//predict", 405),
    ],
)
def test_unknown_paths_and_methods_are_problems(
    client: FlaskClient, method: str, path: str, status: int
) -> None:
    answer = client.open(path, method=method)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert answer.get_json()["status"] == status
    assert ("Allow" in answer.headers) == (status == 405)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Server-Timing"]


def test_a_crash_is_a_problem_without_a_word_of_ours(
    fake: FakeModelServer, png: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    def crash(images: int) -> dict[str, object]:
        raise ZeroDivisionError("secret in /etc/passwd")

    fake.models["hands"][1] = FakeVersion(answer=crash)  # type: ignore[arg-type]  # it never returns
    client = create_app(Settings(model_name="hands"), fake).test_client()
    answer = client.post("/predict", data=png, content_type="image/png")
    assert answer.status_code == 500
    assert answer.content_type == "application/problem+json"
    assert "secret" not in answer.text
    assert "ZeroDivision" in caplog.text


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/models/nobody/predict", "model nobody is unknown"),
        ("/models/hands/versions/7/predict", "version 7 of model hands"),
        ("/models/hands/versions/-1/predict", "'-1'"),
        ("/models/hands/versions/one/predict", "'one'"),
        ("/models/hands/versions/99999999999999999999/predict", "whole numbers"),
        ("/models/hands/labels/canary/predict", "label canary of model hands"),
    ],
)
def test_unknown_models_versions_and_labels_are_told_apart(
    client: FlaskClient, png: bytes, path: str, named: str
) -> None:
    answer = client.post(path, data=png, content_type="image/png")
    assert answer.status_code == 404
    assert named in answer.get_json()["detail"]


@pytest.mark.parametrize(
    "path",
    ["/predict", "/models/hands/versions/1/predict", "/models/hands/labels/stable/predict"],
)
def test_a_model_that_is_known_and_still_loading_is_a_503(
    client: FlaskClient, fake: FakeModelServer, png: bytes, path: str
) -> None:
    fake.models["hands"][1] = FakeVersion(state="LOADING")
    answer = client.post(path, data=png, content_type="image/png")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "hands" in answer.get_json()["detail"]


def test_a_version_chosen_by_path_answers(
    client: FlaskClient, fake: FakeModelServer, png: bytes
) -> None:
    fake.models["hands"][2] = FakeVersion(labels=["stable"])
    for path, version in (
        ("/predict", "2"),
        ("/models/hands/predict", "2"),
        ("/models/hands/versions/1/predict", "1"),
        ("/models/hands/versions/01/predict", "1"),
        ("/models/hands/labels/stable/predict", "2"),
    ):
        answer = client.post(path, data=png, content_type="image/png")
        assert answer.get_json()["model"] == {"name": "hands", "version": version}


def test_a_wrong_or_missing_api_key_is_a_401(new_client: NewClient, png: bytes) -> None:
    client = new_client(api_key="right")
    wrong: list[dict[str, str]] = [
        {},
        {"X-API-Key": "wrong"},
        {"X-API-Key": ""},
        {"X-API-Key": "righ"},
        {"X-API-Key": "rìght"},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic right"},
        {"Authorization": "right"},
        {"Authorization": "Bearer"},
    ]
    for headers in wrong:
        answer = client.post("/predict", data=png, content_type="image/png", headers=headers)
        assert answer.status_code == 401, headers
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert "right" not in answer.text
    for headers in ({"X-API-Key": "right"}, {"Authorization": "bearer right"}):
        answer = client.post("/predict", data=png, content_type="image/png", headers=headers)
        assert answer.status_code == 200
    assert client.get("/models").status_code == 200
    assert client.get("/healthz").status_code == 200


def test_the_key_is_asked_for_before_the_body_is_looked_at(new_client: NewClient) -> None:
    client = new_client(api_key="right", max_request_bytes=10)
    answer = client.post("/predict", data=bytes(100), content_type="text/plain")
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("abc-1.2_Z", True),
        ("a" * 128, True),
        ("a" * 129, False),
        ("", False),
        ("a b", False),
        ("a/b", False),
        ("ä", False),
    ],
)
def test_a_usable_request_id_is_kept(client: FlaskClient, sent: str, kept: bool) -> None:
    for path in ("/healthz", "/nothing"):
        answer = client.get(path, headers={"X-Request-ID": sent})
        assert (answer.headers["X-Request-ID"] == sent) == kept
        assert answer.headers["X-Request-ID"]


class _Slow(io.RawIOBase):
    """A body that the server gives up waiting for."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        raise TimeoutError("too slow")


@pytest.mark.parametrize(
    "content_type", ["image/png", "application/json", "multipart/form-data; boundary=x"]
)
def test_a_body_that_comes_too_slowly_is_a_408(client: FlaskClient, content_type: str) -> None:
    answer = client.post(
        "/predict",
        content_type=content_type,
        environ_overrides={
            "CONTENT_LENGTH": "1000",
            "wsgi.input": _Slow(),
            "wsgi.input_terminated": True,
        },
    )
    assert answer.status_code == 408
    assert "too slowly" in answer.get_json()["detail"]

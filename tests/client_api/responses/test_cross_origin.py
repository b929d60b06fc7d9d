"""Which pages of other origins may read answers."""

import pytest
from flask.testing import FlaskClient

from client_api.setting_values import SettingError
from client_api.settings import Settings
from tests.client_api.conftest import NewClient

ORIGIN = "https://boxes.example.com"
PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "content-type,x-api-key",
}
PATHS = ("/healthz", "/models", "/nothing", "/predict")


@pytest.mark.parametrize("path", PATHS)
def test_without_the_setting_no_page_may_read_anything(client: FlaskClient, path: str) -> None:
    for ask, more in ((client.get, {}), (client.options, PREFLIGHT)):
        answer = ask(path, headers={"Origin": ORIGIN} | more)
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize("path", PATHS)
def test_a_page_of_a_listed_origin_may_read_errors_too(new_client: NewClient, path: str) -> None:
    client = new_client(allow_origins=(ORIGIN, "http://localhost:8080"))
    answer = client.get(path, headers={"Origin": ORIGIN})
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "X-Request-ID" in answer.headers["Access-Control-Expose-Headers"]
    assert "Origin" in answer.vary


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "http://boxes.example.com", "https://boxes.example.com.evil.example",
     "https://boxes.example.com:444", "null", "", "*"],
)  # fmt: skip
def test_no_other_page_may(new_client: NewClient, origin: str) -> None:
    client = new_client(allow_origins=(ORIGIN,))
    for ask, more in ((client.get, {}), (client.options, PREFLIGHT)):
        answer = ask("/models", headers={"Origin": origin} | more)
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]
        # Who keeps answers keeps them by origin.
        assert "Origin" in answer.vary


def test_a_preflight_needs_no_key_and_asks_for_nothing(new_client: NewClient, png: bytes) -> None:
    client = new_client(allow_origins=(ORIGIN,), api_key="right")
    answer = client.options("/predict", headers={"Origin": ORIGIN} | PREFLIGHT)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert {"X-API-Key", "Content-Type", "Authorization"} <= set(
        answer.headers["Access-Control-Allow-Headers"].split(", ")
    )
    assert "Access-Control-Allow-Credentials" not in answer.headers
    headers = {"Origin": ORIGIN, "X-API-Key": "right"}
    asked = client.post("/predict", data=png, content_type="image/png", headers=headers)
    assert asked.status_code == 200
    assert asked.headers["Access-Control-Allow-Origin"] == ORIGIN


def test_any_origin_is_a_star(new_client: NewClient) -> None:
    answer = new_client(allow_origins=("*",)).get("/models", headers={"Origin": "null"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "value", ["boxes.example.com", "https://a.example/", "https://a.example/path", "HTTPS://A.example",
              "https://a.example,", "https://*.example", "ftp://a.example"],
)  # fmt: skip
def test_what_is_no_origin_stops_the_start(value: str) -> None:
    with pytest.raises(SettingError, match="ALLOW_ORIGINS="):
        Settings.from_environment({"MODEL_NAME": "hands", "ALLOW_ORIGINS": value})

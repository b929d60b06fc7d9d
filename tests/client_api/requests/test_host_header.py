"""What a request may call this server; whatever it calls it, the answer is no 5xx."""

from ipaddress import ip_network

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import create_environ, run_wsgi_app
from werkzeug.wrappers import Response

from client_api.app import create_app
from client_api.requests.host_header import is_host
from client_api.settings import Settings
from tests.client_api.conftest import NewClient
from tests.support.fake_model_server import FakeModelServer

LONGEST_NAME = ".".join(["a" * 63] * 3 + ["b" * 61])
HOSTS = [
    "localhost", "localhost:5000", "localhost:", "client_api:5000", "127.0.0.1:65535", "[::1]",
    "[2001:db8::1]:80", "camera.example.", "xn--mnchen-3ya.de", "a" * 63, LONGEST_NAME,
]  # fmt: skip
NO_HOSTS = [
    "", "a" * 64, "xn--" + "a" * 61, "xn--" + "a" * 59, LONGEST_NAME + "c", "a..b", ".a", "..", ".",
    "a b", "a\tb", "m\xfcnchen.de", "\xc3\xbc", "localhost:0", "localhost:65536", "localhost:99999",
    "localhost:-1", "localhost:http", "localhost:80:80", "localhost:000000080", "::1", "[::1",
    "[zz]", "[::1]x", "[1.2.3.4]", "user@host", "host/path", "a,b", "*", "%41", "<b>", "host?",
    "host#",
]  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
def test_a_host_is_taken(client: FlaskClient, host: str) -> None:
    assert is_host(host)
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", NO_HOSTS)
@pytest.mark.parametrize("path", ["/healthz", "/", "/predict", "/nothing"])
def test_what_is_no_host_is_a_400_that_shows_it(client: FlaskClient, host: str, path: str) -> None:
    answer = asked(client, path, host)
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    assert f"not {host[:100]!r}" in answer.get_json()["detail"]
    assert answer.headers["X-Request-ID"] == answer.get_json()["request_id"]


def asked(client: FlaskClient, path: str, host: str, version: str = "HTTP/1.1") -> Response:
    """Past the test client, which fails on some hosts itself."""
    environ = create_environ(path) | {"HTTP_HOST": host, "SERVER_PROTOCOL": version}
    return Response(*run_wsgi_app(client.application, environ))


def test_a_host_is_needed_since_http_1_1(client: FlaskClient) -> None:
    answers = [asked(client, "/healthz", "", version) for version in ("HTTP/1.0", "HTTP/1.1")]
    assert [each.status_code for each in answers] == [200, 400]


def test_a_trusted_proxy_that_tells_no_host_is_not_believed(new_client: NewClient) -> None:
    client = new_client(trusted_proxies=(ip_network("127.0.0.0/8"),))
    for host in NO_HOSTS:
        answer = client.get("/healthz", headers={"X-Forwarded-Host": host})
        assert answer.status_code == 200, host


FUZZED = create_app(Settings(model_name="hands"), FakeModelServer())


@settings(max_examples=150, deadline=None)
@given(host=st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=300))
def test_no_host_breaks_the_gateway(host: str) -> None:
    answer = asked(FUZZED.test_client(), "/healthz", host)
    assert answer.status_code == (200 if is_host(host) else 400)

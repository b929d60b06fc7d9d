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
def test_a_host_is_taken(new_client: NewClient, host: str) -> None:
    assert is_host(host)
    client = new_client(allowed_hosts=("*",))
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


LOCAL = [
    "localhost", "localhost:5000", "LOCALHOST", "gateway:5000", "client_api", "127.0.0.1",
    "10.1.2.3:80", "[::1]:5000", "[2001:db8::1]", "8.8.8.8", "boxes.localhost", "nas.local",
    "nas.local.", "pi.lan:5000", "a.b.home.arpa", "host.docker.internal", "gateway.test:8443",
    "gateway.default.svc.cluster.local",
]  # fmt: skip
STRANGE = [
    "evil.example", "evil.example:5000", "evil.example.", "localhost.evil.example", "lan.com",
    "evil-localhost.com", "notlocal.net", "127.0.0.1.nip.io", "10.1.2.3.evil.example",
    "xn--mnchen-3ya.de",
]  # fmt: skip


@pytest.mark.parametrize("host", LOCAL)
def test_local_names_and_addresses_are_allowed(client: FlaskClient, host: str) -> None:
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", STRANGE)
@pytest.mark.parametrize("path", ["/healthz", "/", "/models", "/nothing"])
def test_a_name_that_a_stranger_can_own_is_refused(
    client: FlaskClient, host: str, path: str
) -> None:
    answer = client.get(path, headers={"Host": host})
    assert answer.status_code == 400
    assert f"Host: {host!r} is not allowed" in answer.get_json()["detail"]


def test_a_rebound_page_asks_for_no_prediction(
    client: FlaskClient, fake: FakeModelServer, png: bytes
) -> None:
    headers = {
        "Host": "evil.example",
        "Origin": "http://evil.example",
        "X-Forwarded-Host": "localhost",
    }
    answer = client.post("/predict", data=png, content_type="image/png", headers=headers)
    assert answer.status_code == 400
    assert fake.requests == []


def test_names_that_the_operator_lists_are_allowed(new_client: NewClient) -> None:
    client = new_client(allowed_hosts=("Boxes.Example.com", ".example.org", "rooted.example."))
    for host, status in {
        "boxes.example.com:443": 200, "BOXES.example.com": 200, "example.org": 200,
        "a.b.example.org": 200, "localhost": 200, "127.0.0.1": 200, "example.com": 400,
        "x.boxes.example.com": 400, "badexample.org": 400, "rooted.example": 200,
        "rooted.example.": 200, "home.arpa": 200,
    }.items():  # fmt: skip
        assert client.get("/healthz", headers={"Host": host}).status_code == status, host


def test_what_a_trusted_proxy_passes_on_is_allowed(new_client: NewClient) -> None:
    client = new_client(trusted_proxies=(ip_network("127.0.0.0/8"),))
    for headers in ({"Host": "a.example.com"}, {"X-Forwarded-Host": "a.example.com"}):
        assert client.get("/healthz", headers=headers).status_code == 200
        peer = {"REMOTE_ADDR": "10.0.0.1"}
        answer = client.get("/healthz", headers={"Host": "a.example.com"}, environ_base=peer)
        assert answer.status_code == 400


FUZZED = create_app(Settings(model_name="hands", allowed_hosts=("*",)), FakeModelServer())


@settings(max_examples=150, deadline=None)
@given(host=st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=300))
def test_no_host_breaks_the_gateway(host: str) -> None:
    answer = asked(FUZZED.test_client(), "/healthz", host)
    assert answer.status_code == (200 if is_host(host) else 400)

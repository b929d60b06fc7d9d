"""Whose `X-Forwarded-` headers are believed, and what becomes of them."""

from ipaddress import ip_network

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from client_api.requests.forwarded import Forwarded

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.fixture
def client() -> FlaskClient:
    app = Flask(__name__)

    @app.get("/seen")
    def seen() -> dict[str, str | None]:
        return {"for": request.remote_addr, "url": request.url}

    app.wsgi_app = Forwarded(app.wsgi_app, TRUSTED)  # type: ignore[method-assign]  # Flask's own way
    return app.test_client()


def seen(client: FlaskClient, peer: str, **headers: str) -> tuple[str, str]:
    named = {f"X-Forwarded-{name}": value for name, value in headers.items()}
    answer = client.get("/seen", headers=named, environ_base={"REMOTE_ADDR": peer})
    document = answer.get_json()
    return document["for"], document["url"]


def test_a_trusted_proxy_is_believed_in_all(client: FlaskClient) -> None:
    headers = {"For": "8.8.8.8", "Proto": "https", "Host": "a.example:8443", "Prefix": "/vision"}
    assert seen(client, "10.1.2.3", **headers) == (
        "8.8.8.8",
        "https://a.example:8443/vision/seen",
    )


def test_anyone_else_is_believed_in_nothing(client: FlaskClient) -> None:
    headers = {"For": "8.8.8.8", "Proto": "https", "Host": "a.example", "Prefix": "/vision"}
    assert seen(client, "9.9.9.9", **headers) == ("9.9.9.9", "http://localhost/seen")


def test_this_machine_is_believed_in_the_prefix_alone(client: FlaskClient) -> None:
    headers = {"For": "8.8.8.8", "Proto": "https", "Host": "a.example", "Prefix": "/vision/a_b-c/"}
    for peer in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
        assert seen(client, peer, **headers) == (peer, "http://localhost/vision/a_b-c/seen")


@pytest.mark.parametrize(
    ("hops", "caller"),
    [
        ("8.8.8.8", "8.8.8.8"),
        # What is left of the last address that is no proxy's came from that address.
        ("1.2.3.4, 8.8.8.8, 10.0.0.9", "8.8.8.8"),
        ("10.0.0.8, 10.0.0.9", "10.0.0.8"),
        ("8.8.8.8:4711", "8.8.8.8"),
        ("[2001:db8::1]:4711, fd00::2", "2001:db8::1"),
        ("::ffff:8.8.8.8", "8.8.8.8"),
        ("unknown", "10.1.2.3"),
        ("8.8.8.8, <script>", "10.1.2.3"),
        ("", "10.1.2.3"),
    ],
)
def test_the_caller_is_the_last_who_is_no_proxy(
    client: FlaskClient, hops: str, caller: str
) -> None:
    assert seen(client, "10.1.2.3", For=hops)[0] == caller


@pytest.mark.parametrize(
    "prefix", ["", "/", "vision", "//evil.example", "/a//b", "/..", "/a/../b", '/"><b>', "/a b"]
)
def test_what_is_no_prefix_is_none(client: FlaskClient, prefix: str) -> None:
    assert seen(client, "10.1.2.3", Prefix=prefix)[1] == "http://localhost/seen"


def test_what_is_no_host_or_scheme_is_not_taken(client: FlaskClient) -> None:
    for host in ("", "a b", "a.example/path", "user@a.example", "[::1"):
        assert seen(client, "10.1.2.3", Host=host, Proto="gopher")[1] == "http://localhost/seen"


def test_the_nearest_proxy_knows_best(client: FlaskClient) -> None:
    headers = {"Proto": "http, https", "Host": "b.example, a.example", "Prefix": "/x, /y"}
    assert seen(client, "10.1.2.3", **headers)[1] == "https://a.example/y/seen"

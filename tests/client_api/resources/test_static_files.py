"""Scripts and styles: kept where they can be, small on the way, and of the type that they are."""

import gzip
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from client_api.app import warm_up
from client_api.resources.static_files import files_in, version_of

GZIP = {"Accept-Encoding": "gzip, deflate, br"}


@pytest.fixture
def versioned(client: FlaskClient) -> str:
    """Where the page says that the static files are."""
    found = re.search(r'"(/static/v-[0-9a-f]+/)[^"]*"', client.get("/").text)
    assert found is not None
    return found.group(1)


def test_what_the_page_names_is_kept_for_a_year(client: FlaskClient, versioned: str) -> None:
    answer = client.get(f"{versioned}page.css")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("folder", ["/static/", "/static/v-0123456789abcdef/"])
def test_what_another_version_named_is_asked_for_again(client: FlaskClient, folder: str) -> None:
    first = client.get(f"{folder}page.css")
    assert first.status_code == 200
    assert first.headers["Cache-Control"] == "no-cache"
    again = client.get(f"{folder}page.css", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.data == b""


def test_scripts_are_scripts_to_those_who_do_not_sniff(client: FlaskClient, versioned: str) -> None:
    answer = client.get(f"{versioned}docs.js")
    assert answer.content_type == "text/javascript; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get(f"{versioned}page.css").mimetype == "text/css"
    assert client.get(f"{versioned}icon.svg").mimetype == "image/svg+xml"


@pytest.mark.parametrize("name", ["page.css", "docs.js", "swagger-ui/swagger-ui-bundle.js"])
def test_text_is_sent_smaller_to_those_who_read_gzip(
    client: FlaskClient, versioned: str, name: str
) -> None:
    plain, smaller = client.get(versioned + name), client.get(versioned + name, headers=GZIP)
    assert "Content-Encoding" not in plain.headers
    assert smaller.headers["Content-Encoding"] == "gzip"
    assert len(smaller.data) < len(plain.data)
    assert gzip.decompress(smaller.data) == plain.data
    # Else a cache would hand one to those who asked for the other.
    assert plain.headers["ETag"] != smaller.headers["ETag"]
    assert plain.headers["Vary"] == smaller.headers["Vary"] == "Accept-Encoding"
    refusing = client.get(versioned + name, headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in refusing.headers


@pytest.mark.parametrize(
    "name", ["nothing.js", "../app.py", "%2e%2e/app.py", "page/../../app.py", "/etc/passwd", ""]
)
def test_nothing_else_is_there(client: FlaskClient, name: str) -> None:
    answer = client.get(f"/static/{name}", follow_redirects=True)
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"


def test_the_version_changes_with_any_file_and_any_name(tmp_path: Path) -> None:
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "a.js").write_text("1")
    seen = [version_of(files_in(tmp_path))]
    (tmp_path / "page" / "a.js").write_text("2")
    seen.append(version_of(files_in(tmp_path)))
    (tmp_path / "page" / "a.js").rename(tmp_path / "page" / "b.js")
    seen.append(version_of(files_in(tmp_path)))
    assert len(set(seen)) == 3
    assert version_of(files_in(tmp_path)) == seen[-1]


def test_a_process_that_serves_has_the_page_ready(client: FlaskClient) -> None:
    warm_up(client.application)
    files = client.application.extensions["static"]
    waiting = {name for name, file in files.items() if "compressed" not in vars(file)}
    assert waiting == {"swagger-ui/swagger-ui.css", "swagger-ui/swagger-ui-bundle.js"}


def test_pages_and_lists_are_sent_smaller_too(client: FlaskClient) -> None:
    for path in ("/", "/swagger.json"):
        plain, smaller = client.get(path), client.get(path, headers=GZIP)
        assert gzip.decompress(smaller.data) == plain.data
        assert "Accept-Encoding" in smaller.headers["Vary"]
        assert smaller.content_length == len(smaller.data)
    # A small one is sent as it is.
    assert "Content-Encoding" not in client.get("/healthz", headers=GZIP).headers


def test_a_prediction_is_not_compressed(client: FlaskClient, png: bytes) -> None:
    answer = client.post("/predict", data=png, content_type="image/png", headers=GZIP)
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["Vary"] == "Accept"

"""The gateway behind a reverse proxy that serves it below a path."""

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import httpx
import pytest

from tests.support.gateway_process import GatewayProcess
from tests.support.reverse_proxy import behind_prefix

PREFIX = "/vision/hands"


@pytest.fixture(scope="module")
def proxied(gateway: GatewayProcess) -> Iterator[httpx.Client]:
    with (
        behind_prefix(gateway.url, PREFIX) as url,
        httpx.Client(base_url=url, trust_env=False, timeout=30) as client,
    ):
        yield client


def links_of(page: httpx.Response) -> list[str]:
    found = re.findall(r"""\s(?:href|src|action|data-specification)="([^"]*)\"""", page.text)
    return [urljoin(str(page.url), each) for each in found if not each.startswith("data:")]


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_every_link_of_a_page_leads_somewhere_below_the_prefix(
    proxied: httpx.Client, path: str
) -> None:
    page = proxied.get(path)
    assert page.status_code == 200
    links = links_of(page)
    assert len(links) > 3
    for link in links:
        assert urlsplit(link).path.startswith(f"{PREFIX}/"), link
        if not urlsplit(link).path.endswith(("/predict", "/readyz")):
            assert proxied.get(link).status_code == 200, link


def test_the_form_answers_with_a_page_whose_links_do_too(proxied: httpx.Client, png: bytes) -> None:
    page = proxied.post("/predict", files={"image": png}, headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert all(urlsplit(link).path.startswith(f"{PREFIX}/") for link in links_of(page))


def test_the_specification_tells_the_prefix_to_those_behind_it_alone(
    proxied: httpx.Client, gateway: GatewayProcess
) -> None:
    for _ in range(2):
        assert proxied.get("/swagger.json").json()["basePath"] == PREFIX
        with gateway.client() as direct:
            assert direct.get("/swagger.json").json()["basePath"] == "/"


def test_a_redirect_stays_below_the_prefix(proxied: httpx.Client) -> None:
    # Doubled slashes are merged by a redirect.
    answer = proxied.get("/models//hands?a=b")
    assert answer.status_code == 308
    assert answer.headers["Location"] == f"{PREFIX}/models/hands?a=b"


def test_a_redirect_never_leads_to_another_host(gateway: GatewayProcess) -> None:
    with gateway.client() as client:
        answer = client.get("/models//hands", headers={"Host": "evil.local"})
        assert answer.status_code == 308
        assert answer.headers["Location"] == "/models/hands"

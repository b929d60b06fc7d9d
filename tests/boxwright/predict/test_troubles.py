"""Gateways that refuse, are busy, go away, or are none."""

import json
from pathlib import Path

import pytest

from tests.boxwright.gateways import Answer, Asked, gateway, problem
from tests.boxwright.predict.asking import open_hand, predict
from tests.support.waiting import free_port

# A client sees the connection end in the middle.
CUT_SHORT = {"Content-Length": "1000", "Connection": "close"}


def test_a_refused_image_is_reported_and_the_others_go_on(photos: Path) -> None:
    def refuse_one(asked: Asked) -> Answer:
        if asked.parts["image"][0] == "a.png":
            return problem(415, "the PNG image is broken [or] cut short")
        return open_hand(asked)

    with gateway(refuse_one) as (url, _):
        result = predict(url, photos, "--format", "jsonl")
    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 3
    reported = " ".join(result.stderr.split())
    assert "HTTP 415: the PNG image is broken [or] cut short" in reported
    assert "1 of 4 images failed" in reported


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_gateway_is_asked_again_when_it_says(photos: Path, status: int) -> None:
    def busy_twice(asked: Asked) -> Answer:
        return problem(status, "later", Retry_After="0") if len(answers) < 3 else open_hand(asked)

    with gateway(busy_twice) as (url, answers):
        assert predict(url, photos / "a.png").exit_code == 0
    assert len(answers) == 3


def test_a_gateway_that_stays_busy_is_given_up(photos: Path) -> None:
    with gateway(lambda asked: problem(503, "loading", Retry_After="0")) as (url, asked):
        result = predict(url, photos / "a.png")
    assert result.exit_code == 1
    assert "HTTP 503: loading" in " ".join(result.stderr.split())
    assert result.stdout == "", "a table without rows tells nothing"
    assert len(asked) == 5


def test_no_gateway_is_said_at_once(photos: Path) -> None:
    result = predict(f"http://127.0.0.1:{free_port()}", photos)
    assert result.exit_code == 1
    assert "is the gateway up?" in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize("form", ["table", "jsonl", "coco"])
def test_what_was_answered_is_kept_where_the_gateway_goes_away(photos: Path, form: str) -> None:
    def answer_once(asked: Asked) -> Answer:
        return open_hand(asked) if len(answers) == 1 else Answer(b"{", headers=CUT_SHORT)

    with gateway(answer_once) as (url, answers):
        images = (photos / "a.png", photos / "b.JPG", photos / "deep")
        result = predict(url, *images, "--jobs", 1, "--format", form)
    assert result.exit_code == 1
    assert "1 of 4 images were done before" in " ".join(result.stderr.split())
    assert "0.94" in result.stdout
    if form == "coco":
        assert len(json.loads(result.stdout)) == 2


@pytest.mark.parametrize("url", ["nonsense", "http://127.0.0.1:port", "ftp://127.0.0.1"])
def test_a_url_that_is_none_is_named(photos: Path, url: str) -> None:
    result = predict(url, photos)
    assert isinstance(result.exception, SystemExit)
    assert result.exit_code == 1
    assert url in result.stderr


@pytest.mark.parametrize("body", [b"<html>hello</html>", b"[]", b'{"status": "ok"}', b""])
def test_another_server_is_not_taken_for_a_gateway(photos: Path, body: bytes) -> None:
    with gateway(lambda asked: Answer(body)) as (url, _):
        result = predict(url, photos / "a.png")
    assert isinstance(result.exception, SystemExit)
    assert "is it a gateway?" in " ".join(result.stderr.split())


def test_an_error_that_is_no_json_is_described(photos: Path) -> None:
    with gateway(lambda asked: Answer(b"<html>no</html>", 502, "text/html")) as (url, _):
        result = predict(url, photos / "a.png")
    assert "HTTP 502 with an HTML page of 15 bytes" in " ".join(result.stderr.split())

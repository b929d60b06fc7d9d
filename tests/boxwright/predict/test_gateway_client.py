"""A gateway as its client sees it."""

from pathlib import Path

import httpx
import pytest

from boxwright.predict.gateway_client import GatewayClient, GatewayRefused, PredictOptions


def test_a_caller_over_its_rate_waits_as_long_as_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [
        httpx.Response(429, headers={"Retry-After": "57"}),
        httpx.Response(429, headers={"Retry-After": "86400"}),
        httpx.Response(200, json={"detections": []}),
    ]
    transport = httpx.MockTransport(lambda request: answers.pop(0))
    asked = GatewayClient("http://gateway", transport=transport)
    image = tmp_path / "a.png"
    image.write_bytes(b"an image")
    waited: list[float] = []
    monkeypatch.setattr(asked._is_stopped, "wait", waited.append)
    assert asked.predict(image, PredictOptions()) == {"detections": []}
    # A minute at most, whatever somebody's proxy says.
    assert waited == [57.0, 60.0]


@pytest.mark.parametrize(
    ("model", "listed", "told"),
    [
        ("dogs", ["cells", "hands"], "model dogs is unknown; --model is one of cells, hands"),
        ("dogs", [], "model dogs is unknown; the gateway has no models"),
        ("dogs", None, "model dogs is unknown"),
        # The model is there, and something else is not.
        ("cells", ["cells", "hands"], "model cells is unknown"),
    ],
)
def test_who_asks_for_an_unknown_model_is_told_the_others(
    tmp_path: Path, model: str, listed: list[str] | None, told: str
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/models":
            return httpx.Response(404, json={"detail": f"model {model} is unknown"})
        if listed is None:
            return httpx.Response(502, text="<html>")
        return httpx.Response(200, json={"models": [{"name": each} for each in listed]})

    client = GatewayClient("http://gateway", transport=httpx.MockTransport(answer))
    image = tmp_path / "a.png"
    image.write_bytes(b"an image")
    with pytest.raises(GatewayRefused) as refused:
        client.predict(image, PredictOptions(model=model))
    assert str(refused.value) == f"HTTP 404: {told}"

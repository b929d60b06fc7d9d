"""A gateway as its client sees it."""

from pathlib import Path

import httpx
import pytest

from boxwright.predict.gateway_client import GatewayClient, PredictOptions


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

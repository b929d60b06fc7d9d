"""What two clients of DeepStack's API do, each written down from its source, to a running gateway.

Frigate's detector plugin and deepstack-python; both send with `requests`, whose form is built here.
"""

import json
from typing import Any

import httpx

from tests.support.gateway_process import GatewayProcess

# The gateway of these tests has no label maps: a class is called by its number.
LABELS = {0: "person", 1: "1", 4: "4"}
ROWS = 20


def form_of_requests(fields: dict[str, str], image: bytes) -> tuple[bytes, str]:
    """Fields first; the file is called as its field, and has no content type."""
    boundary = "7f5d4a2c9e8b"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="image"\r\n\r\n'
    end = f"\r\n--{boundary}--\r\n"
    body = b"".join(parts) + head.encode() + image + end.encode()
    return body, f"multipart/form-data; boundary={boundary}"


def posted(gateway: GatewayProcess, path: str, fields: dict[str, str], image: bytes) -> Any:
    body, content_type = form_of_requests(fields, image)
    with gateway.client() as client:
        headers = {"Content-Type": content_type, "Accept": "*/*"}
        return client.post(path, content=body, headers=headers)


def rows_of_frigate(
    answer: httpx.Response, width: int, height: int
) -> list[tuple[int, float, float, float, float, float]]:
    """The plugin's rows of label, confidence, y_min, x_min, y_max, x_max, in 0..1.

    It ends at the first that is below 0.4 or has a label that it does not know.
    """
    predictions = json.loads(answer.content).get("predictions")
    rows: list[tuple[int, float, float, float, float, float]] = []
    for found in predictions or []:
        known = [number for number, name in LABELS.items() if name == found["label"].lower()]
        if found["confidence"] < 0.4 or not known:
            break
        corners = [found["y_min"] / height, found["x_min"] / width]
        corners += [found["y_max"] / height, found["x_max"] / width]
        assert all(0 <= each <= 1 for each in corners)
        rows.append((known[0], float(found["confidence"]), *corners))
    assert len(rows) <= ROWS
    return rows


def test_frigate_reads_what_is_found(gateway: GatewayProcess, png: bytes) -> None:
    answer = posted(gateway, "/v1/vision/detection", {"api_key": ""}, png)
    assert rows_of_frigate(answer, 64, 32) == [
        (1, 0.94, 3 / 32, 13 / 64, 16 / 32, 26 / 64),
        (4, 0.75, 8 / 32, 32 / 64, 32 / 32, 48 / 64),
    ]


def test_frigate_takes_an_error_for_nothing_found(gateway: GatewayProcess) -> None:
    answer = posted(gateway, "/v1/vision/detection", {"api_key": ""}, b"no image")
    assert rows_of_frigate(answer, 320, 320) == []


def test_deepstack_python_reads_what_is_found(gateway: GatewayProcess, png: bytes) -> None:
    for path in ("/v1/vision/detection", "/v1/vision/custom/hands"):
        answer = posted(gateway, path, {"api_key": ""}, png)
        assert answer.status_code == 200
        found = answer.json()["predictions"]
        assert [(each["label"], float(each["confidence"])) for each in found] == [
            ("1", 0.94),
            ("4", 0.75),
        ]
    # Which it takes for a wrong address.
    assert posted(gateway, "/v1/vision/custom/none", {"api_key": ""}, png).status_code == 404

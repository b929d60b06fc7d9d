"""The requests of `benchmarks.soak`, and what is right for each."""

import io
import json
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import grpc
import httpx
import numpy as np
from PIL import Image

from serving_protocol.messages import ModelSpec, PredictRequest, TensorProto
from serving_protocol.services import PredictionServiceStub

MODEL = "hands-gestures"
TIMEOUT_S = 60.0
TOLERANCE = 1e-3
LARGE_SIDE = 12
TRICKLE_PIECES, TRICKLE_PAUSE_S = 8, 0.15
TOO_LONG_BYTES = 21_000_000


class Outcome(Enum):
    """What became of a request."""

    RIGHT = "answered right"
    REFUSED = "refused as documented"
    WRONG = "wrong"
    LOST = "lost"


@dataclass
class Stack:
    """Where requests go, and what they should bring.

    Attributes:
        url: of the gateway.
        model_server: gRPC address behind it.
        version_dir: of the model, with a canary image.
    """

    url: str
    model_server: str
    version_dir: Path
    client: httpx.Client = field(
        default_factory=lambda: httpx.Client(timeout=TIMEOUT_S, trust_env=False)
    )

    def __post_init__(self) -> None:
        self.image = (self.version_dir / "canary" / "picture.jpg").read_bytes()
        picture = Image.open(io.BytesIO(self.image))
        large = io.BytesIO()
        size = (picture.width * LARGE_SIDE, picture.height * LARGE_SIDE)
        limit = max(size) / 6000
        picture.resize((int(size[0] / max(1, limit)), int(size[1] / max(1, limit)))).save(
            large, "JPEG", quality=95
        )
        self.large_image = large.getvalue()
        self.expected = {each: self._detections(each) for each in (self.image, self.large_image)}
        channel = grpc.insecure_channel(self.model_server)
        self.predictions = PredictionServiceStub(channel)

    def _detections(self, image: bytes) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.post(image).json()["detections"]
        return found

    def post(self, body: bytes, path: str = "/predict", kind: str = "image/jpeg") -> httpx.Response:
        """A prediction."""
        return self.client.post(f"{self.url}{path}", content=body, headers={"Content-Type": kind})

    def is_available(self, version: int) -> bool:
        """Whether the gateway says that a version answers."""
        versions = self.client.get(f"{self.url}/models/{MODEL}").json().get("versions", [])
        return any(
            each["version"] == str(version) and each["state"] == "AVAILABLE" for each in versions
        )


@dataclass(frozen=True)
class Kind:
    """A kind of request.

    Attributes:
        name: for the table.
        ask: sends one; its outcome, and the version that answered or what came.
    """

    name: str
    ask: Callable[[Stack], tuple[Outcome, str]]


def _judged(stack: Stack, image: bytes, status: int, text: str) -> tuple[Outcome, str]:
    if status != 200:
        return Outcome.LOST, f"{status} {text}"
    answer = json.loads(text)
    found, expected = answer["detections"], stack.expected[image]
    is_right = [each["label"] for each in found] == [each["label"] for each in expected] and all(
        np.allclose(_numbers(one), _numbers(other), atol=TOLERANCE * 6000)
        and abs(one["score"] - other["score"]) < TOLERANCE
        for one, other in zip(found, expected, strict=True)
    )
    version = str(answer["model"]["version"])
    return (Outcome.RIGHT, version) if is_right else (Outcome.WRONG, text)


def _numbers(detection: dict[str, Any]) -> list[float]:
    box = detection["box"]
    return [float(each) for each in (box.values() if isinstance(box, dict) else box)]


def _good(stack: Stack) -> tuple[Outcome, str]:
    answer = stack.post(stack.image)
    return _judged(stack, stack.image, answer.status_code, answer.text)


def _large(stack: Stack) -> tuple[Outcome, str]:
    answer = stack.post(stack.large_image)
    return _judged(stack, stack.large_image, answer.status_code, answer.text)


def _trickling(stack: Stack) -> tuple[Outcome, str]:
    """The body comes in pieces."""
    address = urlsplit(stack.url)
    body = stack.image
    head = (
        f"POST /predict HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: image/jpeg\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection((address.hostname, address.port), TIMEOUT_S) as connection:
        connection.sendall(head.encode())
        step = -(-len(body) // TRICKLE_PIECES)
        for start in range(0, len(body), step):
            connection.sendall(body[start : start + step])
            time.sleep(TRICKLE_PAUSE_S)
        response = b"".join(iter(lambda: connection.recv(65_536), b""))
    headers, _, text = response.partition(b"\r\n\r\n")
    return _judged(stack, body, int(headers.split()[1]), text.decode())


def _refused(*statuses: int, **request: Any) -> Callable[[Stack], tuple[Outcome, str]]:
    def ask(stack: Stack) -> tuple[Outcome, str]:
        answer = stack.post(**request)
        is_right = answer.status_code in statuses
        return Outcome.REFUSED if is_right else Outcome.WRONG, f"{answer.status_code} {answer.text}"

    return ask


def _refused_tensor(*sizes: int) -> Callable[[Stack], tuple[Outcome, str]]:
    """Past the gateway: few bytes that stand for much."""
    tensor = TensorProto(dtype=7, string_val=[b"x"])
    for size in sizes:
        tensor.tensor_shape.dim.add(size=size)
    request = PredictRequest(model_spec=ModelSpec(name=MODEL), inputs={"image_bytes": tensor})

    def ask(stack: Stack) -> tuple[Outcome, str]:
        try:
            stack.predictions.Predict(request, timeout=TIMEOUT_S)
        except grpc.RpcError as error:
            code: grpc.StatusCode = error.code()
            if code is grpc.StatusCode.INVALID_ARGUMENT:
                return Outcome.REFUSED, code.name
            return Outcome.LOST, f"{code.name} {error.details()}"
        return Outcome.WRONG, "answered"

    return ask


KINDS = (
    Kind("image", _good),
    Kind("no image", _refused(415, body=b"no image" * 1000)),
    Kind("image, slowly", _trickling),
    Kind("half an image", _refused(415, body=b"\xff\xd8\xff\xe0" + bytes(1000))),
    Kind("large image", _large),
    Kind("unknown model", _refused(404, body=b"x", path="/models/nobody/predict")),
    Kind("image", _good),
    Kind("rank 33", _refused_tensor(*[1] * 33)),
    Kind("bad threshold", _refused(400, body=b"x", path="/predict?score_threshold=2")),
    Kind("65535 images", _refused_tensor(65_535)),
    Kind("body too long", _refused(413, body=bytes(TOO_LONG_BYTES))),
    Kind("image", _good),
)

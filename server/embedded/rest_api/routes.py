"""Which model an address means, and what is asked of it."""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote_to_bytes

import grpc

from server.embedded.errors import ServingError
from serving_protocol.messages import ModelSpec

PREFIX = re.compile(r"/v1/.*", re.IGNORECASE | re.DOTALL)
PREDICTION = re.compile(
    r"/v1/models/([^/:]+)(?:(?:/versions/([0-9]+))|(?:/labels/([^/:]+)))?:(classify|regress|predict)",
    re.IGNORECASE,
)
STATUS = re.compile(
    r"/v1/models(?:/([^/:]+))?(?:(?:/versions/([0-9]+))|(?:/labels/([^/:]+)))?(?:/(metadata))?",
    re.IGNORECASE,
)
MAX_INT64 = 2**63 - 1
INT64_DIGITS = len(str(MAX_INT64))

Action = Literal["predict", "classify", "regress", "metadata", "status"]
PREDICTIONS: dict[str, Action] = {
    "predict": "predict",
    "classify": "classify",
    "regress": "regress",
}


@dataclass(frozen=True)
class Route:
    """What a request asks for; `spec.name` is empty where the address names no model."""

    action: Action
    spec: ModelSpec


def parse_route(method: str, path: str) -> Route:
    """The route of an address below `/v1/`.

    Args:
        method: of HTTP.
        path: as it was sent, still percent-encoded; with a query it is no address of the API.

    Raises:
        ServingError: INVALID_ARGUMENT, there is no such address, or it names a version that is no
            64-bit number.

    Example:
        >>> parse_route("POST", "/v1/models/hands/versions/2:predict").action
        'predict'
    """
    match = None
    if method == "POST":
        match = PREDICTION.fullmatch(path)
    elif method == "GET":
        match = STATUS.fullmatch(path)
    if match is None:
        raise _invalid(f"Malformed request: {method} {path}")
    name, version, label, asked = match.groups()
    action: Action = "metadata" if asked == "metadata" else "status"
    if method == "POST":
        # Capitals are taken anywhere but here, as `HttpRestApiHandler::ProcessRequest` compares.
        if asked not in PREDICTIONS:
            raise _invalid(f"Malformed request: {method} {path}")
        action = PREDICTIONS[asked]
    spec = ModelSpec(name=_decoded(name or "", "model name"))
    if version:
        spec.version.value = _number(version)
    if label:
        spec.version_label = _decoded(label, "model version label")
    return Route(action, spec)


def _number(version: str) -> int:
    digits = version.lstrip("0") or "0"
    # Counted first: Python refuses to read thousands of digits as a number.
    if len(digits) > INT64_DIGITS or int(digits) > MAX_INT64:
        raise _invalid(f"Failed to convert version: {version} to numeric.")
    return int(digits)


def _decoded(text: str, what: str) -> str:
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError as error:
        raise _invalid(f"Failed to decode {what}:{text}") from error


def _invalid(message: str) -> ServingError:
    return ServingError(grpc.StatusCode.INVALID_ARGUMENT, message)

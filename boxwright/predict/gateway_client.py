"""HTTP client of a running gateway."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from detection.file_kinds import describe_file
from detection.label_map_text import LABEL_MAP_NAME

# A full or restarting gateway sends Retry-After; a caller over its rate (RATE_LIMIT_PER_MINUTE) is
# told to wait for up to a minute.
MAX_ATTEMPTS = 5
LONGEST_WAIT_S = 60.0
_BUSY = (429, 503)


class GatewayRefused(Exception):
    """The gateway answered with an error; the message is the gateway's."""


class GatewayUnreachable(Exception):
    """No answer from the gateway's address."""


@dataclass(frozen=True)
class PredictOptions:
    """Model and parameters of a prediction, the same for every image.

    Args:
        model: name of the model; None for the gateway's default.
        version: number of its version.
        label: label of its version, instead of the number.
        parameters: query parameters of the gateway, such as `score_threshold`.
        label_map: content of a `.pbtxt`, sent with each image.
    """

    model: str | None = None
    version: int | None = None
    label: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    label_map: bytes | None = None

    @property
    def path(self) -> str:
        """Path of the request."""
        if self.model is None:
            return "/predict"
        model = f"/models/{quote(self.model, safe='')}"
        if self.version is not None:
            return f"{model}/versions/{self.version}/predict"
        if self.label is not None:
            return f"{model}/labels/{quote(self.label, safe='')}/predict"
        return f"{model}/predict"


class GatewayClient:
    """Client of one gateway; may be used from several threads.

    Args:
        url: such as `http://127.0.0.1:5000`.
        api_key: sent as a bearer token, if given.
        timeout_s: deadline of one answer, in seconds.
        transport: replaces the network in tests.

    Raises:
        GatewayUnreachable: `url` is invalid.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        timeout_s: float = 60.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        if "://" not in url:
            url = f"http://{url}"
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        try:
            self._http = httpx.Client(
                base_url=url, headers=headers, timeout=timeout_s, transport=transport
            )
        except httpx.InvalidURL as error:
            raise GatewayUnreachable(
                f"{url!r} is not a gateway's URL, such as http://localhost:5000: {error}"
            ) from error
        self._url = url
        self._is_stopped = threading.Event()

    def stop_retrying(self) -> None:
        """Stop retrying: requests under way end with their next answer."""
        self._is_stopped.set()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def predict(self, image: Path, options: PredictOptions) -> dict[str, Any]:
        """Send one image, and return the JSON answer.

        Raises:
            GatewayRefused: it answered with an error; the message is the gateway's.
            GatewayUnreachable: it did not answer.
            OSError: the image cannot be read from disk.
        """
        answer = self._post(image, options, "application/json")
        try:
            detections = answer.json()
        except ValueError:
            detections = None
        if not isinstance(detections, dict) or "detections" not in detections:
            raise GatewayRefused(
                f"{self._url} answered with {describe_file(answer.content)}, not with detections; "
                "is it a gateway?"
            )
        return detections

    def annotate(self, image: Path, options: PredictOptions, media_type: str) -> bytes:
        """Send one image, and return it with the detections drawn, as `media_type`.

        Raises as `predict` does.
        """
        return self._post(image, options, media_type).content

    def kind(self, options: PredictOptions) -> str:
        """Kind of the model's detections: `boxes`, `masks` or `keypoints`.

        `boxes` if the answer has no kind, as from another server with this API.

        Raises:
            GatewayUnreachable: it did not answer.
        """
        kind = self._version(options).get("kind")
        return kind if isinstance(kind, str) else "boxes"

    def score_threshold(self, options: PredictOptions) -> float | None:
        """The model's own score threshold, or None if the gateway does not tell it.

        Raises:
            GatewayUnreachable: it did not answer.
        """
        told = self._version(options).get("score_threshold")
        value = told.get("value") if isinstance(told, dict) else None
        return float(value) if isinstance(value, int | float) and 0 <= value <= 1 else None

    def _version(self, options: PredictOptions) -> dict[str, Any]:
        """Read the version from `GET /models`; empty if it is not listed."""
        try:
            answer = self._http.get("/models")
            models = answer.json()["models"] if answer.is_success else []
            [asked] = [each for each in models if _is_asked(each, options)]
            labelled = asked.get("version_labels", {}).get(options.label)
            chosen = str(options.version or labelled or asked["version"])
            [version] = [each for each in asked["versions"] if each["version"] == chosen]
            return dict(version)
        except httpx.HTTPError as error:
            raise GatewayUnreachable(
                f"no answer from {self._url} ({error}); is the gateway up?"
            ) from error
        except (ValueError, KeyError, TypeError, AttributeError):
            return {}

    def _post(self, image: Path, options: PredictOptions, accept: str) -> httpx.Response:
        data = image.read_bytes()
        files = [("image", (image.name, data, "application/octet-stream"))]
        if options.label_map is not None:
            files.append(("label_map", (LABEL_MAP_NAME, options.label_map, "text/plain")))
        for attempt in range(1, MAX_ATTEMPTS + 1):
            try:
                answer = self._http.post(
                    options.path,
                    params=options.parameters,
                    files=files,
                    headers={"Accept": accept},
                )
            except httpx.HTTPError as error:
                raise GatewayUnreachable(
                    f"no answer from {self._url} ({error}); is the gateway up?"
                ) from error
            if answer.status_code not in _BUSY or attempt == MAX_ATTEMPTS:
                break
            if self._is_stopped.wait(_retry_after_s(answer)):
                break
        if answer.is_success:
            return answer
        raise GatewayRefused(_reason(answer, data) + self._models_instead(answer, options))

    def _models_instead(self, answer: httpx.Response, options: PredictOptions) -> str:
        """The gateway's models, where one was asked for that it does not have."""
        if answer.status_code != httpx.codes.NOT_FOUND or options.model is None:
            return ""
        try:
            names = [str(each["name"]) for each in self._http.get("/models").json()["models"]]
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return ""
        if options.model in names:
            return ""
        return f"; --model is one of {', '.join(names)}" if names else "; the gateway has no models"


def _is_asked(model: Mapping[str, Any], options: PredictOptions) -> bool:
    if options.model is None:
        return bool(model["default"])
    return bool(model["name"] == options.model)


def _retry_after_s(answer: httpx.Response) -> float:
    try:
        return min(max(float(answer.headers.get("Retry-After", "1")), 0.0), LONGEST_WAIT_S)
    except ValueError:
        return 1.0


def _reason(answer: httpx.Response, data: bytes) -> str:
    """Detail of a problem+json answer, or a description of another body."""
    try:
        problem = answer.json()
    except ValueError:
        return f"HTTP {answer.status_code} with {describe_file(answer.content)}"
    detail = problem.get("detail") if isinstance(problem, dict) else None
    return f"HTTP {answer.status_code}: {detail or describe_file(data)}"

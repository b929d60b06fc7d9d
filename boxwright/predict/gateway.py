"""A running gateway, over HTTP, as a client sees it."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from detection.file_kinds import describe_file
from detection.label_map_text import LABEL_MAP_NAME

# A full or restarting server says when to come back; a person waits that long, not for ever. A
# caller over its rate (RATE_LIMIT_PER_MINUTE) is told to wait for up to a minute.
MAX_ATTEMPTS = 5
LONGEST_WAIT_S = 60.0
_BUSY = (429, 503)


class GatewayRefused(Exception):
    """The gateway answered, and said why it does not."""


class GatewayUnreachable(Exception):
    """Nothing answers at the gateway's address."""


@dataclass(frozen=True)
class Question:
    """What is asked of every image.

    Args:
        model: a model's name; None for the gateway's default.
        version: one version of it.
        label: or the version of that label.
        parameters: the gateway's query parameters, `score_threshold` and so on.
        label_map: a `.pbtxt`, sent along.
    """

    model: str | None = None
    version: int | None = None
    label: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    label_map: bytes | None = None

    @property
    def path(self) -> str:
        """Where the gateway takes it."""
        if self.model is None:
            return "/predict"
        model = f"/models/{quote(self.model, safe='')}"
        if self.version is not None:
            return f"{model}/versions/{self.version}/predict"
        if self.label is not None:
            return f"{model}/labels/{quote(self.label, safe='')}/predict"
        return f"{model}/predict"


class Gateway:
    """Asks one gateway; may be used from several threads.

    Args:
        url: for example `http://127.0.0.1:5000`.
        api_key: sent as a bearer token, if there is one.
        timeout_s: how long one answer may take.
        transport: in the place of the network, for tests.

    Raises:
        GatewayUnreachable: `url` is none.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        timeout_s: float = 60.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        try:
            self._http = httpx.Client(
                base_url=url, headers=headers, timeout=timeout_s, transport=transport
            )
        except httpx.InvalidURL as error:
            raise GatewayUnreachable(f"{url!r} is no address of a gateway: {error}") from error
        self._url = url
        self._has_given_up = threading.Event()

    def give_up(self) -> None:
        """Wait for no full gateway any more; what is being asked then ends with its answer."""
        self._has_given_up.set()

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def ask(self, image: Path, question: Question) -> dict[str, Any]:
        """The gateway's JSON answer about one image.

        Raises:
            GatewayRefused: it answered with an error; the message is the gateway's.
            GatewayUnreachable: it did not answer.
            OSError: the image cannot be read from disk.
        """
        answer = self._post(image, question, "application/json")
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

    def annotate(self, image: Path, question: Question, media_type: str) -> bytes:
        """The image with its detections drawn on it, in the format of `media_type`.

        Raises as `ask` does.
        """
        return self._post(image, question, media_type).content

    def kind(self, question: Question) -> str:
        """What the model of a question finds: `boxes`, `masks` or `keypoints`.

        `boxes` too where the gateway does not say, as another server that speaks its API.

        Raises:
            GatewayUnreachable: it did not answer.
        """
        kind = self._version(question).get("kind")
        return kind if isinstance(kind, str) else "boxes"

    def score_threshold(self, question: Question) -> float | None:
        """The lowest score that the model of a question answers where none is asked for.

        None where the gateway does not say.

        Raises:
            GatewayUnreachable: it did not answer.
        """
        told = self._version(question).get("score_threshold")
        value = told.get("value") if isinstance(told, dict) else None
        return float(value) if isinstance(value, int | float) and 0 <= value <= 1 else None

    def _version(self, question: Question) -> dict[str, Any]:
        """What the gateway tells of the version that is asked; empty where it does not."""
        try:
            answer = self._http.get("/models")
            models = answer.json()["models"] if answer.is_success else []
            [asked] = [each for each in models if _is_asked(each, question)]
            labelled = asked.get("version_labels", {}).get(question.label)
            chosen = str(question.version or labelled or asked["version"])
            [version] = [each for each in asked["versions"] if each["version"] == chosen]
            return dict(version)
        except httpx.HTTPError as error:
            raise GatewayUnreachable(
                f"no answer from {self._url} ({error}); is the gateway up?"
            ) from error
        except (ValueError, KeyError, TypeError, AttributeError):
            return {}

    def _post(self, image: Path, question: Question, accept: str) -> httpx.Response:
        data = image.read_bytes()
        files = [("image", (image.name, data, "application/octet-stream"))]
        if question.label_map is not None:
            files.append(("label_map", (LABEL_MAP_NAME, question.label_map, "text/plain")))
        for attempt in range(1, MAX_ATTEMPTS + 1):
            try:
                answer = self._http.post(
                    question.path,
                    params=question.parameters,
                    files=files,
                    headers={"Accept": accept},
                )
            except httpx.HTTPError as error:
                raise GatewayUnreachable(
                    f"no answer from {self._url} ({error}); is the gateway up?"
                ) from error
            if answer.status_code not in _BUSY or attempt == MAX_ATTEMPTS:
                break
            if self._has_given_up.wait(_retry_after_s(answer)):
                break
        if answer.is_success:
            return answer
        raise GatewayRefused(_reason(answer, data))


def _is_asked(model: Mapping[str, Any], question: Question) -> bool:
    if question.model is None:
        return bool(model["default"])
    return bool(model["name"] == question.model)


def _retry_after_s(answer: httpx.Response) -> float:
    try:
        return min(max(float(answer.headers.get("Retry-After", "1")), 0.0), LONGEST_WAIT_S)
    except ValueError:
        return 1.0


def _reason(answer: httpx.Response, data: bytes) -> str:
    """What a problem+json answer says, or what came in its place."""
    try:
        problem = answer.json()
    except ValueError:
        return f"HTTP {answer.status_code} with {describe_file(answer.content)}"
    detail = problem.get("detail") if isinstance(problem, dict) else None
    return f"HTTP {answer.status_code}: {detail or describe_file(data)}"

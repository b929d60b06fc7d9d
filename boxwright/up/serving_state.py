"""Which models answer and which do not, as the gateway tells it."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TIMEOUT_S = 2.0
AVAILABLE = "AVAILABLE"


@dataclass(frozen=True)
class ServingState:
    """What became of the models.

    Attributes:
        answering: the names of those with an available version.
        failed: version and reason of those whose versions could not be loaded, by name.
        loading: the names of the others, of which more is going to be heard.
        default: the name of the model that requests get which name none.
    """

    answering: tuple[str, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
    loading: tuple[str, ...] = ()
    default: str | None = None

    @classmethod
    def of(cls, models: Mapping[str, Any]) -> "ServingState":
        """What the document at `/models` says."""
        answering, failed, loading = [], [], []
        for model in models["models"]:
            name, versions = model["name"], model["versions"]
            broken = [each for each in versions if each["error"]]
            if any(each["state"] == AVAILABLE for each in versions):
                answering.append(name)
            elif versions and len(broken) == len(versions):
                reasons = (f"version {each['version']}: {each['error']}" for each in broken)
                failed.append((name, "; ".join(reasons)))
            else:
                loading.append(name)
        default = next((each["name"] for each in models["models"] if each["default"]), None)
        return cls(tuple(answering), tuple(failed), tuple(loading), default)


def is_ready(url: str) -> bool:
    """Whether the default model has answered a prediction."""
    return _document(f"{url}/readyz") is not None


def serving_state(url: str) -> ServingState | None:
    """What became of the models; None where the gateway does not say."""
    document = _document(f"{url}/models")
    return None if document is None else ServingState.of(document)


def _document(url: str) -> Any:
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:  # noqa: S310 (our gateway)
            return json.load(answer) if answer.status == 200 else None
    except (urllib.error.URLError, OSError, ValueError):
        return None

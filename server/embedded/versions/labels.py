"""Names for versions (`stable`, `canary`) that requests may use in place of a number."""

from collections.abc import Callable, Iterable, Mapping

import grpc

from server.embedded.errors import ServingError
from serving_protocol.messages import ModelConfig

# model -> label -> version
Labels = Mapping[str, Mapping[str, int]]


def assign_labels(
    models: Iterable[ModelConfig],
    current: Labels,
    is_available: Callable[[str, int], bool],
    *,
    allow_unavailable: bool,
) -> Labels:
    """The labels that `models` ask for.

    Args:
        models: the new configuration.
        current: the labels until now.
        is_available: whether that version of that model answers requests.
        allow_unavailable: let a new label point to a version that is not loaded; one that is
            moved still needs a loaded target.

    Raises:
        ServingError: FAILED_PRECONDITION, a label's version is not loaded.
    """
    labels: dict[str, dict[str, int]] = {}
    for model in models:
        for label, version in model.version_labels.items():
            is_moved = current.get(model.name, {}).get(label, version) != version
            may_be_unavailable = allow_unavailable and not is_moved
            if not may_be_unavailable and not is_available(model.name, version):
                raise ServingError(
                    grpc.StatusCode.FAILED_PRECONDITION,
                    f"Request to assign label to version {version} of model {model.name}, which "
                    "is not currently available for inference",
                )
            labels.setdefault(model.name, {})[label] = version
    return labels

"""The one place where what a model server says becomes what a caller is told."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from client_api.errors import (
    BadModelAnswer,
    GatewayError,
    ModelIsNoDetector,
    ModelLoading,
    ModelServerAway,
    PredictionTimeout,
    UnknownModel,
)
from client_api.inference.traceback_release import release_traceback
from serving_protocol.client_errors import (
    AnswerTooLarge,
    ModelNotFound,
    ModelServerError,
    ModelServerTimeout,
    ModelServerUnavailable,
    PredictionRefused,
)
from serving_protocol.detector_answer import NotADetection
from serving_protocol.image_input import NotADetector
from serving_protocol.model_server import ModelChoice, ModelServer, VersionState

# How long it is looked for why a model was not found.
STATUS_TIMEOUT_S = 2.0
NOT_YET = frozenset({"START", "LOADING"})

MODEL_ERRORS = (ModelServerError, NotADetection, NotADetector)

_log = logging.getLogger(__name__)


@contextmanager
def translate_errors(choice: ModelChoice, server: ModelServer) -> Iterator[None]:
    """Translate what the model server's adapter raises inside.

    Args:
        choice: the model that is asked.
        server: asked again, for a model's state, where it does not find the model.

    Raises:
        GatewayError: in place of every error of the adapter's. What the server said goes to the
            log only.
    """
    try:
        yield
    except MODEL_ERRORS as error:
        raise translated(error, choice, server) from error


def translated(error: Exception, choice: ModelChoice, server: ModelServer) -> GatewayError:
    """What a caller is told of one of `MODEL_ERRORS`, see `translate_errors`."""
    release_traceback(error)
    if isinstance(error, ModelNotFound):
        return not_found(choice, server)
    _log.warning("model %s: %s: %s", choice.name, type(error).__name__, error)
    return translate(error, choice)


def translate(error: Exception, choice: ModelChoice) -> GatewayError:
    """What a caller is told of `error`; `ModelNotFound` needs `not_found`."""
    model = describe(choice)
    if isinstance(error, ModelServerUnavailable):
        return ModelServerAway("the model server cannot be reached, or accepts no requests now")
    if isinstance(error, ModelServerTimeout):
        return PredictionTimeout(f"the model server did not answer in time for {model}")
    if isinstance(error, NotADetector):
        return ModelIsNoDetector(f"{model} is no detector: {error}")
    if isinstance(error, NotADetection):
        return BadModelAnswer(f"the answer of {model} is no detection: {error}")
    if isinstance(error, AnswerTooLarge):
        return BadModelAnswer(f"the answer of {model} is larger than the gateway accepts")
    if isinstance(error, PredictionRefused):
        return BadModelAnswer(f"{model} refused the image; the gateway's log says why")
    return BadModelAnswer(f"the model server failed on {model}; the gateway's log says why")


def describe(choice: ModelChoice) -> str:
    """`model hands`, `version 2 of model hands`, `label stable of model hands`."""
    model = f"model {choice.name[:200]}"
    if choice.version is not None:
        return f"version {choice.version} of {model}"
    return model if choice.label is None else f"label {choice.label[:200]} of {model}"


def not_found(choice: ModelChoice, server: ModelServer) -> GatewayError:
    """Why `choice` was not found: nobody knows it, or it is not AVAILABLE yet or any more."""
    try:
        states = server.status(choice.name, STATUS_TIMEOUT_S)
    except ModelNotFound:
        return UnknownModel(f"model {choice.name[:200]} is unknown")
    except ModelServerError as error:
        return translate(error, choice)
    return unavailable_error(choice, states)


def unavailable_error(choice: ModelChoice, states: list[VersionState]) -> GatewayError:
    """Why `choice` is not served by a model server that knows the model's `states`."""
    seen = ", ".join(f"{each.version} {each.state}" for each in states) or "none"
    if choice.version is None:
        coming = any(each.state in NOT_YET for each in states)
        available = any(each.state == "AVAILABLE" for each in states)
        if _has_failed(states):
            return UnknownModel(
                f"{describe(choice)} is not served: {_failed_versions(states)} could not be "
                f"loaded; /models/{choice.name[:200]} says why"
            )
        if choice.label is not None and (available or not coming):
            return UnknownModel(f"{describe(choice)} is unknown; its versions are {seen}")
        return ModelLoading(f"{describe(choice)} is not available yet; its versions are {seen}")
    if any(each.version == choice.version and each.state in NOT_YET for each in states):
        return ModelLoading(f"{describe(choice)} is still loading")
    if any(each.version == choice.version and each.error for each in states):
        return UnknownModel(
            f"{describe(choice)} could not be loaded; /models/{choice.name[:200]} says why"
        )
    return UnknownModel(f"{describe(choice)} is not served; its versions are {seen}")


def _has_failed(states: list[VersionState]) -> bool:
    """Whether no version answers or will, and one could not be loaded: asking again is no use."""
    is_hoped_for = any(each.state in (*NOT_YET, "AVAILABLE") for each in states)
    return not is_hoped_for and any(each.error for each in states)


def _failed_versions(states: list[VersionState]) -> str:
    failed = [str(each.version) for each in states if each.error]
    return f"version{'s' if len(failed) > 1 else ''} {', '.join(failed)}"

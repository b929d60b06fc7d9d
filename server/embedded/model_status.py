"""GetModelStatus: what became of a model's versions."""

import grpc

from server.embedded.errors import ServingError
from server.embedded.versions.state_monitor import ServableStateMonitor
from serving_protocol.messages import GetModelStatusResponse, ModelSpec


def answer(spec: ModelSpec, state_monitor: ServableStateMonitor) -> GetModelStatusResponse:
    """All versions of the model, or the one that `spec` numbers; a label in it is ignored.

    Raises:
        ServingError: NOT_FOUND, there was never such a model or version.
    """
    statuses = state_monitor.of_model(spec.name)
    if spec.WhichOneof("version_choice") == "version":
        number = spec.version.value
        if number not in statuses:
            raise _not_found(f"Could not find version {number} of model {spec.name}")
        statuses = {number: statuses[number]}
    if not statuses:
        raise _not_found(f"Could not find any versions of model {spec.name}")
    response = GetModelStatusResponse()
    for number, (state, error) in statuses.items():
        status = response.model_version_status.add(version=number, state=state)
        status.status.SetInParent()
        if error is not None:
            code, _ = error.code.value
            status.status.error_code = code
            status.status.error_message = error.message
    return response


def _not_found(message: str) -> ServingError:
    return ServingError(grpc.StatusCode.NOT_FOUND, message)

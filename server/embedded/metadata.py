"""GetModelMetadata: the signatures of a version's SavedModel, as they are written in it."""

import grpc

from server.embedded.errors import ServingError
from server.embedded.servable import Servable
from serving_protocol.messages import (
    GetModelMetadataRequest,
    GetModelMetadataResponse,
    SignatureDefMap,
)

SIGNATURE_DEF = "signature_def"


def check_fields(request: GetModelMetadataRequest) -> None:
    """Refuse a request for nothing, or for what there is not.

    Raises:
        ServingError: INVALID_ARGUMENT.
    """
    if not request.metadata_field:
        raise _invalid("GetModelMetadataRequest must specify at least one metadata_field")
    for field in request.metadata_field:
        if field != SIGNATURE_DEF:
            raise _invalid(f"Metadata field {field} is not supported")


def answer(servable: Servable) -> GetModelMetadataResponse:
    """The version and every one of its signatures; no signature name in the model_spec."""
    signatures = SignatureDefMap()
    for name, signature in servable.model.signatures.items():
        signatures.signature_def[name].CopyFrom(signature)
    response = GetModelMetadataResponse()
    response.model_spec.name = servable.name
    response.model_spec.version.value = servable.version
    packed = response.metadata[SIGNATURE_DEF]
    packed.type_url = f"type.googleapis.com/{SignatureDefMap.DESCRIPTOR.full_name}"
    packed.value = signatures.SerializeToString()
    return response


def _invalid(message: str) -> ServingError:
    return ServingError(grpc.StatusCode.INVALID_ARGUMENT, message)

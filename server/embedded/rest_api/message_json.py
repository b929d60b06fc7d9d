"""Model status and metadata as JSON, with every field there, also where it has its default."""

import json
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import Message

from serving_protocol.messages import (
    GetModelMetadataResponse,
    GetModelStatusResponse,
    SignatureDefMap,
)

SIGNATURE_FIELD = "signature_def"


def status_json(response: GetModelStatusResponse) -> bytes:
    """The body of an answer to `GET /v1/models/NAME`; version numbers are strings."""
    return _text(_fields(response))


def metadata_json(response: GetModelMetadataResponse) -> bytes:
    """The body of an answer to `GET /v1/models/NAME/metadata`."""
    signatures = SignatureDefMap.FromString(response.metadata[SIGNATURE_FIELD].value)
    return _text(
        {
            "model_spec": _fields(response.model_spec),
            "metadata": {SIGNATURE_FIELD: _fields(signatures)},
        }
    )


def _fields(message: Message) -> dict[str, Any]:
    return json_format.MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )


def _text(document: dict[str, Any]) -> bytes:
    return (json.dumps(document, indent=1) + "\n").encode()

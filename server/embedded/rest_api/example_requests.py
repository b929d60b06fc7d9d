"""REST's classify and regress: a body of examples in, a body of results out."""

from typing import Literal

from server.embedded.core import ModelServerCore
from server.embedded.rest_api.example_json import examples_from_json
from server.embedded.rest_api.json_values import parse_json, surrogate_error
from server.embedded.rest_api.predict_json import signature_name
from server.embedded.rest_api.response_text import ResponseText
from server.embedded.rest_api.result_json import write_classes, write_values
from serving_protocol.messages import ModelSpec

ExampleAction = Literal["classify", "regress"]


def infer_examples(
    core: ModelServerCore, action: ExampleAction, spec: ModelSpec, body: bytes, text: ResponseText
) -> None:
    """Write the body of the response.

    Args:
        core: computes it.
        action: what is asked for.
        spec: the model and version that the address names.
        body: of the request.
        text: takes the response's.

    Raises:
        ServingError: the body is not right, which is said before anything of the model; or what the
            core or `text` raises.
    """
    document = parse_json(body)
    asked = ModelSpec()
    asked.CopyFrom(spec)
    try:
        asked.signature_name = signature_name(document)
    except UnicodeEncodeError as error:
        raise surrogate_error() from error
    examples = examples_from_json(document)
    del document
    if action == "classify":
        write_classes(text, core.classes(asked, lambda: examples)[1])
    else:
        write_values(text, core.values(asked, lambda: examples)[1])

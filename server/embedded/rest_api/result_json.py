"""Classes and values as the body of a response to a REST classify or regress.

Source: `MakeJsonFromClassificationResult` and `MakeJsonFromRegressionResult` in TensorFlow
Serving's `json_tensor.cc`.
"""

import json
from typing import Any

from server.embedded.classify import Classes
from server.embedded.engines.engine import Array
from server.embedded.rest_api.json_numbers import shortest_doubles


def encode_classes(classes: Classes) -> bytes:
    """`{"results": [[["label", score], ...], ...]}`: a list of pairs for each example."""
    scores = shortest_doubles(classes.scores).tolist()
    return _body(
        [
            [[label.decode("utf-8", "surrogateescape"), score] for label, score in pairs]
            for pairs in (
                zip(*each, strict=True)
                for each in zip(classes.labels.tolist(), scores, strict=True)
            )
        ]
    )


def encode_values(values: Array) -> bytes:
    """`{"results": [value, ...]}`: a number for each example."""
    return _body(shortest_doubles(values).tolist())


def _body(results: list[Any]) -> bytes:
    # Labels that are no UTF-8 go out byte by byte, as they came from the model.
    text = json.dumps({"results": results}, ensure_ascii=False)
    return text.encode("utf-8", "surrogateescape")

"""Classes and values as the body of a response to a REST classify or regress.

Source: `MakeJsonFromClassificationResult` and `MakeJsonFromRegressionResult` in TensorFlow
Serving's `json_tensor.cc`.
"""

from server.embedded.classify import Classes
from server.embedded.engines.engine import Array
from server.embedded.rest_api.json_numbers import shortest_doubles
from server.embedded.rest_api.response_text import ResponseText, cells, dump


def write_classes(text: ResponseText, classes: Classes) -> None:
    """`{"results": [[["label", score], ...], ...]}`: a list of pairs for each example."""
    text.expect(classes.labels, classes.scores)
    count = len(classes.scores)
    text.add('{"results": [')
    for number, block in enumerate(text.blocks(count, cells(classes.scores) // max(1, count))):
        scores = shortest_doubles(classes.scores[block]).tolist()
        pairs = [
            [
                [label.decode("utf-8", "surrogateescape"), score]
                for label, score in zip(*each, strict=True)
            ]
            for each in zip(classes.labels[block].tolist(), scores, strict=True)
        ]
        text.add(", " * (number > 0) + dump(pairs)[1:-1])
    text.add("]}")


def write_values(text: ResponseText, values: Array) -> None:
    """`{"results": [value, ...]}`: a number for each example."""
    text.expect(values)
    text.add('{"results": ')
    text.add_array(values, lambda some: shortest_doubles(some).tolist())
    text.add("}")

"""What stays in float32: everything around the layers, and the last of these."""

import numpy as np

from export.quantization.sensitive import float_operations
from server.embedded.engines.openvino_runtime import import_openvino

openvino = import_openvino()
ops = openvino.opset13


def test_what_is_before_the_first_layer_and_from_the_last_on_stays_in_float() -> None:
    given = ops.parameter([1, 3, 8, 6], np.float32, name="given")
    resized = ops.multiply(given, ops.constant(np.float32(2)), name="resized")
    first = layer(resized, 4, 3, "first")
    active = ops.relu(first, name="active")
    scores, boxes = layer(active, 2, 4, "scores"), layer(active, 5, 4, "boxes")
    decoded = ops.exp(boxes, name="decoded")
    model = openvino.Model([scores, decoded], [given])
    assert set(float_operations(model)) == {"resized", "scores", "boxes", "decoded"}


def test_of_two_stages_each_keeps_its_last_layers_and_what_is_between_them() -> None:
    given = ops.parameter([1, 3, 8, 6], np.float32)
    features = layer(layer(given, 3, 3, "first"), 3, 3, "features")
    offsets = layer(features, 4, 3, "offsets")
    decoded = ops.exp(offsets, name="decoded")
    boxes = ops.reshape(ops.transpose(decoded, [0, 2, 3, 1]), [1, 48, 4], False)
    scores = ops.reshape(layer(features, 1, 3, "scores"), [1, 1, 48], False)
    chosen = ops.non_max_suppression(boxes, scores, ops.constant(np.int64(5)), name="chosen")
    proposals = ops.gather(boxes, ops.convert(chosen.output(0), "i64"), 1, name="proposals")
    seen = ops.reshape(proposals, [-1, 4], True, name="seen")
    inner = ops.matmul(seen, eye(), False, False, name="inner")
    last = ops.matmul(inner, eye(), False, False, name="last")
    float_names = set(float_operations(openvino.Model([last], [given])))
    assert {"offsets", "scores", "decoded", "chosen", "proposals", "seen", "last"} <= float_names
    assert not float_names & {"first", "features", "inner"}


def test_a_product_of_two_computed_matrices_is_no_layer() -> None:
    given = ops.parameter([4, 4], np.float32)
    product = ops.matmul(given, given, False, True, name="attention")
    dense = ops.matmul(
        product, ops.constant(np.eye(4, dtype=np.float32)), False, False, name="dense"
    )
    last = ops.matmul(dense, ops.constant(np.eye(4, dtype=np.float32)), False, False, name="last")
    assert set(float_operations(openvino.Model([last], [given]))) == {"attention", "last"}


def test_weights_that_are_stored_as_half_are_weights() -> None:
    given = ops.parameter([4, 4], np.float32)
    half = ops.convert(ops.constant(np.eye(4, dtype=np.float16)), "f32")
    inner = ops.matmul(given, half, False, False, name="inner")
    last = ops.matmul(inner, ops.constant(np.eye(4, dtype=np.float32)), False, False, name="last")
    assert set(float_operations(openvino.Model([last], [given]))) & {"inner", "last"} == {"last"}


def layer(given: object, answered: int, taken: int, name: str) -> object:
    kernel = ops.constant(np.ones((answered, taken, 1, 1), np.float32))
    return ops.convolution(given, kernel, [1, 1], [0, 0], [0, 0], [1, 1], name=name)


def eye() -> object:
    return ops.constant(np.eye(4, dtype=np.float32))

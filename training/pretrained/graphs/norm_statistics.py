"""A batch normalization's mean and variance, where a graph computes it in single operations.

`tf.nn.batch_normalization` multiplies by rsqrt(variance + epsilon) * gamma, and adds
beta - mean * that; so do TensorFlow 1's layers and Keras 3's.
"""

from training.pretrained.graphs.constants import Constants
from training.pretrained.graphs.node_graph import NodeGraph, Ref
from training.pretrained.source_weights import Array

_SUMS = ("Add", "AddV2")
_HANDED_ON = ("Identity", "Cast", "Reshape")


def statistics_of(
    graph: NodeGraph, constants: Constants, scale: Ref, offset: Ref
) -> tuple[Array, Array] | None:
    """Mean and variance; None where scale and offset were computed in another way.

    Args:
        graph: what the two are in.
        constants: its values.
        scale: what a convolution's output is multiplied with.
        offset: what is then added.
    """
    scale = _origin(graph, scale)
    factors = [scale]
    if _op(graph, scale) == "Mul":
        factors = [_origin(graph, each) for each in graph.inputs_of(scale[0])]
    roots = [each for each in factors if _op(graph, each) == "Rsqrt"]
    difference = _origin(graph, offset)
    if len(roots) != 1 or _op(graph, difference) != "Sub":
        return None
    sum_of_variance = _origin(graph, graph.inputs_of(roots[0][0])[0])
    product = _origin(graph, graph.inputs_of(difference[0])[1])
    if _op(graph, sum_of_variance) not in _SUMS or _op(graph, product) != "Mul":
        return None
    means = [each for each in graph.inputs_of(product[0]) if _origin(graph, each) != scale]
    variances = [
        value
        for each in graph.inputs_of(sum_of_variance[0])
        if (value := constants.value(each)) is not None and value.ndim
    ]
    mean = constants.value(means[0]) if len(means) == 1 else None
    if mean is None or len(variances) != 1 or mean.size != variances[0].size:
        return None
    return mean.reshape(-1), variances[0].reshape(-1)


def _op(graph: NodeGraph, ref: Ref) -> str:
    node = graph.nodes.get(ref[0])
    return "" if node is None else node.op


def _origin(graph: NodeGraph, ref: Ref) -> Ref:
    for _ in range(8):
        ref = graph.resolved(ref)
        if _op(graph, ref) not in _HANDED_ON:
            break
        ref = graph.inputs_of(ref[0])[0]
    return ref

"""`OwnConvolution`: a network's convolutions, and which of its variables each is made of."""

from dataclasses import dataclass

import keras
import tensorflow as tf

from training.pretrained.graphs.convolutions import Convolution, convolutions
from training.pretrained.graphs.node_graph import node_graph

_ROLES = ("bias", "gamma", "beta", "moving_mean", "moving_variance")


@dataclass(frozen=True)
class OwnConvolution:
    """A use of a kernel in a network of ours.

    Args:
        convolution: as the network's graph has it.
        kernel: the variable.
        after: by role, `bias`, `gamma`, `beta`, `moving_mean` or `moving_variance`, the
            variables that its output is scaled and moved with.
    """

    convolution: Convolution
    kernel: keras.Variable
    after: dict[str, keras.Variable]

    @property
    def layer(self) -> str:
        """What the kernel's layer is called."""
        return str(self.kernel.path).split("/")[-2]

    @property
    def norm_layer(self) -> str | None:
        """What the batch normalization after it is called; None where there is none."""
        gamma = self.after.get("gamma")
        return None if gamma is None else str(gamma.path).split("/")[-2]


def own_convolutions(network: keras.Model) -> list[OwnConvolution]:
    """Every use of a kernel in what the network computes of images."""
    specs = [tf.TensorSpec((1, *each.shape[1:]), each.dtype) for each in network.inputs]
    traced = tf.function(lambda *given: network(*given, training=False), autograph=False)
    function = traced.get_concrete_function(*specs).graph
    graph = node_graph(function.as_graph_def(), "our network")
    by_handle = {id(each.value.handle): each for each in network.variables}
    variables = {}
    for outside, inside in function.captures:
        variable = by_handle.get(id(outside))
        if variable is not None:
            name = inside.name.partition(":")[0]
            variables[name] = variable
            graph.values[name] = variable.numpy()
    found = []
    for each in convolutions(graph, variables=variables.keys()):
        kernels = [variables[name] for name in each.kernel_sources if name in variables]
        if len(kernels) == 1:
            after = [variables[name] for name in each.affine_sources if name in variables]
            roles = {str(variable.path).rpartition("/")[2]: variable for variable in after}
            known = {role: roles[role] for role in _ROLES if role in roles}
            found.append(OwnConvolution(each, kernels[0], known))
    return found

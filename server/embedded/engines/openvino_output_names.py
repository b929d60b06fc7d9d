"""References to an operation's outputs that OpenVINO resolves for operations that we convert.

Inside of a function an output is referred to by its name, `nms:nmsed_scores:0`. OpenVINO knows the
names of what it converts itself; of what an extension gives it takes the first output for any name.
By number, as in the graph outside of functions, it finds each.
"""

from serving_protocol.messages import MetaGraphDef

# The outputs' names of the operations of several outputs that extensions convert, in their order.
_OUTPUTS = {
    "CombinedNonMaxSuppression": (
        "nmsed_boxes", "nmsed_scores", "nmsed_classes", "valid_detections",
    ),
}  # fmt: skip


def number_outputs(meta_graph: MetaGraphDef) -> None:
    """Refer to outputs of such operations by number in every function, in place."""
    for function in meta_graph.graph_def.library.function:
        numbered = {
            f"{node.name}:{name}:0": f"{node.name}:{number}"
            for node in function.node_def
            for number, name in enumerate(_OUTPUTS.get(node.op, ()))
        }
        if not numbered:
            continue
        for node in function.node_def:
            node.input[:] = [numbered.get(each, each) for each in node.input]
        for result, source in list(function.ret.items()):
            function.ret[result] = numbered.get(source, source)

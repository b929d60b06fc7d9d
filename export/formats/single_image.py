"""A frozen detector for a batch of one, with its non-maximum suppression replaced."""

from collections.abc import Iterable
from typing import Any

import tensorflow as tf

from export.formats.single_suppression import OPERATION, suppress_one
from export.graphs.freezing import FrozenGraph


def answers_of_one(frozen: FrozenGraph, images: tf.Tensor) -> dict[str, tf.Tensor]:
    """Add the detector to the graph that is being built, and return its outputs.

    The frozen graph is imported part by part: what can be computed before a suppression, then the
    suppression in simpler operations, then what follows from it.

    Args:
        frozen: the detector.
        images: (1, height, width, 3) float32 in 0..255.

    Returns:
        Each output by its name.
    """
    computed = {_full(frozen.input_name): images}
    left = [node for node in frozen.graph_def.node if f"{node.name}:0" not in computed]
    wanted = list(map(_full, frozen.output_names.values()))
    while left:
        ready = _before_any(left, OPERATION)
        left = [node for node in left if node.name not in ready]
        later = [*wanted, *(name for node in left for name in _read(node))]
        part = [node for node in frozen.graph_def.node if node.name in ready]
        computed |= _imported(frozen.graph_def.versions, part, computed, later)
        for node in [each for each in left if each.op == OPERATION]:
            if all(name in computed for name in _read(node)):
                computed |= _suppressed(node, computed)
                left.remove(node)
    return {name: computed[_full(tensor)] for name, tensor in frozen.output_names.items()}


def _before_any(nodes: list[Any], operation: str) -> set[str]:
    """The names of the nodes that neither are nor read one of these operations."""
    readers: dict[str, list[Any]] = {}
    for node in nodes:
        for name in _read(node):
            readers.setdefault(_node(name), []).append(node)
    pending = [node for node in nodes if node.op == operation]
    after = {node.name for node in pending}
    while pending:
        for reader in readers.get(pending.pop().name, ()):
            if reader.name not in after:
                after.add(reader.name)
                pending.append(reader)
    return {node.name for node in nodes} - after


def _imported(
    versions: Any, part: list[Any], computed: dict[str, tf.Tensor], later: Iterable[str]
) -> dict[str, tf.Tensor]:
    own = {node.name for node in part}
    graph_def = tf.compat.v1.GraphDef(versions=versions)
    for node in part:
        copy = graph_def.node.add()
        copy.CopyFrom(node)
        # Nothing here has to wait for anything.
        del copy.input[:]
        copy.input.extend(name for name in node.input if not name.startswith("^"))
    read = {name for node in part for name in _read(node) if _node(name) not in own}
    names = sorted({name for name in later if _node(name) in own})
    found = tf.graph_util.import_graph_def(
        graph_def, {name: computed[name] for name in read}, return_elements=names, name=""
    )
    return dict(zip(names, found, strict=True))


def _suppressed(node: Any, computed: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    boxes, scores, *told = (computed[name] for name in _read(node))
    per_class, total, iou, score = (float(tf.get_static_value(each)) for each in told)
    outputs = suppress_one(
        boxes, scores, per_class=int(per_class), total=int(total), iou=iou, score=score,
        clip=node.attr["clip_boxes"].b,
    )  # fmt: skip
    return {f"{node.name}:{place}": each for place, each in enumerate(outputs)}


def _read(node: Any) -> list[str]:
    return [_full(name) for name in node.input if not name.startswith("^")]


def _full(tensor_name: str) -> str:
    return tensor_name if ":" in tensor_name else f"{tensor_name}:0"


def _node(tensor_name: str) -> str:
    return tensor_name.partition(":")[0]

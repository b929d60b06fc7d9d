"""Choose the operations of a detector that stay in float32 when it is quantized.

Those before the first layer with weights resize the image. Those after the last ones decode boxes
and suppress: eight bits are 256 places in an image. The last layers themselves give scores and
offsets, whose digits are what is ranked and drawn; they are a small part of the work.

A detector of two stages or three has such layers in the middle: what a suppression leaves over is
looked at again. So this holds for each stage, where a suppression begins a new one.
"""

from typing import Any

_WEIGHTED = (
    "Convolution", "GroupConvolution", "ConvolutionBackpropData", "GroupConvolutionBackpropData",
    "MatMul",
)  # fmt: skip
# Through which weights come from where they are stored.
_STORAGE = ("Convert", "Concat", "Reshape", "Transpose")
_SUPPRESSIONS = ("NonMaxSuppression", "MulticlassNms", "MatrixNms")
_NOTHING = ("Constant", "Parameter", "Result")


def float_operations(model: Any) -> list[str]:
    """Names of the operations of an `openvino.Model` that stay in float32."""
    operations = [each for each in model.get_ordered_ops() if each.get_type_name() not in _NOTHING]
    stages = _stages(operations)
    weighted = {_name(each) for each in operations if _has_weights(each)}

    def of_stage(each: Any, others: list[Any]) -> set[str]:
        names = set(map(_name, others))
        return {name for name in names if stages.get(name) == stages[_name(each)]}

    after = set(weighted)
    for each in operations:
        if of_stage(each, _sources(each)) & after:
            after.add(_name(each))
    before: set[str] = set()
    for each in reversed(operations):
        if of_stage(each, _readers(each)) & (weighted | before):
            before.add(_name(each))
    return [_name(each) for each in operations if _name(each) not in after & before]


def _stages(operations: list[Any]) -> dict[str, int]:
    """Number of suppressions on the way to each operation, its own included."""
    stages: dict[str, int] = {}
    for each in operations:
        before = max((stages.get(_name(source), 0) for source in _sources(each)), default=0)
        suppresses = each.get_type_name().startswith(_SUPPRESSIONS)
        stages[_name(each)] = before + suppresses
    return stages


def _has_weights(operation: Any) -> bool:
    if operation.get_type_name() not in _WEIGHTED:
        return False
    return any(_is_stored(source) for source in _sources(operation))


def _is_stored(operation: Any) -> bool:
    if operation.get_type_name() == "Constant":
        return True
    return operation.get_type_name() in _STORAGE and all(map(_is_stored, _sources(operation)))


def _sources(operation: Any) -> list[Any]:
    return [each.get_source_output().get_node() for each in operation.inputs()]


def _readers(operation: Any) -> list[Any]:
    return [
        reader.get_node() for output in operation.outputs() for reader in output.get_target_inputs()
    ]


def _name(operation: Any) -> str:
    return str(operation.get_friendly_name())

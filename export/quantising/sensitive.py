"""Which operations of a detector stay in float32 when the others are computed with eight bits.

Those before the first layer with weights resize the picture. Those after the last ones decode boxes
and suppress: eight bits are 256 places in a picture. The last layers themselves give scores and
offsets, whose digits are what is ranked and drawn; they are a small part of the work.
"""

from typing import Any

_WEIGHTED = (
    "Convolution", "GroupConvolution", "ConvolutionBackpropData", "GroupConvolutionBackpropData",
    "MatMul",
)  # fmt: skip
# Through which weights come from where they are stored.
_STORAGE = ("Convert", "Concat", "Reshape", "Transpose")
_NOTHING = ("Constant", "Parameter", "Result")


def float_operations(model: Any) -> list[str]:
    """The names of the operations of an `openvino.Model` that stay as they are."""
    operations = [each for each in model.get_ordered_ops() if each.get_type_name() not in _NOTHING]
    weighted = {_name(each) for each in operations if _has_weights(each)}
    after = set(weighted)
    for each in operations:
        if any(_name(source) in after for source in _sources(each)):
            after.add(_name(each))
    before: set[str] = set()
    for each in reversed(operations):
        if any(_name(reader) in weighted | before for reader in _readers(each)):
            before.add(_name(each))
    return [_name(each) for each in operations if _name(each) not in after & before]


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

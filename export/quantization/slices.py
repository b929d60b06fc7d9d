"""Rewrite slices with an ellipsis: `x[..., :2]` as `x[:, :, :2]`.

OpenVINO moves a slice before the factor that its input was multiplied by, once a model is
quantized, and slices the factor too; with an ellipsis it forgets that (2026.4,
`StridedSliceTransformation`), and the model cannot be compiled. Boxes are decoded so.
"""

from typing import Any

import numpy as np

_SLICE = "StridedSlice"


def spell_out_ellipses(model: Any) -> None:
    """Write the axes that an ellipsis stands for, in every slice of an `openvino.Model`."""
    for node in model.get_ordered_ops():
        if node.get_type_name() != _SLICE:
            continue
        masks = node.get_attributes()
        rank = node.input(0).get_partial_shape().rank
        bounds = [node.input_value(place).get_node() for place in (1, 2, 3)]
        is_constant = all(each.get_type_name() == "Constant" for each in bounds)
        if 1 in masks["ellipsis_mask"] and rank.is_static and is_constant:
            _replace(node, masks, rank.get_length(), [each.get_data() for each in bounds])
    model.validate_nodes_and_infer_types()


def _replace(node: Any, masks: dict[str, Any], rank: int, bounds: list[Any]) -> None:
    from openvino import opset13 as ops

    given = len(bounds[0])
    place = list(masks["ellipsis_mask"]).index(1)
    stands_for = rank - (given - 1 - sum(masks["new_axis_mask"]))

    def longer(values: Any, value: int) -> list[int]:
        filled = [*values, *[0] * (given - len(values))]
        return [*filled[:place], *[value] * stands_for, *filled[place + 1 :]]

    begin, end, step = (
        ops.constant(np.array(longer(values, value), values.dtype))
        for values, value in zip(bounds, (0, 0, 1), strict=True)
    )
    whole = ops.strided_slice(
        node.input_value(0), begin, end, step,
        begin_mask=longer(masks["begin_mask"], 1),
        end_mask=longer(masks["end_mask"], 1),
        new_axis_mask=longer(masks["new_axis_mask"], 0),
        shrink_axis_mask=longer(masks["shrink_axis_mask"], 0),
    )  # fmt: skip
    whole.set_friendly_name(node.get_friendly_name())
    node.output(0).replace(whole.output(0))

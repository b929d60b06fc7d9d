"""Slices with an ellipsis, written out: the same values, whatever else a slice does."""

from typing import Any

import numpy as np
import pytest

from export.quantization.slices import spell_out_ellipses
from server.embedded.engines.openvino_runtime import import_openvino

openvino = import_openvino()
ops = openvino.opset13

VALUES = np.arange(2 * 3 * 5, dtype=np.float32).reshape(2, 3, 5)


def model(begin: list[int], end: list[int], step: list[int], **masks: list[int]) -> Any:
    given = ops.parameter([-1, 3, 5], np.float32)
    sliced = ops.strided_slice(
        given, *(ops.constant(np.array(each, np.int32)) for each in (begin, end, step)), **masks
    )
    return openvino.Model([sliced], [given])


def answer(asked: Any) -> np.ndarray:
    compiled = openvino.Core().compile_model(asked, "CPU")
    return np.array(compiled(VALUES)[0])


@pytest.mark.parametrize(
    ("wanted", "begin", "end", "step", "masks"),
    [
        (VALUES[..., :2], [0, 0], [0, 2], [1, 1],
         {"begin_mask": [0, 1], "end_mask": [0, 0], "ellipsis_mask": [1, 0]}),
        (VALUES[..., 2:], [0, 2], [0, 0], [1, 1],
         {"begin_mask": [0, 0], "end_mask": [0, 1], "ellipsis_mask": [1, 0]}),
        (VALUES[1, ..., ::2], [1, 0, 0], [2, 0, 0], [1, 1, 2],
         {"begin_mask": [0, 0, 1], "end_mask": [0, 0, 1], "ellipsis_mask": [0, 1, 0],
          "shrink_axis_mask": [1, 0, 0]}),
        (VALUES[..., None], [0, 0], [0, 0], [1, 1],
         {"begin_mask": [0, 0], "end_mask": [0, 0], "ellipsis_mask": [1, 0],
          "new_axis_mask": [0, 1]}),
    ],
)  # fmt: skip
def test_what_is_taken_is_the_same(
    wanted: np.ndarray, begin: list[int], end: list[int], step: list[int], masks: Any
) -> None:
    given = model(begin, end, step, **masks)
    spell_out_ellipses(given)
    [node] = [each for each in given.get_ops() if each.get_type_name() == "StridedSlice"]
    assert 1 not in node.get_attributes()["ellipsis_mask"]
    np.testing.assert_array_equal(answer(given), wanted)


def test_other_slices_are_left_alone() -> None:
    given = model([0, 1], [0, 2], [1, 1], begin_mask=[1, 0], end_mask=[1, 0])
    before = given.get_ops()
    spell_out_ellipses(given)
    assert given.get_ops() == before

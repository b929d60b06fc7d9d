"""Rows that are gathered within a batch are the right ones, whichever operation copies them."""

from collections.abc import Sequence

import numpy as np
import pytest

from server.embedded.engines.openvino_engine import the_core
from server.embedded.engines.openvino_gather import gather_rows_by_copies

RNG = np.random.default_rng(2)


def gathered(
    data: np.ndarray, indices: np.ndarray, axis: int, batch_dims: int, shapes: Sequence[object]
) -> tuple[np.ndarray, set[str]]:
    import openvino as ov
    from openvino import opset13 as ops

    taken = [
        ops.parameter(ov.PartialShape(shape), dtype)
        for shape, dtype in zip(shapes, (np.float32, np.int32), strict=True)
    ]
    found = ops.gather(*taken, ops.constant(np.int32(axis)), batch_dims=batch_dims)
    model = ov.Model([found], taken, "gather")
    gather_rows_by_copies(model)
    kinds = {node.get_type_name() for node in model.get_ops()}
    compiled = the_core().compile_model(model, "CPU")
    return np.array(compiled([data, indices])[0]), kinds


@pytest.mark.parametrize("is_static", [True, False])
@pytest.mark.parametrize("width", [2, 4, 6, 17])
def test_boxes_of_each_image_are_its_own(width: int, is_static: bool) -> None:
    data = RNG.random((3, 900, width)).astype(np.float32)
    indices = RNG.integers(0, 900, (3, 100)).astype(np.int32)
    shapes = [each.shape if is_static else [-1] * each.ndim for each in (data, indices)]
    found, kinds = gathered(data, indices, 1, 1, shapes)
    assert np.array_equal(found, np.take_along_axis(data, indices[..., None], 1))
    assert "GatherND" in kinds
    assert "Gather" not in kinds


def test_of_two_axes_of_batches_and_several_of_rows() -> None:
    data = RNG.random((2, 3, 5, 4, 2)).astype(np.float32)
    indices = RNG.integers(0, 5, (2, 3, 7)).astype(np.int32)
    found, kinds = gathered(data, indices, 2, 2, [data.shape, indices.shape])
    assert np.array_equal(found, np.take_along_axis(data, indices[..., None, None], 2))
    assert "GatherND" in kinds


@pytest.mark.parametrize(
    ("data_shape", "axis", "batch_dims"), [((3, 9), 1, 1), ((3, 9, 4), 1, 0), ((3, 9, 4), 2, 1)]
)
def test_other_gathers_stay(data_shape: tuple[int, ...], axis: int, batch_dims: int) -> None:
    data = RNG.random(data_shape).astype(np.float32)
    indices = RNG.integers(0, 4, (3, 2)).astype(np.int32)
    found, kinds = gathered(data, indices, axis, batch_dims, [data.shape, indices.shape])
    wanted = (
        np.stack([np.take(data[row], indices[row], axis - 1) for row in range(3)])
        if batch_dims
        else np.take(data, indices, axis)
    )
    assert np.array_equal(found, wanted)
    assert "Gather" in kinds

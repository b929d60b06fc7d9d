import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

from tests.support.shared import shared
from training.models.ssd.anchors import (
    Boxes,
    default_boxes,
    default_boxes_per_place,
    pyramid_anchors,
)

LEVELS = (3, 4, 5, 6, 7)
QUANTIZED_TO = 0.006  # of the image's side, in the rebuilt model


def sizes_px(anchors: Boxes, size_hw: tuple[int, int]) -> Boxes:
    return (anchors[:, 2:] - anchors[:, :2]) * np.array(size_hw, np.float32)


def test_a_pyramids_anchors_are_where_the_object_detection_api_has_them() -> None:
    model = SavedModel.FromString((shared("models/hands/1") / "saved_model.pb").read_bytes())
    constants = {
        node.name.rpartition("/")[2]: tf.make_ndarray(node.attr["value"].tensor)
        for node in model.meta_graphs[0].graph_def.node
        if node.op == "Const" and "/get_center_coordinates_and_sizes/" in node.name
    }
    anchors = pyramid_anchors((320, 320), LEVELS, 4.0)
    centers = (anchors[:, :2] + anchors[:, 2:]) / 2
    sizes = anchors[:, 2:] - anchors[:, :2]
    columns = {
        "add": centers[:, 0],
        "add_1": centers[:, 1],
        "sub_1": sizes[:, 0],
        "sub": sizes[:, 1],
    }
    for name, ours in columns.items():
        assert constants[name] == pytest.approx(ours, abs=QUANTIZED_TO), name


def test_a_pyramids_anchors_keep_their_size_in_pixels_whatever_the_images() -> None:
    wide, square = (pyramid_anchors(size, (3,), 4.0) for size in ((64, 160), (64, 64)))
    assert len(wide) == 8 * 20 * 6
    assert len(square) == 8 * 8 * 6
    assert sizes_px(wide, (64, 160))[:6] == pytest.approx(sizes_px(square, (64, 64))[:6], rel=1e-4)
    assert sizes_px(wide, (64, 160))[0] == pytest.approx([32, 32], rel=1e-4)
    assert sizes_px(wide, (64, 160))[2] == pytest.approx([32 / 2**0.5, 32 * 2**0.5], rel=1e-4)


def test_where_a_stride_does_not_divide_the_image_there_is_a_place_more() -> None:
    assert len(pyramid_anchors((100, 40), (5,), 4.0)) == 4 * 2 * 6


def test_default_boxes_grow_from_the_finest_map_to_the_coarsest() -> None:
    maps = [(14, 20), (7, 10), (4, 5)]
    boxes = default_boxes(maps, (224, 320), 0.2, 0.95)
    per_place = default_boxes_per_place(3)
    counts = [rows * columns * each for (rows, columns), each in zip(maps, per_place, strict=True)]
    assert len(boxes) == sum(counts)
    sides = np.split(sizes_px(boxes, (224, 320)), np.cumsum(counts)[:-1])
    assert sides[0][0] == pytest.approx([0.1 * 224] * 2, rel=1e-4)
    assert sides[1][0] == pytest.approx([0.575 * 224] * 2, rel=1e-4)
    assert sides[2][0] == pytest.approx([0.95 * 224] * 2, rel=1e-4)
    assert sides[2][3] == pytest.approx([0.95 * 224 / 3**0.5, 0.95 * 224 * 3**0.5], rel=1e-4)


def test_default_boxes_go_by_row_then_by_column() -> None:
    boxes = default_boxes([(2, 3)], (64, 96), 0.2, 0.9)
    centers = ((boxes[:, :2] + boxes[:, 2:]) / 2)[::3]
    assert centers == pytest.approx(
        np.array(
            [[0.25, 1 / 6], [0.25, 0.5], [0.25, 5 / 6], [0.75, 1 / 6], [0.75, 0.5], [0.75, 5 / 6]]
        )
    )

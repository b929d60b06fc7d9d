"""`CombinedNonMaxSuppression` by OpenVINO is what TensorFlow computes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from server.embedded.engines.engine import Array
from server.embedded.engines.openvino_engine import OpenvinoEngine, UnservableByOpenvino
from serving_protocol.messages import DataType, MetaGraphDef, NodeDef
from serving_protocol.tensors import encode_tensor
from tests.support.small_graphs import (
    FLOAT,
    meta_graph,
    placeholder,
    signature,
    tensor_info,
    write_saved_model,
)

MOST, IOU, SCORE = 5, 0.5, 0.2
OUTPUTS = ("boxes", "scores", "classes", "counts")
INT32: int = DataType.Value("DT_INT32")


def constant(name: str, value: object) -> NodeDef:
    node = NodeDef(name=name, op="Const")
    tensor = encode_tensor(np.asarray(value))
    node.attr["dtype"].type = tensor.dtype
    node.attr["value"].tensor.CopyFrom(tensor)
    return node


def graph(clip: bool = True, pad_per_class: bool = False) -> MetaGraphDef:
    limits = {
        "per_class": np.int32(MOST), "most": np.int32(MOST),
        "iou": np.float32(IOU), "score": np.float32(SCORE),
    }  # fmt: skip
    suppression = NodeDef(
        name="nms", op="CombinedNonMaxSuppression", input=["given_boxes", "given_scores", *limits]
    )
    suppression.attr["clip_boxes"].b = clip
    suppression.attr["pad_per_class"].b = pad_per_class
    nodes = [
        placeholder("given_boxes", (-1, -1, 1, 4)),
        placeholder("given_scores", (-1, -1, 2)),
        *(constant(name, value) for name, value in limits.items()),
        suppression,
        *(_named(name, place) for place, name in enumerate(OUTPUTS)),
    ]
    taken = {
        "b": tensor_info("given_boxes:0", (-1, -1, 1, 4)),
        "s": tensor_info("given_scores:0", (-1, -1, 2)),
    }
    shapes = ((-1, MOST, 4), (-1, MOST), (-1, MOST), (-1,))
    given = {
        name: tensor_info(f"{name}:0", shape, INT32 if name == "counts" else FLOAT)
        for name, shape in zip(OUTPUTS, shapes, strict=True)
    }
    return meta_graph(nodes, {"serving_default": signature(taken, given)})


def _named(name: str, place: int) -> NodeDef:
    node = NodeDef(name=name, op="Identity", input=[f"nms:{place}" if place else "nms"])
    node.attr["T"].type = INT32 if name == "counts" else FLOAT
    return node


def test_what_overlaps_goes_class_by_class_and_the_rest_is_zeros(tmp_path: Path) -> None:
    model = OpenvinoEngine().load(write_saved_model(tmp_path / "1", graph()))
    boxes = np.array(
        [
            [[0, 0, 0.4, 0.5], [0.02, 0, 0.42, 0.5], [0.6, 0.6, 1.3, 0.9]],
            [[0.1, 0.1, 0.2, 0.2], [0.5, 0.5, 0.7, 0.9], [0, 0, 0.1, 0.1]],
        ],
        np.float32,
    )[:, :, None]
    scores = np.array(
        [[[0.9, 0.3], [0.8, 0.7], [0.1, 0.6]], [[0.05, 0.1], [0.1, 0.05], [0.0, 0.25]]], np.float32
    )
    answer = model.run("serving_default", {"b": boxes, "s": scores}, OUTPUTS)
    assert answer["counts"].tolist() == [3, 1]
    np.testing.assert_allclose(
        answer["scores"], [[0.9, 0.7, 0.6, 0, 0], [0.25, 0, 0, 0, 0]], atol=1e-6
    )
    assert answer["classes"].tolist() == [[0, 1, 1, 0, 0], [1, 0, 0, 0, 0]]
    np.testing.assert_allclose(answer["boxes"][0, 2], [0.6, 0.6, 1.0, 0.9], atol=1e-6)
    assert not answer["boxes"][1, 1:].any()


@pytest.mark.tensorflow
def test_by_chance_it_is_what_tensorflow_computes(tmp_path: Path) -> None:
    tf = pytest.importorskip("tensorflow")
    model = OpenvinoEngine().load(write_saved_model(tmp_path / "1", graph(clip=False)))
    rng = np.random.default_rng(4)
    corners = np.sort(rng.uniform(-0.1, 1.1, (3, 60, 2, 2)), axis=2).reshape(3, 60, 1, 4)
    boxes, scores = corners.astype(np.float32), rng.random((3, 60, 2)).astype(np.float32)
    wanted = tf.image.combined_non_max_suppression(
        boxes, scores, MOST, MOST, IOU, SCORE, clip_boxes=False
    )
    found = model.run("serving_default", {"b": boxes, "s": scores}, OUTPUTS)
    for name, value in zip(OUTPUTS, wanted, strict=True):
        np.testing.assert_allclose(found[name], value.numpy(), atol=1e-6, err_msg=name)


def test_as_many_as_all_classes_may_have_is_left_to_tensorflow(tmp_path: Path) -> None:
    version = write_saved_model(tmp_path / "1", graph(pad_per_class=True))
    with pytest.raises(UnservableByOpenvino, match="as many boxes as all classes may have"):
        OpenvinoEngine().load(version)


@dataclass(frozen=True)
class Given:
    """Boxes (B, N, 1, 4) and scores (B, N, C), in the size that models of a test take."""

    boxes: Array
    scores: Array

    @classmethod
    def at_random(cls, count: int, classes: int) -> "Given":
        rng = np.random.default_rng(count)
        corner = rng.random((3, count, 1, 2), np.float32)
        size = np.float32(0.3) * rng.random((3, count, 1, 2), np.float32)
        scores = rng.random((3, count, classes), np.float32) ** 4
        return cls(np.concatenate([corner, corner + size], -1), scores)

    def variants(self) -> Iterator[tuple[Array, Array]]:
        """An image without detections, one in which all are in one place, none, one; no numbers."""
        yield self.boxes, self.scores
        boxes, scores = self.boxes.copy(), self.scores.copy()
        scores[0], boxes[1] = 0, boxes[1, :1]
        yield boxes, scores
        yield self.boxes[:0], self.scores[:0]
        scores = self.scores.copy()
        scores[scores < 0.001] = np.nan
        scores[0, 7, 0], scores[0, 8, 0] = np.inf, -np.inf
        yield self.boxes[:1], scores[:1]


@pytest.mark.tensorflow
# With 2,600 scores of an image the likeliest ones come first, with 120 all at once.
@pytest.mark.parametrize("count", [60, 1300])
@pytest.mark.parametrize(("per_class", "total"), [(10, 10), (30, 10), (4, 10)])
def test_a_function_of_tensorflow_2_finds_the_same_in_both_engines(
    count: int, per_class: int, total: int, tmp_path: Path
) -> None:
    tf = pytest.importorskip("tensorflow")

    def function(b: Any, s: Any) -> dict[str, Any]:
        found = tf.image.combined_non_max_suppression(b, s, per_class, total, IOU, 1e-8)
        return dict(zip(OUTPUTS, found, strict=True))

    traced = tf.function(function).get_concrete_function(
        tf.TensorSpec([None, count, 1, 4], tf.float32, "b"),
        tf.TensorSpec([None, count, 2], tf.float32, "s"),
    )
    tf.saved_model.save(tf.Module(), str(tmp_path / "1"), traced)
    model = OpenvinoEngine().load(tmp_path / "1")
    for boxes, scores in Given.at_random(count, 2).variants():
        found = model.run("serving_default", {"b": boxes, "s": scores}, OUTPUTS)
        for name, wanted in function(boxes, scores).items():
            np.testing.assert_array_equal(found[name], wanted.numpy(), err_msg=name)


def test_boxes_that_overlap_by_the_threshold_itself_are_both_kept(tmp_path: Path) -> None:
    model = OpenvinoEngine().load(write_saved_model(tmp_path / "1", graph()))
    boxes = np.array([[[0, 0, 1, 1], [0, 0, 0.5, 1], [0, 0, 0.625, 1]]], np.float32)[:, :, None]
    scores = np.array([[[0.9, 0], [0.8, 0], [0.7, 0]]], np.float32)
    answer = model.run("serving_default", {"b": boxes, "s": scores}, OUTPUTS)
    assert answer["counts"].tolist() == [2]


def test_the_best_of_thousands_are_found_where_their_number_is_not_declared(tmp_path: Path) -> None:
    model = OpenvinoEngine().load(write_saved_model(tmp_path / "1", graph()))
    rng = np.random.default_rng(3)
    corner = rng.random((1, 50_000, 1, 2), np.float32)
    boxes = np.concatenate([corner, corner + np.float32(0.1)], -1)
    scores = np.float32(0.5) + rng.random((1, 50_000, 2), np.float32) / 2
    answer = model.run("serving_default", {"b": boxes, "s": scores}, OUTPUTS)
    assert answer["counts"].tolist() == [MOST]
    assert answer["scores"][0, 0] == scores.max()

"""`CombinedNonMaxSuppression` by OpenVINO is what TensorFlow computes."""

from pathlib import Path

import numpy as np
import pytest

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


def graph(per_class: int = MOST, clip: bool = True) -> MetaGraphDef:
    limits = {
        "per_class": np.int32(per_class), "most": np.int32(MOST),
        "iou": np.float32(IOU), "score": np.float32(SCORE),
    }  # fmt: skip
    suppression = NodeDef(
        name="nms", op="CombinedNonMaxSuppression", input=["given_boxes", "given_scores", *limits]
    )
    suppression.attr["clip_boxes"].b = clip
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


def test_fewer_of_a_class_than_in_all_is_left_to_tensorflow(tmp_path: Path) -> None:
    version = write_saved_model(tmp_path / "1", graph(per_class=MOST - 1))
    with pytest.raises(UnservableByOpenvino, match="fewer boxes of a class than in all"):
        OpenvinoEngine().load(version)

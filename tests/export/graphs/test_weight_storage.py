"""Weights that take half the disk, and compute what they computed before."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from detection.agreement import disagreements
from detection.tolerance import SAME_FILE
from export.graphs.freezing import FrozenGraph, freeze
from export.graphs.saved_model import write_saved_model
from export.graphs.weight_storage import FEWEST, PIECE, stored_as_half, weight_names
from export.parity import detections_of
from server.embedded.engines.engine import LoadedModel
from server.embedded.engines.openvino_engine import OpenvinoEngine
from server.embedded.engines.tensorflow_engine import TensorflowEngine
from serving_protocol.messages import SavedModel
from tests.support.exported_detector import CLASS_IDS, SIZE_HW, images, write_version
from training.models.detector import Detector

OUTPUTS = ["detection_boxes", "detection_classes", "detection_scores", "num_detections"]


@pytest.fixture(scope="module")
def frozen(detector: Detector) -> FrozenGraph:
    return freeze(detector, CLASS_IDS)


@pytest.fixture(scope="module")
def half_dir(
    frozen: FrozenGraph, detector: Detector, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = write_version(tmp_path_factory.mktemp("half") / "1", detector)
    write_saved_model(frozen, SIZE_HW, folder, "float16")
    return folder


def test_the_weights_take_half_the_disk(
    frozen: FrozenGraph, version_dir: Path, half_dir: Path
) -> None:
    names = weight_names(frozen.graph_def)
    saved = sum(2 * each.size for each in weights(frozen, names) if each.size >= FEWEST)
    whole, half = ((each / "saved_model.pb").stat().st_size for each in (version_dir, half_dir))
    assert saved > 0.25 * whole
    # A cast, and the names of it and of its constant, are a few hundred bytes.
    assert whole - half > saved - 400 * len(names)


@pytest.mark.parametrize("engine", [TensorflowEngine, OpenvinoEngine])
def test_either_engine_finds_the_same(
    engine: type[TensorflowEngine] | type[OpenvinoEngine], version_dir: Path, half_dir: Path
) -> None:
    whole, half = (ask(engine().load(each)) for each in (version_dir, half_dir))
    assert len(whole["num_detections"]) == 2
    for expected, found in zip(detections_of(whole), detections_of(half), strict=True):
        assert len(expected) > 0
        # Weights that were drawn by chance make much of a rounded digit.
        assert disagreements(expected, found, SAME_FILE) == []
    assert not np.array_equal(whole["detection_scores"], half["detection_scores"])


def test_anchors_keep_their_digits(half_dir: Path) -> None:
    [meta_graph] = SavedModel.FromString((half_dir / "saved_model.pb").read_bytes()).meta_graphs
    halves = [
        node.attr["value"].tensor
        for node in meta_graph.graph_def.node
        if node.op == "Const" and node.attr["dtype"].type == tf.float16.as_datatype_enum
    ]
    # Kernels are (rows, columns, taken, answered), anchors (A, 4).
    assert {len(each.tensor_shape.dim) for each in halves} == {4}


def test_a_large_weight_is_put_together_from_pieces_that_an_optimizer_computes() -> None:
    values = np.random.default_rng(1).normal(size=(3, 3, 97, 131)).astype(np.float32)
    stored = stored_as_half(constants(large=values), ["large"])
    pieces = [node for node in stored.node if node.op == "Cast"]
    assert len(pieces) == -(-values.size // PIECE) == 5
    graph = tf.Graph()
    with graph.as_default():
        tf.graph_util.import_graph_def(stored, name="")
        with tf.compat.v1.Session(graph=graph) as session:
            found = session.run("large:0")
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, values.astype(np.float16).astype(np.float32))


def test_what_float16_does_not_hold_stays_as_it_is() -> None:
    given = constants(
        huge=np.full(300, 1e5, np.float32),
        broken=np.full(300, np.nan, np.float32),
        small=np.zeros(255, np.float32),
        indices=np.zeros(300, np.int32),
    )
    assert stored_as_half(given, ["huge", "broken", "small", "indices"]) == given


def constants(**values: np.ndarray) -> tf.compat.v1.GraphDef:
    graph = tf.Graph()
    with graph.as_default():
        for name, each in values.items():
            tf.constant(each, name=name)
    return graph.as_graph_def()


def weights(frozen: FrozenGraph, names: set[str]) -> list[np.ndarray]:
    return [
        tf.make_ndarray(node.attr["value"].tensor)
        for node in frozen.graph_def.node
        if node.name in names
    ]


def ask(model: LoadedModel) -> dict[str, np.ndarray]:
    return model.run("image_tensor", {"image_tensor": images(2)}, OUTPUTS)

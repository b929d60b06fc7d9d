"""What `boxwright export` writes, as weights to start from: all of it fits, and does the same."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from export.graphs.freezing import freeze
from export.graphs.saved_model import write_saved_model
from export.graphs.weight_storage import WeightType
from tests.support.exported_detector import CLASS_IDS, SIZE_HW, chance_detector, images
from training.models.detector import Detector
from training.models.registry import build_model
from training.pretrained.graphs.alignment import align
from training.pretrained.graphs.convolutions import convolutions
from training.pretrained.graphs.graph_file import read_graph_file, read_saved_model_graph
from training.pretrained.graphs.node_graph import node_graph
from training.pretrained.graphs.own_network import own_convolutions
from training.pretrained.source_weights import PretrainedWeightsError
from training.pretrained.start import init_from

IMAGES = images(2, SIZE_HW).astype(np.float32)
SMALL, PYRAMID = "ssdlite_mobilenet_v3_small", "ssd_mobilenet_v2_fpnlite"


@pytest.fixture(scope="module")
def small() -> Detector:
    return chance_detector()


def _outputs(network: keras.Model) -> dict[str, np.ndarray]:
    return {name: np.asarray(value) for name, value in network(IMAGES, training=False).items()}


def _new(name: str, class_count: int = len(CLASS_IDS)) -> Detector:
    return build_model(
        name, class_count=class_count, input_size_hw=SIZE_HW, options={"width": 0.35}
    )


@pytest.fixture(scope="module")
def version(small: Detector, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _exported(small, tmp_path_factory.mktemp("float32"), "float32")


def _exported(detector: Detector, folder: Path, weights: WeightType) -> Path:
    write_saved_model(freeze(detector, CLASS_IDS), SIZE_HW, folder, weights)
    return folder


def test_a_version_fills_every_weight_and_finds_the_same(small: Detector, version: Path) -> None:
    detector = _new(SMALL)
    report = init_from(detector, str(version), [IMAGES])
    assert not report.left
    assert not report.unused
    wanted = _outputs(small.network)
    for name, value in _outputs(detector.network).items():
        assert wanted[name].std() > 0.1
        np.testing.assert_allclose(value, wanted[name], atol=1e-3)


def test_weights_in_half_the_bits_are_read_too(
    small: Detector, version: Path, tmp_path: Path
) -> None:
    whole = read_saved_model_graph(version)
    halves = read_saved_model_graph(_exported(small, tmp_path, "float16"))
    assert len(whole) == len(halves) == len(own_convolutions(small.network))
    rounded = 0
    for each, half in zip(whole, halves, strict=True):
        np.testing.assert_allclose(half.kernel, each.kernel, rtol=1e-3, atol=1e-6)
        rounded += not np.array_equal(half.kernel, each.kernel)
    assert rounded > 40


def test_towers_whose_kernels_were_folded_level_by_level_are_brought_together(
    tmp_path: Path,
) -> None:
    exported = chance_detector(PYRAMID)
    detector = _new(PYRAMID)
    report = init_from(detector, str(_exported(exported, tmp_path, "float32")), [IMAGES])
    assert not report.left
    wanted = _outputs(exported.network)
    for name, value in _outputs(detector.network).items():
        np.testing.assert_allclose(value, wanted[name], atol=1e-3)


def test_a_version_of_other_classes_fills_all_but_the_class_heads(
    small: Detector, version: Path
) -> None:
    detector = _new(SMALL, class_count=4)
    report = init_from(detector, str(version), [IMAGES])
    left = {each.name.split("/")[0] for each in report.left}
    assert left == {f"class_head_{number}" for number in range(6)}
    # As four classes have as many outputs as a box has numbers, a head could be taken for another.
    wanted, found = _outputs(small.network), _outputs(detector.network)
    np.testing.assert_allclose(found["box_encodings"], wanted["box_encodings"], atol=1e-3)
    assert "(9,) there and (12,) here" in report.as_text()


def test_a_network_with_variables_keeps_its_batch_norms_statistics(
    small: Detector, tmp_path: Path
) -> None:
    small.network.export(str(tmp_path), verbose=False)
    found = read_saved_model_graph(tmp_path)
    own = own_convolutions(small.network)
    pairs = align([each.convolution for each in own], [each.layer for each in own], found)
    assert len(pairs) == len(own) == len(found)
    for our, their in pairs.items():
        np.testing.assert_array_equal(found[their].kernel, own[our].convolution.kernel)
        if own[our].norm_layer is not None:
            statistics = found[their].statistics
            assert statistics is not None
            np.testing.assert_array_equal(statistics[0], own[our].after["moving_mean"].numpy())
            np.testing.assert_array_equal(statistics[1], own[our].after["moving_variance"].numpy())


def test_names_that_say_nothing_are_no_obstacle(small: Detector, tmp_path: Path) -> None:
    graph = freeze(small, CLASS_IDS).graph_def
    own = own_convolutions(small.network)
    layers = [each.layer for each in own]
    named = convolutions(node_graph(graph, ""))
    by_names = align([each.convolution for each in own], layers, named)
    new_names = {node.name: f"n{number}" for number, node in enumerate(graph.node)}
    for node in graph.node:
        node.name = new_names[node.name]
        for place, read in enumerate(node.input):
            mark = "^" if read.startswith("^") else ""
            name, colon, output = read.removeprefix("^").partition(":")
            node.input[place] = f"{mark}{new_names[name]}{colon}{output}"
    path = tmp_path / "frozen.pb"
    path.write_bytes(graph.SerializeToString())
    pairs = align([each.convolution for each in own], layers, read_graph_file(path))
    assert len(pairs) == len(own)
    # The nodes' order is as it was.
    assert pairs == by_names
    for our, their in pairs.items():
        assert f"/{layers[our]}" in f"/{named[their].name}"


def test_a_graph_of_another_network_is_an_error_that_names_both(
    small: Detector, tmp_path: Path
) -> None:
    with tf.Graph().as_default() as graph:
        x = tf.compat.v1.placeholder(tf.float32, (1, 8, 8, 3))
        tf.nn.conv2d(x, tf.ones((7, 7, 3, 2)), 1, "SAME", name="eyes/Conv2D")
    path = tmp_path / "eyes.pb"
    path.write_bytes(graph.as_graph_def().SerializeToString())
    wanted = r"a frozen graph; none of its 1 arrays fits.*eyes/Conv2D; the model has conv/kernel"
    with pytest.raises(PretrainedWeightsError, match=wanted):
        init_from(small, str(path))

"""The file for TensorFlow Lite, asked by its interpreter."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from detection.agreement import disagreements
from detection.tolerance import SAME_PIXELS
from export.formats.tflite import TFLiteUnsupported, ask_tflite, write_tflite
from export.graphs.freezing import FrozenGraph, detection_function, freeze
from export.parity import detections_of
from tests.support.exported_detector import CLASS_IDS, SIZE_HW, images
from training.models.detector import Detector


@pytest.fixture(scope="module")
def frozen(detector: Detector) -> FrozenGraph:
    return freeze(detector, CLASS_IDS)


@pytest.fixture(scope="module")
def file(frozen: FrozenGraph, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tflite") / "model.tflite"
    write_tflite(frozen, SIZE_HW, path)
    return path


def test_it_finds_what_the_trained_model_finds(detector: Detector, file: Path) -> None:
    pixels = images(3, SIZE_HW)
    wanted = detection_function(detector, CLASS_IDS)(tf.cast(pixels, tf.float32))
    found = ask_tflite(file)("image_tensor", "image_tensor", pixels)
    assert {name: each.shape for name, each in found.items()} == {
        "detection_boxes": (3, 100, 4),
        "detection_classes": (3, 100),
        "detection_scores": (3, 100),
        "num_detections": (3,),
    }
    expected = detections_of({name: each.numpy() for name, each in wanted.items()})
    for one, other in zip(expected, detections_of(found), strict=True):
        assert one.scores[0] > 0.3
        assert disagreements(one, other, SAME_PIXELS) == []


def test_it_needs_nothing_beside_the_runtime(file: Path) -> None:
    with pytest.warns(UserWarning, match=r"tf\.lite\.Interpreter"):
        interpreter = tf.lite.Interpreter(model_path=str(file))
    names = {each["op_name"] for each in interpreter._get_ops_details()}
    assert "NON_MAX_SUPPRESSION_V4" in names
    assert not {each for each in names if each.startswith("Flex") or each == "CUSTOM"}


def test_half_weights_make_it_smaller(
    frozen: FrozenGraph, detector: Detector, file: Path, tmp_path: Path
) -> None:
    half = tmp_path / "half.tflite"
    write_tflite(frozen, SIZE_HW, half, "float16")
    assert half.stat().st_size < 0.75 * file.stat().st_size
    pixels = images(1, SIZE_HW)
    found = ask_tflite(half)("image_tensor", "image_tensor", pixels)
    assert found["num_detections"].shape == (1,)
    assert np.isfinite(found["detection_scores"]).all()


def test_an_operation_that_lite_lacks_is_named(tmp_path: Path) -> None:
    graph = tf.Graph()
    with graph.as_default():
        images = tf.compat.v1.placeholder(tf.float32, (None, *SIZE_HW, 3), "images")
        strange = tf.raw_ops.Betainc(a=images, b=images, x=images, name="strange")
    frozen = FrozenGraph(graph.as_graph_def(), "images:0", {"detection_scores": strange.name})
    with pytest.raises(TFLiteUnsupported, match="Betainc"):
        write_tflite(frozen, SIZE_HW, tmp_path / "model.tflite")
    assert not (tmp_path / "model.tflite").exists()

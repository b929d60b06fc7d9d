"""Files that TensorFlow's own converter has made, and its interpreter, against what is read."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from training.models.registry import build_model
from training.pretrained.source_weights import PretrainedWeightsError
from training.pretrained.start import init_from
from training.pretrained.tflite_graph import read_tflite_graph

SIZE_HW = (64, 96)


@pytest.fixture(scope="module")
def backbone() -> keras.Model:
    """Keras's MobileNetV2 at the size of the tests, whose batch norms do something."""
    network = keras.applications.MobileNetV2((*SIZE_HW, 3), include_top=False, weights=None)
    generator = np.random.default_rng(3)
    for weight in network.weights:
        if weight.path.endswith(("gamma", "moving_variance")):
            weight.assign(generator.uniform(0.7, 1.3, weight.shape))
        elif weight.path.endswith(("beta", "moving_mean")):
            weight.assign(generator.normal(0, 0.1, weight.shape))
    return network


def _converted(network: keras.Model, folder: Path, stored: str) -> Path:
    converter = tf.lite.TFLiteConverter.from_keras_model(network)
    if stored != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if stored == "float16":
        converter.target_spec.supported_types = [tf.float16]
    path = folder / "backbone.tflite"
    path.write_bytes(converter.convert())
    return path


@pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated:UserWarning")
@pytest.mark.parametrize(
    ("stored", "tolerance"), [("float32", 1e-4), ("float16", 1e-4), ("int8", 0.02)]
)
def test_a_backbone_does_what_the_interpreter_does_with_the_file(
    backbone: keras.Model, stored: str, tolerance: float, tmp_path: Path
) -> None:
    path = _converted(backbone, tmp_path, stored)
    images = np.random.default_rng(1).uniform(0, 255, (1, *SIZE_HW, 3)).astype(np.float32)
    detector = build_model("ssdlite_mobilenet_v2", class_count=2, input_size_hw=SIZE_HW)
    report = init_from(detector, str(path), [images])
    assert report.counts("backbone") == (260, 260)
    [ours] = detector.parts["backbone"]
    given = np.asarray(ours(images / 127.5 - 1, training=False)[1])
    runner = tf.lite.Interpreter(str(path))
    runner.allocate_tensors()
    runner.set_tensor(runner.get_input_details()[0]["index"], images / 127.5 - 1)
    runner.invoke()
    expected = runner.get_tensor(runner.get_output_details()[0]["index"])
    assert expected.std() > 0.1
    np.testing.assert_allclose(given, expected, atol=tolerance)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a TensorFlow Lite file"),
        (b"<html>not found</html>", "is not a TensorFlow Lite file"),
        (b"\x1c\0\0\0TFL3" + b"\xff" * 64, "cut short or garbled"),
    ],
)
def test_another_file_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "a.tflite"
    path.write_bytes(content)
    with pytest.raises(PretrainedWeightsError, match=message):
        read_tflite_graph(path)


def test_a_file_that_is_cut_anywhere_is_refused_or_lacks_layers(
    backbone: keras.Model, tmp_path: Path
) -> None:
    whole = _converted(backbone, tmp_path, "float16").read_bytes()
    for end in range(8, len(whole), len(whole) // 40):
        path = tmp_path / "cut.tflite"
        path.write_bytes(whole[:end])
        with pytest.raises(PretrainedWeightsError):
            read_tflite_graph(path)

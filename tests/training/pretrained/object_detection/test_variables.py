import re
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from tests.training.pretrained.detectors import new_detector, outputs
from tests.training.pretrained.object_detection_files import their_variables
from training.models.detector import Detector
from training.models.registry import build_model
from training.pretrained.object_detection.variables import slim_variable_name
from training.pretrained.source_weights import PretrainedWeightsError
from training.pretrained.start import init_from


class TheirModel(tf.Module):  # type: ignore[misc]
    def __init__(self, detector: Detector) -> None:
        super().__init__()
        self.all_of_them = [
            tf.Variable(array, name=name) for name, array in their_variables(detector).items()
        ]


def test_a_checkpoint_is_matched_by_the_names_of_its_variables(
    trained: Detector, tmp_path: Path, images: np.ndarray
) -> None:
    step = tf.Variable(1200, name="global_step", dtype=tf.int64)
    written = tf.train.Checkpoint(model=TheirModel(trained), step=step)
    prefix = written.write(str(tmp_path / "ckpt-12"))
    detector = new_detector(class_count=2, seed=1)
    report = init_from(detector, prefix)
    assert not report.left
    assert report.kind == "an Object Detection API checkpoint"
    for name, expected in outputs(trained, images).items():
        assert np.array_equal(outputs(detector, images)[name], expected)


@pytest.mark.parametrize("name", ["", "ckpt-3.index", "ckpt-3"])
def test_a_checkpoint_is_found_by_its_folder_its_index_or_its_beginning(
    trained: Detector, tmp_path: Path, name: str
) -> None:
    tf.train.Checkpoint(model=TheirModel(trained)).write(str(tmp_path / "ckpt-3"))
    report = init_from(new_detector(class_count=4, seed=1), str(tmp_path / name))
    assert report.counts("neck") == (30, 30)


def test_a_saved_model_with_variables_is_read_too(trained: Detector, tmp_path: Path) -> None:
    tf.saved_model.save(TheirModel(trained), str(tmp_path / "saved_model"))
    report = init_from(new_detector(class_count=2, seed=1), str(tmp_path))
    assert not report.left
    assert report.kind == "a SavedModel, by its variables' names"


def test_an_index_without_its_data_says_so(tmp_path: Path) -> None:
    (tmp_path / "ckpt-1.index").write_bytes(b"nothing")
    with pytest.raises(PretrainedWeightsError, match="ckpt-1 is not a checkpoint"):
        init_from(new_detector(2, 1), str(tmp_path / "ckpt-1"))


# Of TensorFlow 1's zoo and of its users, as they are in their checkpoints; and of Keras here.
@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("FeatureExtractor/MobilenetV2/Conv/weights", "Conv1/kernel"),
        ("FeatureExtractor/MobilenetV2/Conv_1/BatchNorm/moving_mean", "Conv_1_bn/moving_mean"),
        ("FeatureExtractor/MobilenetV2/expanded_conv_3/depthwise/depthwise_weights",
         "block_3_depthwise/kernel"),
        ("FeatureExtractor/MobilenetV2/expanded_conv/project/BatchNorm/gamma",
         "expanded_conv_project_BN/gamma"),
        ("FeatureExtractor/MobilenetV2/layer_19_2_Conv2d_2_3x3_s2_512_depthwise/BatchNorm/beta",
         "extra_0_depthwise_BN/beta"),
        ("FeatureExtractor/InceptionV2/InceptionV2/Conv2d_1a_7x7/depthwise_weights",
         "Conv2d_1a_7x7/depthwise_kernel"),
        ("FeatureExtractor/InceptionV2/InceptionV2/Mixed_4a/Branch_1/Conv2d_1a_3x3/weights",
         "Mixed_4a_Branch_1_Conv2d_1a_3x3/kernel"),
        ("FeatureExtractor/InceptionV2/Mixed_5c_2_Conv2d_3_3x3_s2_256/weights",
         "extra_1_expand/kernel"),
        ("BoxPredictor_0/BoxEncodingPredictor_depthwise/depthwise_weights",
         "box_head_0_depthwise/kernel"),
        ("BoxPredictor_5/ClassPredictor/biases/ExponentialMovingAverage", "class_head_5/bias"),
        ("BoxPredictor_5/ClassPredictor/biases/RMSProp", None),
        ("global_step", None),
    ],
)  # fmt: skip
def test_a_variable_of_tensorflow_1_is_known_by_its_name(theirs: str, ours: str | None) -> None:
    separable = {"FeatureExtractor/InceptionV2/InceptionV2/Conv2d_1a_7x7"}
    assert slim_variable_name(theirs, separable) == ours


def test_every_weight_of_a_checkpoint_of_tensorflow_1_is_taken_averages_first(
    tmp_path: Path,
) -> None:
    trained = build_model("ssd_inception_v2", class_count=2, input_size_hw=(64, 64),
                          options={"width": 0.1})  # fmt: skip
    arrays = {slim_name(weight.path): weight.numpy() for weight in trained.network.weights}
    graph = tf.Graph()
    with graph.as_default(), tf.compat.v1.Session() as session:
        for name, array in arrays.items():
            padded = with_background(array, 2) if "ClassPredictor" in name else array
            tf.compat.v1.get_variable(name, initializer=padded)
        biases = tf.compat.v1.get_variable(
            "BoxPredictor_0/BoxEncodingPredictor/biases/ExponentialMovingAverage",
            initializer=np.arange(12, dtype=np.float32),
        )
        tf.compat.v1.get_variable("global_step", initializer=np.int64(7))
        session.run(tf.compat.v1.global_variables_initializer())
        tf.compat.v1.train.Saver().save(session, str(tmp_path / "model.ckpt"))
        assert biases.shape == (12,)

    started = build_model("ssd_inception_v2", class_count=2, input_size_hw=(64, 64),
                          options={"width": 0.1})  # fmt: skip
    # As a pipeline.config has it: the common beginning of the files.
    report = init_from(started, str(tmp_path / "model.ckpt"))

    assert not [each for each in report.left if not each.name.startswith("class_head")]
    for weight, expected in zip(started.network.weights, trained.network.weights, strict=True):
        if weight.path == "box_head_0/bias":
            assert np.array_equal(weight.numpy(), np.arange(12))
        elif not weight.path.startswith("class_head"):
            assert np.array_equal(weight.numpy(), expected.numpy()), weight.path


def slim_name(path: str) -> str:
    """TF-Slim's and the Object Detection API's name of a variable of `ssd_inception_v2`."""
    layer, _, kind = path.rpartition("/")
    variable = {"kernel": "weights", "bias": "biases", "depthwise_kernel": "depthwise_weights",
                "pointwise_kernel": "pointwise_weights"}.get(kind, kind)  # fmt: skip
    if layer.endswith("_BN"):
        layer, variable = layer.removesuffix("_BN"), f"BatchNorm/{variable}"
    base = "FeatureExtractor/InceptionV2"
    for ours, theirs in (
        (r"(Conv2d_\w+)", rf"{base}/InceptionV2/\1"),
        (r"(Mixed_\d\w)_(Branch_\d)_(\w+)", rf"{base}/InceptionV2/\1/\2/\3"),
        (r"box_head_(\d)", r"BoxPredictor_\1/BoxEncodingPredictor"),
        (r"class_head_(\d)", r"BoxPredictor_\1/ClassPredictor"),
    ):
        if re.fullmatch(ours, layer):
            return re.sub(f"^{ours}$", theirs, layer) + f"/{variable}"
    number, which = re.findall(r"extra_(\d)_(squeeze|expand)", layer)[0]
    scope = {"squeeze": "1_Conv2d_{}_1x1_16", "expand": "2_Conv2d_{}_3x3_s2_32"}[which]
    return f"{base}/Mixed_5c_{scope.format(int(number) + 2)}/{variable}"


def with_background(array: np.ndarray, classes: int) -> np.ndarray:
    """Class outputs, anchor after anchor, each with one for the background before them."""
    anchors = array.reshape(*array.shape[:-1], -1, classes)
    padded = np.pad(anchors, [(0, 0)] * (anchors.ndim - 1) + [(1, 0)])
    return padded.reshape(*array.shape[:-1], -1)

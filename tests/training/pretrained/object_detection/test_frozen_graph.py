from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from tensorflow.core.protobuf import saved_model_pb2

from tests.support.shared import shared
from tests.training.pretrained.detectors import new_detector, outputs
from tests.training.pretrained.object_detection_files import frozen_saved_model
from training.models.detector import Detector
from training.models.registry import build_model
from training.pretrained.source_weights import PretrainedWeightsError
from training.pretrained.start import init_from


@pytest.fixture(scope="module")
def frozen(trained: Detector, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hands") / "1"
    folder.mkdir()
    (folder / "saved_model.pb").write_bytes(frozen_saved_model(trained).SerializeToString())
    return folder


def test_a_frozen_model_gives_the_outputs_that_it_gave_before_it_was_frozen(
    frozen: Path, trained: Detector, images: np.ndarray
) -> None:
    detector = new_detector(class_count=2, seed=1)
    report = init_from(detector, str(frozen))
    assert not report.left
    assert not report.unused
    assert "training it would normalize by other statistics" in report.notes[0]
    for name, expected in outputs(trained, images).items():
        found = outputs(detector, images)[name]
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)


def test_images_bring_training_to_the_outputs_of_inference(
    frozen: Path, trained: Detector, images: np.ndarray
) -> None:
    detector = new_detector(class_count=2, seed=1)
    report = init_from(detector, str(frozen), [images[:4], images[4:]])
    assert report.notes == ("76 folded batch norms have the statistics of 6 images",)
    expected = outputs(trained, images)
    in_training = detector.network(images, training=True)
    for name, found in outputs(detector, images).items():
        np.testing.assert_allclose(found, expected[name], rtol=1e-3, atol=1e-3)
    for name, found in in_training.items():
        np.testing.assert_allclose(found, expected[name], rtol=0.02, atol=0.02)


def test_another_number_of_classes_leaves_the_class_head_as_it_was(frozen: Path) -> None:
    detector = new_detector(class_count=3, seed=1)
    report = init_from(detector, str(frozen))
    assert {each.name for each in report.left} == {
        "class_predictor/pointwise_kernel",
        "class_predictor/bias",
    }
    assert report.counts("backbone") == (260, 260)


def test_levels_that_share_no_kernel_are_an_error(frozen: Path, tmp_path: Path) -> None:
    saved_model = saved_model_pb2.SavedModel()
    saved_model.ParseFromString((frozen / "saved_model.pb").read_bytes())
    for node in saved_model.meta_graphs[0].graph_def.node:
        if node.name.endswith("BoxPredictor/BiasAdd_3/ReadVariableOp"):
            node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(np.ones(24, np.float32)))
    (tmp_path / "saved_model.pb").write_bytes(saved_model.SerializeToString())
    with pytest.raises(PretrainedWeightsError, match="box_predictor/bias are not the same"):
        init_from(new_detector(2, 1), str(tmp_path))


def test_a_file_that_is_no_saved_model_says_so(tmp_path: Path) -> None:
    (tmp_path / "saved_model.pb").write_bytes(b"\xff\xff not a protobuf")
    with pytest.raises(PretrainedWeightsError, match="is not a SavedModel"):
        init_from(new_detector(2, 1), str(tmp_path))


def test_the_hand_detector_s_outputs_are_its_own_to_its_rounding() -> None:
    folder = shared("models/hands/1")
    detector = build_model("ssd_mobilenet_v2_fpnlite", class_count=7, input_size_hw=(320, 320))
    report = init_from(detector, str(folder))
    assert not report.left
    image = Image.open(sorted(shared("images/hands").glob("*.jpg"))[0]).convert("RGB")
    images = tf.image.resize(np.asarray(image)[None], (320, 320))
    # Its constants were rounded to 8 bits, each level's kernel for itself, so that what the
    # levels share is theirs to a percent.
    boxes, logits = _raw_outputs(folder, images)
    found = outputs(detector, images.numpy())
    assert np.abs(found["box_encodings"] - boxes).mean() < 0.01
    assert np.abs(found["class_logits"] - logits[..., 1:]).mean() < 0.03


def _raw_outputs(folder: Path, images: tf.Tensor) -> tuple[np.ndarray, np.ndarray]:
    saved_model = saved_model_pb2.SavedModel()
    saved_model.ParseFromString((folder / "saved_model.pb").read_bytes())
    graph = saved_model.meta_graphs[0].graph_def
    wrapped = tf.compat.v1.wrap_function(lambda: tf.import_graph_def(graph, name=""), [])
    names = [f"StatefulPartitionedCall/{name}:0" for name in ("concat", "concat_1")]
    boxes, logits = wrapped.prune("ResizeBilinear:0", names)(images / 127.5 - 1)
    return boxes.numpy(), logits.numpy()

import json
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from keras.src.legacy.saving import legacy_h5_format

from tests.training.pretrained.detectors import SIZE_HW, new_detector, outputs
from training.models.detector import Detector
from training.models.registry import build_model
from training.pretrained.source_weights import PretrainedWeightsError
from training.pretrained.start import init_from


def test_a_weights_file_of_another_class_count_fills_all_but_the_class_head(
    trained: Detector, tmp_path: Path, images: np.ndarray
) -> None:
    path = tmp_path / "hands.weights.h5"
    trained.network.save_weights(path)
    detector = new_detector(class_count=5, seed=1)
    report = init_from(detector, str(path))
    for part in ("backbone", "neck"):
        taken, total = report.counts(part)
        assert taken == total > 0
    assert {each.name for each in report.left} == {
        "class_predictor/pointwise_kernel",
        "class_predictor/bias",
    }
    assert "it is (12,) there and (30,) here" in report.as_text()
    assert np.array_equal(
        outputs(detector, images)["box_encodings"], outputs(trained, images)["box_encodings"]
    )


def test_what_keeps_its_weights_keeps_them(trained: Detector, tmp_path: Path) -> None:
    path = tmp_path / "hands.weights.h5"
    trained.network.save_weights(path)
    detector = new_detector(class_count=5, seed=1)
    bias = detector.network.get_layer("class_predictor").bias
    before = bias.numpy()
    init_from(detector, str(path))
    assert np.array_equal(bias.numpy(), before)


def test_a_run_gives_the_averages_of_its_best(trained: Detector, tmp_path: Path) -> None:
    checkpoint = tmp_path / "run" / "checkpoints" / "step-00000200"
    checkpoint.mkdir(parents=True)
    trained.network.save_weights(checkpoint / "ema.weights.h5")
    new_detector(class_count=2, seed=3).network.save_weights(checkpoint / "model.weights.h5")
    (tmp_path / "run" / "best").symlink_to(checkpoint)
    detector = new_detector(class_count=2, seed=1)
    report = init_from(detector, str(tmp_path / "run"))
    assert not report.left
    for ours, theirs in zip(detector.network.weights, trained.network.weights, strict=True):
        assert np.array_equal(ours.numpy(), theirs.numpy()), ours.path


def test_a_run_without_a_best_gives_its_newest(trained: Detector, tmp_path: Path) -> None:
    for step, seed in ((100, 3), (200, 7)):
        folder = tmp_path / "checkpoints" / f"step-{step:08d}"
        folder.mkdir(parents=True)
        new_detector(2, seed).network.save_weights(folder / "model.weights.h5")
    detector = new_detector(class_count=2, seed=1)
    init_from(detector, str(tmp_path))
    layer = "box_predictor"
    assert np.array_equal(
        detector.network.get_layer(layer).bias.numpy(),
        trained.network.get_layer(layer).bias.numpy(),
    )


def test_a_classifier_in_a_keras_file_fills_the_backbone_inside_a_detector(tmp_path: Path) -> None:
    classifier = keras.applications.MobileNetV2((*SIZE_HW, 3), weights=None, classes=4)
    path = tmp_path / "classifier.keras"
    classifier.save(path)
    detector = build_model("ssdlite_mobilenet_v2", class_count=2, input_size_hw=SIZE_HW)
    report = init_from(detector, str(path))
    taken, total = report.counts("backbone")
    assert taken == total > 200
    assert report.counts("heads")[0] == 0
    assert "predictions/0" in report.unused


def test_a_weights_file_of_keras_2_is_matched_by_its_layers_names(tmp_path: Path) -> None:
    classifier = keras.applications.MobileNetV2(
        (*SIZE_HW, 3), include_top=False, weights=None, name="mobilenet"
    )
    path = tmp_path / "mobilenet_v2_weights_no_top.h5"
    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, classifier)
    detector = build_model("ssdlite_mobilenet_v2", class_count=2, input_size_hw=SIZE_HW)
    report = init_from(detector, str(path))
    taken, total = report.counts("backbone")
    assert taken == total > 200


def test_a_file_in_which_nothing_fits_is_an_error_and_not_a_silence(tmp_path: Path) -> None:
    other = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="scores")])
    path = tmp_path / "other.weights.h5"
    other.save_weights(path)
    with pytest.raises(PretrainedWeightsError, match=r"none of its 2 arrays fits.*scores/0"):
        init_from(new_detector(2, 1), str(path))


@pytest.mark.parametrize("name", ["nothing.weights.h5", "no_such_preset"])
def test_a_source_that_is_not_there_is_told_what_could_be(name: str, tmp_path: Path) -> None:
    with pytest.raises(PretrainedWeightsError, match=r"there is no .*SavedModel"):
        init_from(new_detector(2, 1), str(tmp_path / name))


def test_a_file_that_is_not_keras_s_says_so(tmp_path: Path) -> None:
    path = tmp_path / "weights.h5"
    path.write_bytes(b"not HDF5")
    with pytest.raises(PretrainedWeightsError, match=r"weights\.h5 is not a file of Keras"):
        init_from(new_detector(2, 1), str(path))


def test_a_folder_of_several_checkpoints_is_not_guessed_at(tmp_path: Path) -> None:
    for name in ("ckpt-1.index", "ckpt-2.index"):
        (tmp_path / name).touch()
    with pytest.raises(PretrainedWeightsError, match="ckpt-1, ckpt-2: name one"):
        init_from(new_detector(2, 1), str(tmp_path))


def test_the_report_is_kept_as_json_beside_a_run(trained: Detector, tmp_path: Path) -> None:
    path = tmp_path / "hands.weights.h5"
    trained.network.save_weights(path)
    report = init_from(new_detector(class_count=3, seed=1), str(path))
    report.save(tmp_path / "initialisation.json")
    stored = json.loads((tmp_path / "initialisation.json").read_text(encoding="utf-8"))
    assert stored["source"] == str(path)
    assert {each["part"] for each in stored["taken"]} == {"backbone", "neck", "heads"}
    assert stored["left"][0]["reason"].startswith("it is (1, 1, 128, 12) there")

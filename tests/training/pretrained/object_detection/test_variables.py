from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from tests.training.pretrained.detectors import new_detector, outputs
from tests.training.pretrained.object_detection_files import their_variables
from training.models.detector import Detector
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

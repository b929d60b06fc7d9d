"""The large models of masks and keypoints, with few channels where they may have few."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from detection.kinds.boxes.outputs import SCORES
from detection.kinds.keypoints.kind import KEYPOINTS
from detection.kinds.keypoints.outputs import BELIEF_MAPS
from detection.kinds.masks.kind import MASKS
from export.serving_compatibility.operations import check_loadable
from server.embedded.engines.openvino_engine import OpenvinoEngine
from tests.support.exported_detector import images, write_version
from tests.support.mask_detector import SMALL
from training.models.registry import build_model

SIZE_HW = (32, 64)
FEW_STAGES = {"stages": 2, "channels": 8, "feature_channels": 8}


@pytest.mark.parametrize(
    ("name", "options", "output", "shape"),
    [
        ("cpm_vgg19", FEW_STAGES, KEYPOINTS.output, (2, 1, 21, 3)),
        ("mask_rcnn_resnet50_fpn", SMALL, MASKS.output, (2, 8, 28, 28)),
    ],
)
def test_its_graph_suits_the_pinned_server_and_openvino(
    name: str, options: dict[str, Any], output: str, shape: tuple[int, ...], tmp_path: Path
) -> None:
    keras.utils.set_random_seed(5)
    detector = build_model(name, class_count=1, input_size_hw=SIZE_HW, options=options)
    folder = write_version(tmp_path / "1", detector)
    check_loadable(folder / "saved_model.pb")
    pixels = images(2, SIZE_HW)
    wanted = detector.detect(tf.constant(pixels, tf.float32))
    model = OpenvinoEngine().load(folder)
    found = model.run("image_tensor", {"image_tensor": pixels}, [output, SCORES])
    assert found[output].shape == shape
    # Where nothing was learned, what is found may be in any order, but not how surely.
    np.testing.assert_allclose(found[SCORES], wanted.scores, atol=1e-4)
    if wanted.belief_maps is not None:
        maps = model.run(BELIEF_MAPS, {"image_tensor": pixels}, [BELIEF_MAPS])[BELIEF_MAPS]
        np.testing.assert_allclose(maps, wanted.belief_maps, atol=1e-3)

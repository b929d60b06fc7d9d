"""The rows of the catalog, and that what lies in the clone is what its makers published."""

import hashlib

import numpy as np
import pytest

from training.models.registry import MODELS, build_model
from training.pretrained.catalog import CATALOG, default_weights
from training.pretrained.source_weights import PretrainedWeightsError
from training.pretrained.start import init_from

BUNDLED = [row.name for row in CATALOG.values() if row.file is not None]


@pytest.mark.parametrize("name", BUNDLED)
def test_what_lies_in_the_clone_is_the_file_that_the_catalog_names(name: str) -> None:
    row = CATALOG[name]
    data = row.path.read_bytes()
    assert (len(data), hashlib.sha256(data).hexdigest()) == (row.size_bytes, row.sha256)


def test_every_row_says_what_it_fits_and_whose_it_is() -> None:
    for row in CATALOG.values():
        assert row.models
        assert row.license
        assert row.source
        assert (row.file is None) != (row.url is None)
        assert set(row.models) <= set(MODELS)
        assert set(row.default_for) <= set(row.models)
        assert set(row.models.values()) <= {"backbone", "all"}


def test_a_model_has_one_default_at_most_and_it_needs_no_network() -> None:
    defaults = [model for row in CATALOG.values() for model in row.default_for]
    assert len(defaults) == len(set(defaults))
    for model in defaults:
        row = default_weights(model)
        assert row is not None
        assert row.is_here
    assert default_weights("retinanet_resnet50_fpn") is None


def test_the_open_images_backbone_sees_what_its_makers_file_sees() -> None:
    # Measured with TensorFlow Lite's interpreter on Google's own file,
    # object_detection_ssd_mobilenetv2_oidv4_fp16.tflite, for this image.
    y, x = np.mgrid[0:300, 0:300].astype(np.float32)
    images = np.stack([x * 255 / 299, y * 255 / 299, (x + y) % 256], -1)[None]  # (1, 300, 300, 3)
    detector = build_model("ssdlite_mobilenet_v2", class_count=3, input_size_hw=(300, 300))
    report = init_from(detector, "mobilenet_v2_open_images", [images])
    assert report.counts("backbone") == (260, 260)
    assert report.counts("heads")[0] == 0
    [backbone] = detector.parts["backbone"]
    finer, coarser = (np.asarray(each) for each in backbone(images / 127.5 - 1, training=False))
    assert finer.mean() == pytest.approx(0.25926524, rel=1e-3)
    assert finer.std() == pytest.approx(0.7538022, rel=1e-3)
    assert coarser.mean() == pytest.approx(0.26052925, rel=1e-3)
    seen = coarser[0, 5, 5, [671, 858, 614, 684, 15]]
    np.testing.assert_allclose(
        seen, [2.285857, 2.3504338, 2.5900452, 2.8673825, 3.3648074], rtol=1e-3
    )


def test_weights_that_are_not_here_name_the_command_that_fetches_them(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOXWRIGHT_WEIGHTS_DIR", str(tmp_path))
    detector = build_model("ssdlite_mobilenet_v2", class_count=1, input_size_hw=(64, 64))
    with pytest.raises(PretrainedWeightsError, match="boxwright weights fetch mobilenet_v2_imag"):
        init_from(detector, "mobilenet_v2_imagenet")

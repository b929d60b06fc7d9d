"""Class heads of a source: by the names of the classes, never by their order."""

from pathlib import Path

import numpy as np
import pytest

from export.graphs.freezing import freeze
from export.graphs.saved_model import write_saved_model
from tests.support.exported_detector import SIZE_HW as EXPORTED_SIZE_HW
from tests.support.exported_detector import chance_detector
from tests.training.pretrained.detectors import SIZE_HW, new_detector, outputs
from training.models.detector import Detector
from training.models.registry import build_model
from training.pretrained.report import PretrainedWeightsReport
from training.pretrained.source_weights import PretrainedWeightsError
from training.pretrained.start import init_from

HANDS = ("open", "face")


def _write_label_map(folder: Path, names: tuple[str, ...], first_id: int = 1) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    items = (f"item {{ id: {n} name: '{name}' }}\n" for n, name in enumerate(names, first_id))
    (folder / "label_map.pbtxt").write_text("".join(items), encoding="utf-8")


def _source(trained: Detector, folder: Path, names: tuple[str, ...] | None = HANDS) -> str:
    folder.mkdir(exist_ok=True)
    path = folder / "hands.weights.h5"
    trained.network.save_weights(path)
    if names is not None:
        _write_label_map(folder, names)
    return str(path)


def _filled(
    source: str, names: tuple[str, ...], fresh: Detector | None = None
) -> tuple[Detector, PretrainedWeightsReport]:
    detector = fresh or new_detector(class_count=len(names), seed=1)
    return detector, init_from(detector, source, class_names=names)


def _logits(detector: Detector, images: np.ndarray) -> np.ndarray:
    return outputs(detector, images)["class_logits"]


def _head(detector: Detector) -> list[np.ndarray]:
    layer = detector.network.get_layer("class_predictor")
    return [layer.pointwise_kernel.numpy(), layer.bias.numpy()]


def test_classes_in_another_order_are_put_in_their_places(
    trained: Detector, tmp_path: Path, images: np.ndarray
) -> None:
    detector, report = _filled(_source(trained, tmp_path), ("face", "open"))
    assert not report.left
    assert "note: class heads taken by name: face, open" in report.as_text()
    wanted = _logits(trained, images)[..., ::-1]
    np.testing.assert_allclose(_logits(detector, images), wanted, rtol=1e-4, atol=1e-4)


def test_as_many_classes_of_other_names_start_anew(trained: Detector, tmp_path: Path) -> None:
    detector = new_detector(class_count=2, seed=1)
    before = _head(detector)
    _, report = _filled(_source(trained, tmp_path), ("four", "five"), detector)
    for now, then in zip(_head(detector), before, strict=True):
        np.testing.assert_array_equal(now, then)
    left = {each.name: each.reason for each in report.left}
    assert left == dict.fromkeys(
        ("class_predictor/pointwise_kernel", "class_predictor/bias"),
        "no class is called the same there",
    )
    assert "note: class heads start anew: the source's classes are open, face" in report.as_text()


def test_box_heads_and_what_a_class_head_shares_are_taken_all_the_same(
    trained: Detector, tmp_path: Path, images: np.ndarray
) -> None:
    detector, report = _filled(_source(trained, tmp_path), ("four", "five"))
    assert report.counts("backbone")[0] == report.counts("backbone")[1]
    np.testing.assert_array_equal(
        outputs(detector, images)["box_encodings"], outputs(trained, images)["box_encodings"]
    )
    assert "class_predictor/depthwise_kernel" in {each.name for each in report.taken}


def test_of_another_count_of_classes_the_namesakes_are_taken(
    trained: Detector, tmp_path: Path, images: np.ndarray
) -> None:
    names = ("zero", "face", "one")
    detector = new_detector(class_count=3, seed=1)
    before = _head(detector)
    _, report = _filled(_source(trained, tmp_path), names, detector)
    assert not report.left
    assert "class heads taken by name: face; start anew: zero, one" in report.as_text()
    found, wanted = _logits(detector, images), _logits(trained, images)
    np.testing.assert_allclose(found[..., 1], wanted[..., 1], rtol=1e-4, atol=1e-4)
    for now, then in zip(_head(detector), before, strict=True):
        now, then = (each.reshape(*each.shape[:-1], -1, 3) for each in (now, then))
        np.testing.assert_array_equal(now[..., [0, 2]], then[..., [0, 2]])
        assert not np.array_equal(now[..., 1], then[..., 1])


def test_a_source_that_does_not_name_its_classes_gives_no_class_heads(
    trained: Detector, tmp_path: Path
) -> None:
    detector = new_detector(class_count=2, seed=1)
    before = _head(detector)
    _, report = _filled(_source(trained, tmp_path, names=None), HANDS, detector)
    for now, then in zip(_head(detector), before, strict=True):
        np.testing.assert_array_equal(now, then)
    assert {each.reason for each in report.left} == {"the source does not name its classes"}
    assert "class heads start anew: no label_map.pbtxt beside the source" in report.as_text()
    assert report.counts("backbone")[0] == report.counts("backbone")[1]


def test_a_checkpoint_of_ours_has_a_label_map_of_its_own(
    trained: Detector, tmp_path: Path, images: np.ndarray
) -> None:
    checkpoint = tmp_path / "run" / "checkpoints" / "step-00000200"
    _write_label_map(checkpoint, HANDS)
    trained.network.save_weights(checkpoint / "ema.weights.h5")
    detector, report = _filled(str(tmp_path / "run"), ("face", "open"))
    assert not report.left
    wanted = _logits(trained, images)[..., ::-1]
    np.testing.assert_allclose(_logits(detector, images), wanted, rtol=1e-4, atol=1e-4)


def test_ids_with_gaps_are_outputs_without_a_name_where_the_shape_says_so(
    tmp_path: Path, images: np.ndarray
) -> None:
    ninety = new_detector(class_count=4, seed=7)
    source = _source(ninety, tmp_path, names=None)
    text = "item { id: 2 name: 'cat' } item { id: 4 name: 'dog' }"
    (tmp_path / "label_map.pbtxt").write_text(text, encoding="utf-8")
    detector, report = _filled(source, ("dog", "cat"))
    assert not report.left
    wanted = _logits(ninety, images)[..., [3, 1]]
    np.testing.assert_allclose(_logits(detector, images), wanted, rtol=1e-4, atol=1e-4)


def test_a_label_map_of_another_count_than_the_heads_takes_nothing(
    trained: Detector, tmp_path: Path
) -> None:
    _, report = _filled(_source(trained, tmp_path, ("open", "face", "tip")), HANDS)
    assert [each.name for each in report.left] == [
        "class_predictor/pointwise_kernel",
        "class_predictor/bias",
    ]
    assert "class heads start anew: the source's classes are open, face, tip" in report.as_text()


def test_a_label_map_that_cannot_be_read_is_an_error(trained: Detector, tmp_path: Path) -> None:
    source = _source(trained, tmp_path)
    (tmp_path / "label_map.pbtxt").write_text("item { id: }", encoding="utf-8")
    with pytest.raises(PretrainedWeightsError, match=r"label_map\.pbtxt, line 1"):
        _filled(source, HANDS)


@pytest.mark.parametrize("where", ["model/1", "model"])
def test_a_version_of_a_model_has_its_label_map_in_it_or_beside_the_versions(
    where: str, tmp_path: Path
) -> None:
    exported = chance_detector()
    version = tmp_path / "model" / "1"
    version.mkdir(parents=True)
    write_saved_model(freeze(exported, (1, 2, 3)), EXPORTED_SIZE_HW, version, "float32")
    _write_label_map(tmp_path / where, ("a", "b", "c"))
    detector = build_model("ssdlite_mobilenet_v3_small", class_count=4,
                           input_size_hw=EXPORTED_SIZE_HW, options={"width": 0.35})  # fmt: skip
    images = np.random.default_rng(2).uniform(0, 255, (2, *EXPORTED_SIZE_HW, 3)).astype(np.float32)
    report = init_from(detector, str(version), [images], class_names=("x", "c", "a", "b"))
    assert not report.left
    assert "class heads taken by name: c, a, b; start anew: x" in report.as_text()
    wanted, found = _logits(exported, images), _logits(detector, images)
    np.testing.assert_allclose(found[..., 1:], wanted[..., [2, 0, 1]], atol=1e-3)


@pytest.mark.parametrize(
    ("model", "options"),
    [
        ("retinanet_resnet50_fpn", {}),
        ("dfine_nano", {}),
        ("faster_rcnn_mobilenet_v3_small_fpn", {}),
        ("mask_rcnn_mobilenet_v3_small_fpn", {}),
        ("ssd_mobilenet_v1", {"width": 0.25}),
    ],
)
def test_every_variable_that_depends_on_the_number_of_classes_is_taken_by_name(
    model: str, options: dict[str, float], tmp_path: Path
) -> None:
    def built(count: int) -> Detector:
        return build_model(model, class_count=count, input_size_hw=SIZE_HW, options=options)

    source, same, more = built(2), built(2), built(3)
    path = str(tmp_path / "source.npz")
    np.savez(path, **{each.path: each.numpy() for each in source.network.weights})
    _write_label_map(tmp_path, HANDS)
    report = init_from(more, path, class_names=("face", "open", "tip"))
    assert not report.left
    sizes = [tuple(each.shape) for each in source.network.weights]
    assert sizes != [tuple(each.shape) for each in more.network.weights]
    init_from(same, path, class_names=("face", "open"))
    changed = 0
    for ours, theirs in zip(same.network.weights, source.network.weights, strict=True):
        name = ours.path
        if not np.array_equal(ours.numpy(), theirs.numpy()):
            changed += 1
            assert sorted(ours.numpy().ravel()) == sorted(theirs.numpy().ravel()), name
    assert changed > 0

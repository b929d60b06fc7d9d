"""The graph says what the trained model says, whichever way an image comes in."""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from export.graphs.folding import batch_norms_left
from export.graphs.freezing import detection_function, freeze
from export.serving_compatibility.operations import check_loadable
from serving_protocol.messages import SavedModel
from tests.support.exported_detector import CLASS_IDS, SIZE_HW, images
from training.input_pipeline.resizing import resized, resized_image
from training.models.detector import Detector

OUTPUTS = {"detection_boxes", "detection_classes", "detection_scores", "num_detections"}


@pytest.fixture(scope="module")
def model(version_dir: Path) -> Any:
    return tf.saved_model.load(str(version_dir))


def file_of(pixels: Any, file_format: str) -> bytes:
    Image.fromarray(pixels).save(file := BytesIO(), file_format)
    return file.getvalue()


def expected(detector: Detector, pixels: Any) -> dict[str, Any]:
    """As a checkpoint is asked: what has the size that it takes goes in as it is."""
    answer = detection_function(detector, CLASS_IDS)(resized(pixels, SIZE_HW))
    return {name: value.numpy() for name, value in answer.items()}


def test_pixels_of_any_size_give_what_the_trained_model_finds(
    detector: Detector, model: Any
) -> None:
    pixels = images(2)
    wanted = expected(detector, pixels)
    found = model.signatures["image_tensor"](image_tensor=tf.constant(pixels))
    assert set(found) == OUTPUTS
    for name, value in wanted.items():
        np.testing.assert_allclose(found[name].numpy(), value, atol=1e-4, err_msg=name)
    assert not np.allclose(wanted["detection_scores"][0], wanted["detection_scores"][1], atol=1e-3)


def test_files_of_different_sizes_and_formats_are_one_batch(detector: Detector, model: Any) -> None:
    sizes = ((90, 150), (64, 96), (33, 201))
    pixels = [images(1, size)[0] for size in sizes]
    files = [file_of(each, kind) for each, kind in zip(pixels, ("PNG", "BMP", "PNG"), strict=True)]
    found = model.signatures["serving_default"](image_bytes=tf.constant(files))
    for row, each in enumerate(pixels):
        wanted = expected(detector, np.array(resized_image(Image.fromarray(each), SIZE_HW))[None])
        for name, value in wanted.items():
            np.testing.assert_allclose(found[name].numpy()[row], value[0], atol=1e-4)


def test_resized_images_are_computed_as_they_come(detector: Detector, model: Any) -> None:
    pixels = images(2, SIZE_HW)
    found = model.signatures["resized_images"](resized_images=tf.constant(pixels))
    assert set(found) == OUTPUTS
    for name, value in expected(detector, pixels).items():
        np.testing.assert_allclose(found[name].numpy(), value, atol=1e-4, err_msg=name)


def test_pillow_resizes_to_what_the_graph_makes_of_files(model: Any) -> None:
    pixels = [Image.fromarray(images(1, size)[0]) for size in ((90, 150), (301, 207))]
    files = [file_of(np.asarray(each), "PNG") for each in pixels]
    by_files = model.signatures["serving_default"](image_bytes=tf.constant(files))
    resized_by_pillow = np.stack([np.asarray(resized_image(each, SIZE_HW)) for each in pixels])
    found = model.signatures["resized_images"](resized_images=tf.constant(resized_by_pillow))
    for name, value in by_files.items():
        np.testing.assert_allclose(found[name].numpy(), value.numpy(), atol=1e-6, err_msg=name)


def test_resized_images_have_a_static_shape_but_for_the_batch(version_dir: Path) -> None:
    [meta_graph] = SavedModel.FromString((version_dir / "saved_model.pb").read_bytes()).meta_graphs
    taken = meta_graph.signature_def["resized_images"].inputs["resized_images"]
    assert [each.size for each in taken.tensor_shape.dim] == [-1, *SIZE_HW, 3]
    nodes = {node.name: node for node in meta_graph.graph_def.node}
    seen, pending = set(), [
        info.name for info in meta_graph.signature_def["resized_images"].outputs.values()
    ]  # fmt: skip
    while pending:
        name = pending.pop().lstrip("^").partition(":")[0]
        if name not in seen:
            seen.add(name)
            pending.extend(nodes[name].input)
    assert {nodes[name].op for name in seen if name.startswith("resized_images")} >= {"Placeholder"}
    placeholders = {name for name in seen if nodes[name].op == "Placeholder"}
    assert placeholders == {taken.name.partition(":")[0]}


def test_a_grey_jpeg_and_the_first_frame_of_a_gif_are_images(model: Any) -> None:
    grey = file_of(images(1)[0, :, :, 0], "JPEG")
    gif = file_of(images(1)[0], "GIF")
    found = model.signatures["serving_default"](image_bytes=tf.constant([grey, gif]))
    assert found["num_detections"].shape == (2,)


def test_classes_are_the_label_maps_numbers_and_padding_has_none(
    detector: Detector, model: Any
) -> None:
    found = model.signatures["image_tensor"](image_tensor=tf.constant(images()))
    classes, counts = found["detection_classes"].numpy(), found["num_detections"].numpy()
    for row, count in zip(classes, counts.astype(int), strict=True):
        assert set(row[:count].tolist()) <= set(map(float, CLASS_IDS))
        assert set(row[count:].tolist()) <= {0.0}
    assert 5.0 in classes


def test_no_images_give_no_rows(model: Any) -> None:
    none = tf.constant([], tf.string)
    found = [
        model.signatures["serving_default"](image_bytes=none),
        model.signatures["image_tensor"](image_tensor=tf.zeros((0, 90, 150, 3), tf.uint8)),
        model.signatures["resized_images"](resized_images=tf.zeros((0, *SIZE_HW, 3), tf.uint8)),
    ]
    for outputs in found:
        assert outputs["detection_boxes"].shape == (0, 100, 4)
        assert outputs["detection_scores"].shape == outputs["detection_classes"].shape == (0, 100)
        assert outputs["num_detections"].shape == (0,)


def test_no_batch_norm_and_no_variable_is_left(detector: Detector, version_dir: Path) -> None:
    assert batch_norms_left(freeze(detector, CLASS_IDS).graph_def) == []
    [meta_graph] = SavedModel.FromString((version_dir / "saved_model.pb").read_bytes()).meta_graphs
    operations = {node.op for node in meta_graph.graph_def.node}
    assert not {each for each in operations if "Var" in each or "FusedBatchNorm" in each}
    assert "Rsqrt" not in operations


def test_all_signatures_read_the_same_constants(detector: Detector, version_dir: Path) -> None:
    weights_bytes = 4 * detector.network.count_params()
    assert (version_dir / "saved_model.pb").stat().st_size < 1.5 * weights_bytes + 400_000


def test_the_pinned_server_can_load_it(version_dir: Path) -> None:
    check_loadable(version_dir / "saved_model.pb")


def test_there_is_a_number_for_each_class(detector: Detector) -> None:
    with pytest.raises(ValueError, match="2 class ids given for 3 classes"):
        freeze(detector, (1, 2))

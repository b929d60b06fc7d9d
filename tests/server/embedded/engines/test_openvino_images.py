"""OpenVINO serves image files where a model's card says how they are decoded."""

import logging
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model_repository.card import MODEL_CARD_NAME, ModelCard, Preprocessing
from server.embedded.engines.choice import choose_engine
from server.embedded.engines.openvino_engine import OpenvinoEngine, UnservableByOpenvino
from server.embedded.errors import ServingError
from serving_protocol.messages import SavedModel
from tests.support.small_detector import write_small_detector
from tests.support.small_graphs import STRING, placeholder, tensor_info

SIZE_HW = (20, 30)


@pytest.fixture
def version_dir(tmp_path: Path) -> Path:
    """A small detector that also declares a signature of strings; without a card."""
    folder = write_small_detector(tmp_path / "1")
    saved = SavedModel.FromString((folder / "saved_model.pb").read_bytes())
    graph = saved.meta_graphs[0]
    graph.graph_def.node.append(placeholder("files", (-1,), STRING))
    pixels = graph.signature_def["image_tensor"]
    pixels.CopyFrom(graph.signature_def["serving_default"])
    encoded = graph.signature_def["serving_default"]
    encoded.inputs.clear()
    encoded.inputs["image_bytes"].CopyFrom(tensor_info("files:0", (-1,), STRING))
    (folder / "saved_model.pb").write_bytes(saved.SerializeToString())
    return folder


def write_card(folder: Path, pixels_signature: str = "image_tensor") -> None:
    preprocessing = Preprocessing(
        "serving_default", "image_bytes", pixels_signature, "input_tensor", SIZE_HW
    )
    card = ModelCard("small", "2026-01-01T00:00:00+00:00", {}, (), {}, preprocessing)
    (folder / MODEL_CARD_NAME).write_text(card.as_json())


def files(*contents: bytes) -> np.ndarray:
    array = np.empty(len(contents), object)
    array[:] = contents
    return array


def png(size_wh: tuple[int, int]) -> bytes:
    Image.new("RGB", size_wh, "red").save(file := BytesIO(), "PNG")
    return file.getvalue()


def test_a_file_is_answered_as_its_pixels_are(version_dir: Path) -> None:
    write_card(version_dir)
    model = OpenvinoEngine().load(version_dir)
    assert set(model.signatures) == {"serving_default", "image_tensor"}
    outputs = ["detection_boxes", "num_detections"]
    for size_wh in ((40, 10), (7, 90)):
        answer = model.run("serving_default", {"image_bytes": files(png(size_wh))}, outputs)
        assert answer["detection_boxes"].tolist() == [[[0.25, 0.25, 0.75, 0.75]]]
        assert answer["num_detections"].tolist() == [1.0]
    assert choose_engine(version_dir).refusals == ()


def test_a_file_that_is_no_image_is_the_callers_mistake(version_dir: Path) -> None:
    write_card(version_dir)
    model = OpenvinoEngine().load(version_dir)
    with pytest.raises(ServingError, match="not an image") as caught:
        model.run("serving_default", {"image_bytes": files(b"text")}, ["detection_scores"])
    assert caught.value.code.name == "INVALID_ARGUMENT"
    with pytest.raises(ServingError, match=r"a list of images .* shape is \[1, 1\]"):
        model.run("serving_default", {"image_bytes": files(b"")[None]}, ["detection_scores"])


def test_without_a_card_it_needs_tensorflow(version_dir: Path) -> None:
    with pytest.raises(UnservableByOpenvino, match="string input 'image_bytes'"):
        OpenvinoEngine().load(version_dir)
    choice = choose_engine(version_dir)
    assert choice.engine is not None
    assert choice.engine.name == "tensorflow"
    assert choice.reason == "string input 'image_bytes' of signature 'serving_default'"


def test_a_card_that_names_another_signature_does_not_help(version_dir: Path) -> None:
    write_card(version_dir, "pixels")
    with pytest.raises(UnservableByOpenvino, match="string input 'image_bytes'"):
        OpenvinoEngine().load(version_dir)


def test_a_broken_card_is_logged_and_passed_over(
    version_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (version_dir / MODEL_CARD_NAME).write_text("{}")
    with caplog.at_level(logging.WARNING), pytest.raises(UnservableByOpenvino):
        OpenvinoEngine().load(version_dir)
    assert "not decoded for OpenVINO" in caplog.text

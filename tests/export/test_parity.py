"""The same detections from the trained model, TensorFlow and OpenVINO, in real servers."""

import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detection.pictures import Picture, read_picture
from export.agreement import SAME_FILE, disagreements
from export.errors import PartedAnswers
from export.parity import Parity, Questions, ask_saved_model, ask_server
from export.publishing.canary import MODEL, ModelServerCanary
from tests.support.exported_detector import CLASS_IDS, SIZE_HW, pictures
from training.models.detector import Detector

# In the detector's own size: weights that were drawn by chance make much of a rounded pixel.
KINDS = ("PNG", "JPEG", "BMP")


def picture(number: int, kind: str) -> Picture:
    pixels = pictures(3, SIZE_HW)[number]
    Image.fromarray(pixels).save(file := BytesIO(), kind)
    return read_picture(file.getvalue(), max_pixels=10**6)


@pytest.fixture(scope="module")
def questions(detector: Detector) -> Questions:
    asked = {kind: picture(number, kind) for number, kind in enumerate(KINDS)}
    return Questions.of(detector, CLASS_IDS, asked)


def test_the_trained_model_finds_different_things_in_each(questions: Questions) -> None:
    first, second, third = questions.expected
    assert all(each.scores[0] > 0.3 for each in questions.expected)
    assert disagreements(first, second, SAME_FILE)
    assert disagreements(second, third, SAME_FILE)


def test_the_saved_model_finds_the_same(questions: Questions, version_dir: Path) -> None:
    parity = Parity(len(KINDS))
    parity.check(questions, "tensorflow", ask_saved_model(version_dir))
    told = parity.as_json()["largest_difference_of_best_score"]
    assert set(told) == {"tensorflow, image_tensor", "tensorflow, serving_default"}
    assert told["tensorflow, image_tensor"] < 1e-4


@pytest.mark.parametrize("engine", ["openvino", "tensorflow"])
def test_a_server_with_either_engine_finds_the_same_by_both_signatures(
    engine: str, questions: Questions, version_dir: Path
) -> None:
    server_command = [sys.executable, "-m", "server.embedded", f"--engine={engine}"]
    with ModelServerCanary(server_command).serving(version_dir) as (server, served):
        assert set(served.signatures) >= {"serving_default", "image_tensor"}
        Parity(len(KINDS)).check(questions, engine, ask_server(server, MODEL))


def test_another_answer_stops_the_export_and_names_the_picture(
    questions: Questions, version_dir: Path
) -> None:
    ask = ask_saved_model(version_dir)

    def ask_half_bright(signature: str, taken: str, value: np.ndarray) -> object:
        return ask(signature, taken, value if value.dtype == object else value // 2)

    with pytest.raises(PartedAnswers, match=r"broken, image_tensor and .* in PNG \(tolerance"):
        Parity(1).check(questions, "broken", ask_half_bright)  # type: ignore[arg-type]

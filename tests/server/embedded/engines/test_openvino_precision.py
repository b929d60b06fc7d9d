"""What OpenVINO computes in: float32, and bfloat16 by choice."""

import logging

import numpy as np
import pytest

from server.embedded.engines.engine import EngineSettings
from server.embedded.engines.openvino_engine import OpenvinoEngine, compilation_settings
from tests.support.shared import REPOSITORY


def test_bfloat16_is_computed_where_it_is_chosen_and_the_processor_has_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Processor:
        def __init__(self, *capabilities: str) -> None:
            self.capabilities = [*capabilities]

        def get_property(self, device: str, name: str) -> list[str]:
            assert (device, name) == ("CPU", "OPTIMIZATION_CAPABILITIES")
            return self.capabilities

    caplog.set_level(logging.WARNING)
    chosen = EngineSettings(precision="bfloat16")
    place = "server.embedded.engines.openvino_engine.the_core"
    monkeypatch.setattr(place, lambda: Processor("FP32", "BF16", "INT8"))
    assert compilation_settings(chosen)["INFERENCE_PRECISION_HINT"] == "bf16"
    assert caplog.text == ""
    monkeypatch.setattr(place, lambda: Processor("FP32", "INT8"))
    assert compilation_settings(chosen)["INFERENCE_PRECISION_HINT"] == "f32"
    assert "--precision=bfloat16: this processor has no instructions for it" in caplog.text


def test_the_model_that_ships_finds_the_same_hands_in_bfloat16() -> None:
    version = REPOSITORY / "models" / "hands-gestures" / "1"
    [image] = (version / "canary").glob("*.jpg")
    files = np.array([image.read_bytes()], object)
    outputs = ("detection_boxes", "detection_scores", "detection_classes")
    exact, rounded = (
        OpenvinoEngine(EngineSettings(precision=precision))
        .load(version)
        .run("serving_default", {"image_bytes": files}, outputs)
        for precision in ("float32", "bfloat16")
    )
    found = exact["detection_scores"][0] >= 0.5
    assert found.any()
    assert np.allclose(rounded["detection_scores"][0][found], exact["detection_scores"][0][found],
                       atol=0.05)  # fmt: skip
    assert np.allclose(rounded["detection_boxes"][0][found], exact["detection_boxes"][0][found],
                       atol=0.02)  # fmt: skip
    assert (rounded["detection_classes"][0][found] == exact["detection_classes"][0][found]).all()

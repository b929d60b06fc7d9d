from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.training.loop.experiments import experiment
from training.configuration.experiment import Experiment
from training.loop.initial_weights import load_initial_weights
from training.models.detector import Detector
from training.models.registry import build_model
from training.pretrained.source_weights import PretrainedWeightsError

IMAGES = [np.full((2, 64, 64, 3), 127, np.float32)]
LIGHT = "ssdlite_mobilenet_v2"


def _model(name: str, **options: float) -> Detector:
    return build_model(name, class_count=1, input_size_hw=(64, 64), options=options)


def _of(folder: Path, **model: Any) -> Experiment:
    return experiment(folder, folder, model=model)


def test_a_light_model_starts_from_its_default_and_says_so(tmp_path: Path) -> None:
    said: list[str] = []
    noted: list[str] = []
    experiment = _of(tmp_path, name=LIGHT)
    report = load_initial_weights(_model(LIGHT), experiment, IMAGES, said.append, noted.append)
    assert report is not None
    assert report.counts("backbone") == (260, 260)
    assert said[0].startswith("starts from mobilenet_v2_open_images, its default (Open Images v4")
    assert "backbone      260    260" in said[1]
    layers = len({each.name.split("/")[0] for each in report.left})
    # A person is shown the first three of the layers that were left, the log has all of them.
    assert said[1].count("  left: ") == 4
    assert f"  left: {layers - 3} more layers" in said[1]
    assert noted[0].count("  left: ") == layers


def test_random_weights_are_random_when_asked_for(tmp_path: Path) -> None:
    said: list[str] = []
    detector = _model(LIGHT)
    before = [weight.numpy() for weight in detector.network.weights[:8]]
    asked = _of(tmp_path, name=LIGHT, init_from="random")
    assert load_initial_weights(detector, asked, IMAGES, said.append) is None
    assert said == ["starts from random weights, as model.init_from says"]
    for weight, value in zip(detector.network.weights, before, strict=False):
        np.testing.assert_array_equal(weight.numpy(), value)


def test_a_default_that_does_not_fit_is_passed_over_aloud(tmp_path: Path) -> None:
    said: list[str] = []
    narrow = _of(tmp_path, name=LIGHT, options={"width": 0.35})
    assert load_initial_weights(_model(LIGHT, width=0.35), narrow, IMAGES, said.append) is None
    assert said[0].startswith("starts from random weights: mobilenet_v2_open_images, its default,")


def test_a_model_without_a_default_starts_from_random_weights(tmp_path: Path) -> None:
    said: list[str] = []
    name = "ssdlite_mobilenet_v3_small"
    assert load_initial_weights(_model(name), _of(tmp_path, name=name), IMAGES, said.append) is None
    assert said == ["starts from random weights: no default is known for this model"]


def test_named_weights_that_do_not_fit_are_an_error(tmp_path: Path) -> None:
    other = _of(tmp_path, name="ssdlite_mobilenet_v3_small", init_from="mobilenet_v2_open_images")
    with pytest.raises(PretrainedWeightsError, match="none of its 52 arrays fits"):
        load_initial_weights(_model("ssdlite_mobilenet_v3_small"), other, IMAGES, lambda _: None)

"""Files that Keras 2 has written, by its own names of layers."""

import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from training.models.registry import build_model
from training.pretrained.keras_files import read_keras_file
from training.pretrained.matching import targets_of
from training.pretrained.source_weights import PretrainedWeightsError


def test_an_archive_that_unpacks_to_more_than_is_taken_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("training.pretrained.keras_files.MAX_BYTES", 1000)
    path = tmp_path / "a.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.weights.h5", bytes(1001))
    network = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    with pytest.raises(PretrainedWeightsError, match="unpacked it has 1001 bytes, but 1000"):
        read_keras_file(path, network, [])


def _their_name(layer: str) -> str:
    """What Keras 2 called a MobileNetV3's layer, as its downloads still do."""
    layer = layer.replace("conv_", "conv/", 1) if layer.startswith("expanded_conv_") else layer
    if layer.startswith("expanded_conv/"):
        number, _, rest = layer.removeprefix("expanded_conv/").partition("_")
        if number.isdigit():
            layer = f"expanded_conv_{number}/{rest}"
    layer = layer.replace("squeeze_excite_conv", "squeeze_excite/Conv")
    layer = {"conv": "Conv", "conv_1": "Conv_1"}.get(layer.removesuffix("_bn"), layer) + (
        "_bn" if layer in ("conv_bn", "conv_1_bn") else ""
    )
    return layer.removesuffix("_bn") + ("/BatchNorm" if layer.endswith("_bn") else "")


def test_a_mobilenet_v3_of_keras_2_is_matched_though_its_names_have_slashes(
    tmp_path: Path,
) -> None:
    published = keras.applications.MobileNetV3Small(
        (64, 64, 3), 0.35, include_top=False, weights=None
    )
    path = tmp_path / "weights_mobilenet_v3_small_no_top.h5"
    with h5py.File(path, "w") as file:
        names = []
        for layer in published.layers:
            name = _their_name(layer.name)
            group = file.create_group(name)
            weights = [f"{name}/{each.name}:0" for each in layer.weights]
            weights = [
                each.replace("/kernel", "/depthwise_kernel")
                if name.endswith("/depthwise")
                else each
                for each in weights
            ]
            for weight, value in zip(weights, layer.get_weights(), strict=True):
                group.create_dataset(weight, data=value)
            group.attrs["weight_names"] = [each.encode() for each in weights]
            names.append(name.encode())
        file.attrs["layer_names"] = names
    assert b"expanded_conv_3/squeeze_excite/Conv_1" in names
    assert b"Conv/BatchNorm" in names
    detector = build_model(
        "ssdlite_mobilenet_v3_small",
        class_count=1,
        input_size_hw=(64, 64),
        options={"width": 0.35},
    )
    targets = targets_of(detector)
    found = read_keras_file(path, detector.network, targets).arrays
    backbone = [target.name for target in targets if target.part == "backbone"]
    assert set(backbone) <= set(found)
    np.testing.assert_array_equal(
        found["expanded_conv_3_depthwise/kernel"],
        published.get_layer("expanded_conv_3_depthwise").get_weights()[0],
    )

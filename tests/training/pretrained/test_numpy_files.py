from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training.models.registry import build_model
from training.pretrained.numpy_files import read_numpy_file
from training.pretrained.source_weights import PretrainedWeightsError
from training.pretrained.start import init_from

KERNEL = np.random.default_rng(1).normal(size=(3, 3, 3, 64)).astype(np.float32)
BIAS = np.arange(64, dtype=np.float32)


def _dictionary(folder: Path) -> Path:
    path = folder / "vgg19.npy"
    np.save(path, np.array({"conv1_1": [KERNEL, BIAS]}, object), allow_pickle=True)
    return path


def _archive(folder: Path) -> Path:
    path = folder / "vgg.npz"
    arrays: dict[str, Any] = {"conv1_1_W": KERNEL, "block1_conv1/bias": BIAS}
    np.savez(path, **arrays)
    return path


@pytest.mark.parametrize("write", [_dictionary, _archive])
def test_a_vggs_layers_have_keras_names(write: object, tmp_path: Path) -> None:
    assert callable(write)
    arrays = read_numpy_file(write(tmp_path)).arrays
    assert sorted(arrays) == ["block1_conv1/bias", "block1_conv1/kernel"]
    np.testing.assert_array_equal(arrays["block1_conv1/kernel"], KERNEL)


def test_a_pose_machine_starts_from_a_vggs_file(tmp_path: Path) -> None:
    small = {"stages": 1, "channels": 8, "feature_channels": 8}
    detector = build_model("cpm_vgg19", class_count=1, input_size_hw=(16, 24), options=small)
    report = init_from(detector, str(_dictionary(tmp_path)))
    [backbone] = detector.parts["backbone"]
    np.testing.assert_array_equal(backbone.get_layer("block1_conv1").kernel.numpy(), KERNEL)
    assert "a NumPy file" in report.as_text()


def test_a_pickle_that_would_run_something_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "evil.npy"
    np.save(path, np.array({"conv1_1": [Path("x")]}, object), allow_pickle=True)
    with pytest.raises(PretrainedWeightsError, match="would call pathlib"):
        read_numpy_file(path)


@pytest.mark.parametrize("broken", [{"conv1_1": 3}, {"conv1_1": None}, [KERNEL]])
def test_a_dictionary_of_something_else_is_refused(broken: Any, tmp_path: Path) -> None:
    content = np.empty((), object)
    content[()] = broken
    np.save(tmp_path / "a.npy", content, allow_pickle=True)
    with pytest.raises(PretrainedWeightsError, match=r"a\.npy is not a file of weights"):
        read_numpy_file(tmp_path / "a.npy")


def test_a_garbled_dictionary_is_refused_wherever_it_breaks(tmp_path: Path) -> None:
    whole = _dictionary(tmp_path).read_bytes()
    pickled = whole.index(b"\x80")
    for place in range(pickled, len(whole), 7):
        (tmp_path / "a.npy").write_bytes(whole[:place] + b"." + whole[place + 1 :])
        try:
            read_numpy_file(tmp_path / "a.npy")
        except PretrainedWeightsError as error:
            assert "a.npy" in str(error)  # noqa: PT017  # some breaks leave other numbers


@pytest.mark.parametrize("name", ["a.npy", "a.npz"])
def test_what_is_no_file_of_weights_is_named(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"nothing of the kind")
    with pytest.raises(PretrainedWeightsError, match=rf"{name} is not a file of weights"):
        read_numpy_file(tmp_path / name)
    np.save(tmp_path / "plain.npy", KERNEL)
    with pytest.raises(PretrainedWeightsError, match="a dictionary of layers was expected"):
        read_numpy_file(tmp_path / "plain.npy")

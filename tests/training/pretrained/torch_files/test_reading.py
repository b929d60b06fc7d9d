"""torchvision's MobileNets by Keras's names, and as they see Boxwright's pixels."""

from pathlib import Path

import keras
import numpy as np

from tests.training.pretrained.torch_files.state_files import Tensor, write_state
from training.pretrained.torch_files.reading import read_torch_file
from training.pretrained.torch_files.torchvision_names import named_layers

RNG = np.random.default_rng(4)
# torchvision's `_mobilenet_v3_conf`, small: whether a block expands, and whether it squeezes.
V3_SMALL = [(False, True), (True, False), (True, False), *[(True, True)] * 8]


def _kernel(out: int, into: int, side: int) -> np.ndarray:
    return RNG.normal(size=(out, into, side, side)).astype(np.float32)


def _with_norm(name: str, norm: str, kernel: np.ndarray) -> dict[str, np.ndarray]:
    channels = len(kernel)
    tensors = {f"{name}.weight": kernel}
    for each in ("weight", "bias", "running_mean", "running_var"):
        tensors[f"{norm}.{each}"] = RNG.uniform(0.5, 1.5, channels).astype(np.float32)
    return tensors


def _v3_small() -> dict[str, np.ndarray]:
    tensors = _with_norm("features.0.0", "features.0.1", _kernel(16, 3, 3))
    for stage, (expands, squeezes) in enumerate(V3_SMALL, 1):
        block, place = f"features.{stage}.block", 0
        if expands:
            tensors |= _with_norm(f"{block}.0.0", f"{block}.0.1", _kernel(8, 8, 1))
            place = 1
        tensors |= _with_norm(f"{block}.{place}.0", f"{block}.{place}.1", _kernel(8, 1, 3))
        if squeezes:
            place += 1
            for inner in ("fc1", "fc2"):
                tensors[f"{block}.{place}.{inner}.weight"] = _kernel(8, 8, 1)
                tensors[f"{block}.{place}.{inner}.bias"] = np.ones(8, np.float32)
        place += 1
        tensors |= _with_norm(f"{block}.{place}.0", f"{block}.{place}.1", _kernel(8, 8, 1))
    return tensors | _with_norm("features.12.0", "features.12.1", _kernel(8, 8, 1))


def test_every_layer_of_a_mobilenet_v3_small_has_keras_s_name() -> None:
    wanted = keras.applications.MobileNetV3Small((32, 32, 3), include_top=False, weights=None)
    layers = {each.path.rpartition("/")[0] for each in wanted.weights}
    found = named_layers(_v3_small())
    assert {each.layer for each in found} | {each.norm for each in found if each.norm} == layers
    assert [each.layer for each in found if each.is_first] == ["conv"]


def test_every_block_of_a_mobilenet_v2_has_keras_s_names(tmp_path: Path) -> None:
    tensors = _with_norm("features.0.0", "features.0.1", _kernel(8, 3, 3))
    tensors |= _with_norm("features.1.conv.0.0", "features.1.conv.0.1", _kernel(8, 1, 3))
    tensors |= _with_norm("features.1.conv.1", "features.1.conv.2", _kernel(4, 8, 1))
    tensors |= _with_norm("features.2.conv.0.0", "features.2.conv.0.1", _kernel(24, 4, 1))
    tensors |= _with_norm("features.2.conv.1.0", "features.2.conv.1.1", _kernel(24, 1, 3))
    tensors |= _with_norm("features.2.conv.2", "features.2.conv.3", _kernel(4, 24, 1))
    tensors |= _with_norm("features.18.0", "features.18.1", _kernel(32, 4, 1))
    tensors["classifier.1.weight"] = np.ones((5, 32), np.float32)
    state = {f"module.{name}": Tensor(each) for name, each in tensors.items()}
    weights = read_torch_file(write_state(tmp_path / "a.pth", {"state_dict": state}))
    kernels = {name.removesuffix("/kernel"): each.shape for name, each in weights.arrays.items()}
    assert kernels == {
        "Conv1": (3, 3, 3, 8),
        "expanded_conv_depthwise": (3, 3, 8, 1),
        "expanded_conv_project": (1, 1, 8, 4),
        "block_1_expand": (1, 1, 4, 24),
        "block_1_depthwise": (3, 3, 24, 1),
        "block_1_project": (1, 1, 24, 4),
        "Conv_1": (1, 1, 4, 32),
        "state_dict.module.classifier.1.weight": (5, 32),
    }
    wanted = keras.applications.MobileNetV2((32, 32, 3), include_top=False, weights=None)
    assert set(weights.folded) < {layer.name for layer in wanted.layers}
    assert len(weights.folded) == 7
    depthwise = tensors["features.2.conv.1.0.weight"]
    read = np.asarray(weights.arrays["block_1_depthwise/kernel"])
    np.testing.assert_array_equal(read[:, :, 5, 0], depthwise[5, 0])


def test_the_first_convolution_sees_our_pixels_as_it_saw_torchvisions(tmp_path: Path) -> None:
    tensors = _v3_small()
    state = {name: Tensor(each) for name, each in tensors.items()}
    weights = read_torch_file(write_state(tmp_path / "a.pt", state))
    pixels = RNG.uniform(0, 255, (3, 3, 3))  # (H, W, RGB)
    theirs = (pixels / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    norm = {name: tensors[f"features.0.1.{name}"] for name in
            ("weight", "bias", "running_mean", "running_var")}  # fmt: skip
    summed = np.einsum("hwi,oihw->o", theirs, tensors["features.0.0.weight"])
    wanted = (summed - norm["running_mean"]) / np.sqrt(norm["running_var"] + 1e-3)
    wanted = wanted * norm["weight"] + norm["bias"]
    kernel = np.asarray(weights.arrays["conv/kernel"], np.float64)
    ours = np.einsum("hwi,hwio->o", pixels / 127.5 - 1, kernel)
    folded = weights.folded["conv_bn"]
    np.testing.assert_allclose(ours * folded.scale + folded.offset, wanted, rtol=1e-3, atol=1e-4)
    # The statistics are those of what the changed kernel gives.
    assert folded.statistics is not None
    mean, _ = folded.statistics
    shift = summed - ours
    np.testing.assert_allclose(mean, norm["running_mean"] - shift, rtol=1e-3, atol=1e-4)

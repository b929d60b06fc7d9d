"""torchvision's MobileNets, and what Keras calls their layers.

torchvision counts: `features.3.conv.1.0` is in the fourth stage the first of the second group.
Which of a block's convolutions it is, is told by the depthwise one among them, since the first
block has none before it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from training.pretrained.source_weights import Array

# `model.features...`, `module.backbone.features...`: what the network is in has no say.
_STEM = re.compile(r"(?P<above>(?:.*\.)?)features\.(?P<stage>\d+)\.0")
_IN_BLOCK = re.compile(
    r"(?P<above>(?:.*\.)?)features\.(?P<stage>\d+)\.(?P<list>conv|block)\."
    r"(?P<place>\d+)(?:\.(?P<inner>0|fc1|fc2))?"
)
V2_EPSILON, V3_EPSILON = 1e-5, 1e-3


@dataclass(frozen=True)
class NamedLayer:
    """A convolution of torchvision's by Keras's names.

    Args:
        torch_name: `features.3.conv.1.0`.
        torch_norm: the batch normalization after it; None where it has a bias instead.
        layer: Keras's name of it.
        norm: Keras's name of the batch normalization.
        epsilon: what the batch normalization adds to its variance there.
        is_first: it sees the image.
    """

    torch_name: str
    torch_norm: str | None
    layer: str
    norm: str
    epsilon: float
    is_first: bool


def named_layers(tensors: Mapping[str, Array]) -> list[NamedLayer]:
    """The convolutions whose names are those of a torchvision MobileNetV2 or V3; none of another.

    Args:
        tensors: by PyTorch's names.
    """
    kernels = [
        name.removesuffix(".weight")
        for name, each in tensors.items()
        if name.endswith(".weight") and each.ndim == 4
    ]
    blocks: dict[tuple[str, int], list[tuple[int, str, str]]] = defaultdict(list)
    versions: dict[str, int] = {}
    for name in kernels:
        match = _IN_BLOCK.fullmatch(name)
        if match:
            key = (match["above"], int(match["stage"]))
            blocks[key].append((int(match["place"]), match["inner"] or "", name))
            versions[match["above"]] = 2 if match["list"] == "conv" else 3
    found = []
    for name in kernels:
        match = _STEM.fullmatch(name)
        if match and match["above"] in versions:
            found.append(_stem(name, int(match["stage"]), versions[match["above"]]))
    for (above, stage), members in blocks.items():
        found += _block(stage, members, versions[above], tensors)
    return found


def _stem(name: str, stage: int, version: int) -> NamedLayer:
    """The convolution before all blocks, or the one after them."""
    norm_there = f"{name.removesuffix('.0')}.1"
    if version == 2:
        layer, norm = ("Conv_1", "Conv_1_bn") if stage else ("Conv1", "bn_Conv1")
        return NamedLayer(name, norm_there, layer, norm, V2_EPSILON, not stage)
    layer = "conv_1" if stage else "conv"
    return NamedLayer(name, norm_there, layer, f"{layer}_bn", V3_EPSILON, not stage)


def _block(
    stage: int,
    members: Iterable[tuple[int, str, str]],
    version: int,
    tensors: Mapping[str, Array],
) -> list[NamedLayer]:
    members = sorted(members)
    squeezes = [name for _, inner, name in members if inner in ("fc1", "fc2")]
    convolutions = [name for _, inner, name in members if inner not in ("fc1", "fc2")]
    depthwise = [
        place
        for place, name in enumerate(convolutions)
        if tensors[f"{name}.weight"].shape[1] == 1 and tensors[f"{name}.weight"].shape[2] > 1
    ]
    if len(depthwise) != 1:
        return []
    before = "expanded_conv" if stage == 1 else (
        f"block_{stage - 1}" if version == 2 else f"expanded_conv_{stage - 1}"
    )  # fmt: skip
    found = []
    for place, name in enumerate(convolutions):
        role = ("expand", "depthwise", "project")[
            (place > depthwise[0]) - (place < depthwise[0]) + 1
        ]
        layer = f"{before}_{role}"
        norm = f"{layer}_{'BN' if version == 2 else 'bn'}"
        epsilon = V2_EPSILON if version == 2 else V3_EPSILON
        found.append(NamedLayer(name, _norm_after(name), layer, norm, epsilon, is_first=False))
    for name in squeezes:
        layer = f"{before}_squeeze_excite_conv{'_1' if name.endswith('fc2') else ''}"
        found.append(NamedLayer(name, None, layer, "", 0.0, is_first=False))
    return found


def _norm_after(name: str) -> str:
    """The next of its group: `conv.1.0` and `conv.1.1`, `conv.2` and `conv.3`."""
    group, _, place = name.rpartition(".")
    return f"{group}.{int(place) + 1}"

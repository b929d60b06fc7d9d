"""Inception V2, which Keras does not have: Ioffe and Szegedy 2015, as TensorFlow 1's zoo has it.

The paper's network with a separable first convolution, and ReLU6 as the Object Detection API's
configurations have it. Layers are named as TF-Slim names its scopes, with `_` for `/`.
"""

from collections.abc import Sequence

import keras
from keras import layers

from training.models.ssd.layers import batch_norm, conv_bn_relu6, relu6

_LEAST_DEPTH = 16
# How many maps the first, depthwise, part of the separable convolution makes of each color.
_COLOR_MAPS = 8

# Channels of a module's branches: 1x1; 1x1 and 3x3; 1x1, 3x3 and 3x3; the 1x1 after pooling.
_Module = tuple[int, tuple[int, int], tuple[int, int], int]
# Those of a module that halves the map: 1x1 and 3x3; 1x1, 3x3 and 3x3; beside them, pooling.
_Halving = tuple[tuple[int, int], tuple[int, int]]
_MODULES: Sequence[tuple[str, _Module | _Halving]] = (
    ("3b", (64, (64, 64), (64, 96), 32)),
    ("3c", (64, (64, 96), (64, 96), 64)),
    ("4a", ((128, 160), (64, 96))),
    ("4b", (224, (64, 96), (96, 128), 128)),
    ("4c", (192, (96, 128), (96, 128), 128)),
    ("4d", (160, (128, 160), (128, 160), 96)),
    ("4e", (96, (128, 192), (160, 192), 96)),
    ("5a", ((128, 192), (192, 256))),
    ("5b", (352, (192, 320), (160, 224), 128)),
    ("5c", (352, (192, 320), (192, 224), 128)),
)
# Of this one the pooling takes the largest, of the others the mean.
_MAXIMUM = "5c"
_OUTPUTS = ("4c", "5c")


def inception_v2(input_size_hw: tuple[int, int], width: float) -> keras.Model:
    """Maps of strides 16 (576 channels) and 32 (1,024 channels) of images in -1..1.

    Args:
        input_size_hw: height and width of the images, in pixels.
        width: the channels, as a share of the published ones.
    """
    images = keras.Input((*input_size_hw, 3))
    x = _stem(images, width)
    maps = []
    for name, channels in _MODULES:
        scope = f"Mixed_{name}"
        if len(channels) == 2:
            x = _halved(x, scope, channels, width)
        else:
            x = _mixed(x, scope, channels, width, takes_maximum=name == _MAXIMUM)
        if name in _OUTPUTS:
            maps.append(x)
    return keras.Model(images, maps, name="backbone")


def _depth(channels: int, width: float) -> int:
    return max(_LEAST_DEPTH, int(channels * width))


def _stem(images: keras.KerasTensor, width: float) -> keras.KerasTensor:
    name = "Conv2d_1a_7x7"
    depth = _depth(64, width)
    x = layers.SeparableConv2D(
        depth, 7, 2, padding="same", use_bias=False, name=name,
        depth_multiplier=min(depth // 3, _COLOR_MAPS),
    )(images)  # fmt: skip
    x = relu6(batch_norm(f"{name}_BN")(x), f"{name}_relu")
    x = layers.MaxPooling2D(3, 2, padding="same", name="MaxPool_2a_3x3")(x)
    x = conv_bn_relu6(x, depth, 1, "Conv2d_2b_1x1")
    x = conv_bn_relu6(x, _depth(192, width), 3, "Conv2d_2c_3x3")
    return layers.MaxPooling2D(3, 2, padding="same", name="MaxPool_3a_3x3")(x)


def _mixed(
    x: keras.KerasTensor, scope: str, channels: _Module, width: float, *, takes_maximum: bool
) -> keras.KerasTensor:
    whole, once, twice, pooled = channels
    pooling = layers.MaxPooling2D if takes_maximum else layers.AveragePooling2D
    branches = [
        conv_bn_relu6(x, _depth(whole, width), 1, f"{scope}_Branch_0_Conv2d_0a_1x1"),
        _reduced(x, f"{scope}_Branch_1", once, width),
        _reduced(x, f"{scope}_Branch_2", twice, width, again="0c"),
        conv_bn_relu6(
            pooling(3, 1, padding="same", name=f"{scope}_Branch_3_pool")(x),
            _depth(pooled, width), 1, f"{scope}_Branch_3_Conv2d_0b_1x1",
        ),
    ]  # fmt: skip
    return layers.Concatenate(name=scope)(branches)


def _halved(
    x: keras.KerasTensor, scope: str, channels: _Halving, width: float
) -> keras.KerasTensor:
    once, twice = channels
    first = conv_bn_relu6(x, _depth(once[0], width), 1, f"{scope}_Branch_0_Conv2d_0a_1x1")
    branches = [
        conv_bn_relu6(
            first, _depth(once[1], width), 3, f"{scope}_Branch_0_Conv2d_1a_3x3", stride=2
        ),
        _reduced(x, f"{scope}_Branch_1", twice, width, again="1a", stride=2),
        layers.MaxPooling2D(3, 2, padding="same", name=f"{scope}_Branch_2_pool")(x),
    ]
    return layers.Concatenate(name=scope)(branches)


def _reduced(
    x: keras.KerasTensor, scope: str, channels: tuple[int, int], width: float,
    *, again: str = "", stride: int = 1,
) -> keras.KerasTensor:  # fmt: skip
    """A 1x1 convolution to fewer channels, a 3x3 one, and another where `again` names it."""
    few, many = (_depth(each, width) for each in channels)
    x = conv_bn_relu6(x, few, 1, f"{scope}_Conv2d_0a_1x1")
    x = conv_bn_relu6(x, many, 3, f"{scope}_Conv2d_0b_3x3")
    return conv_bn_relu6(x, many, 3, f"{scope}_Conv2d_{again}_3x3", stride) if again else x

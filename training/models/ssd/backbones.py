"""Backbones as feature extractors: Keras's MobileNets, and Inception V2."""

from collections.abc import Callable, Sequence

import keras
from keras import applications, layers

from training.models.ssd.inception_v2 import inception_v2

Size = tuple[int, int]
Outputs = Sequence[keras.KerasTensor]


def mobilenet_v3_small(input_size_hw: Size, width: float) -> keras.Model:
    """Howard et al. 2019, small: maps of strides 16 (its layer 9's expansion) and 32."""
    network = applications.MobileNetV3Small(
        (*input_size_hw, 3), width, include_top=False, weights=None, include_preprocessing=False
    )
    expansion = network.get_layer("expanded_conv_8_depthwise_pad").input
    return _feature_extractor(network, [expansion, network.output])


def mobilenet_v3_small_pyramid(input_size_hw: Size, width: float) -> keras.Model:
    """Howard et al. 2019, small: maps of strides 8 and 16 (both an expansion) and 32."""
    network = applications.MobileNetV3Small(
        (*input_size_hw, 3), width, include_top=False, weights=None, include_preprocessing=False
    )
    finer = [network.get_layer(f"expanded_conv_{number}_depthwise_pad").input for number in (3, 8)]
    return _feature_extractor(network, [*finer, network.output])


def mobilenet_v3_large(input_size_hw: Size, width: float) -> keras.Model:
    """Howard et al. 2019, large: maps of strides 16 (its layer 13's expansion) and 32."""
    network = applications.MobileNetV3Large(
        (*input_size_hw, 3), width, include_top=False, weights=None, include_preprocessing=False
    )
    expansion = network.get_layer("expanded_conv_12_depthwise_pad").input
    return _feature_extractor(network, [expansion, network.output])


def mobilenet_v2(input_size_hw: Size, width: float) -> keras.Model:
    """Sandler et al. 2018: maps of strides 16 (block 13's expansion) and 32."""
    network = applications.MobileNetV2((*input_size_hw, 3), width, include_top=False, weights=None)
    expansion = network.get_layer("block_13_expand_relu").output
    return _feature_extractor(network, [expansion, network.output])


def mobilenet_v2_pyramid(input_size_hw: Size, width: float) -> keras.Model:
    """Sandler et al. 2018: maps of strides 8, 16 and 32, before their block's expansion."""
    network = applications.MobileNetV2((*input_size_hw, 3), width, include_top=False, weights=None)
    outputs = [network.get_layer(name).output for name in ("block_5_add", "block_12_add")]
    return _feature_extractor(network, [*outputs, network.output])


def mobilenet_v1(input_size_hw: Size, width: float) -> keras.Model:
    """Howard et al. 2017: maps of strides 16 and 32."""
    network = applications.MobileNet((*input_size_hw, 3), width, include_top=False, weights=None)
    return _feature_extractor(
        network, [network.get_layer("conv_pw_11_relu").output, network.output]
    )


# Takes the size of the images and the channels' share.
Backbone = Callable[[Size, float], keras.Model]
# By name; those of a pyramid have three maps, the others two.
BACKBONES: dict[str, Backbone] = {
    "inception_v2": inception_v2,
    "mobilenet_v1": mobilenet_v1,
    "mobilenet_v2": mobilenet_v2,
    "mobilenet_v2_pyramid": mobilenet_v2_pyramid,
    "mobilenet_v3_small": mobilenet_v3_small,
    "mobilenet_v3_large": mobilenet_v3_large,
}


def _feature_extractor(network: keras.Model, outputs: Outputs) -> keras.Model:
    """The part of `network` that leads to `outputs`."""
    return keras.Model(network.input, list(outputs), name="backbone")


def normalized(images: keras.KerasTensor) -> keras.KerasTensor:
    """Images in 0..255 as the MobileNets take them, in -1..1."""
    return layers.Rescaling(1 / 127.5, -1.0, name="normalise")(images)

"""The stages of a Convolutional Pose Machine: features in, belief maps out, again and again."""

import keras
from keras import layers

from training.models.ssd.layers import batch_norm, conv_bn_relu6, relu6

# With it a random network's activations neither grow nor fade from layer to layer.
INITIALIZER = "he_normal"
# Ideal maps are nought nearly everywhere. From larger values training begins with unlearning them.
_NEARLY_NOTHING = keras.initializers.RandomNormal(stddev=1e-3, seed=0)


def plain_stages(
    features: keras.KerasTensor, stages: int, maps: int, channels: int
) -> list[keras.KerasTensor]:
    """OpenPose's: large kernels, under the names that its model of hands has.

    Args:
        features: (B, h, w, C).
        stages: how many.
        maps: M, points and background.
        channels: of the convolutions within a stage.

    Returns:
        (B, h, w, M) of each stage.
    """
    x = _convolution(features, 4 * channels, 1, "conv6_1_CPM")
    found = [_maps(x, maps, "conv6_2_CPM")]
    for stage in range(2, stages + 1):
        x = layers.Concatenate(name=f"concat_stage{stage}")([found[-1], features])
        for number in range(1, 6):
            x = _convolution(x, channels, 7, f"Mconv{number}_stage{stage}")
        x = _convolution(x, channels, 1, f"Mconv6_stage{stage}")
        found.append(_maps(x, maps, f"Mconv7_stage{stage}"))
    return found


def light_stages(
    features: keras.KerasTensor, stages: int, maps: int, channels: int
) -> list[keras.KerasTensor]:
    """The same shape of network with separable convolutions and batch norms; see `plain_stages`."""
    x = conv_bn_relu6(features, channels, 1, "stage1_expand")
    found = [_maps(x, maps, "stage1_maps")]
    for stage in range(2, stages + 1):
        x = layers.Concatenate(name=f"stage{stage}_concat")([found[-1], features])
        x = conv_bn_relu6(x, channels, 1, f"stage{stage}_reduce")
        for number in (1, 2, 3):
            x = _separable_residual(x, channels, f"stage{stage}_block{number}")
        found.append(_maps(x, maps, f"stage{stage}_maps"))
    return found


def _separable_residual(x: keras.KerasTensor, channels: int, name: str) -> keras.KerasTensor:
    """A 5x5 depthwise and a 1x1 convolution, added to what went in."""
    y = layers.DepthwiseConv2D(5, padding="same", use_bias=False, name=f"{name}_depthwise")(x)
    y = relu6(batch_norm(f"{name}_depthwise_BN")(y), f"{name}_depthwise_relu")
    y = layers.Conv2D(channels, 1, use_bias=False, name=f"{name}_pointwise")(y)
    y = layers.Add(name=f"{name}_add")([x, batch_norm(f"{name}_pointwise_BN")(y)])
    return relu6(y, f"{name}_relu")


def _convolution(x: keras.KerasTensor, filters: int, kernel: int, name: str) -> keras.KerasTensor:
    return layers.Conv2D(
        filters, kernel, padding="same", activation="relu", kernel_initializer=INITIALIZER,
        name=name,
    )(x)  # fmt: skip


def _maps(x: keras.KerasTensor, maps: int, name: str) -> keras.KerasTensor:
    """In float32 whatever the rest is in: a belief's last digits say where the point is."""
    return layers.Conv2D(maps, 1, kernel_initializer=_NEARLY_NOTHING, dtype="float32", name=name)(x)

"""The small groups of layers that the light models are made of."""

from collections.abc import Sequence

import keras
from keras import layers

# The Object Detection API's for its MobileNets.
BATCH_NORM_EPSILON = 1e-3
# Set anew by the training loop, from the number of steps; see `optimization.batch_norm_momentum`.
BATCH_NORM_MOMENTUM = 0.97


def batch_norm(name: str) -> layers.BatchNormalization:
    """A batch norm with the Object Detection API's numbers."""
    return layers.BatchNormalization(
        epsilon=BATCH_NORM_EPSILON, momentum=BATCH_NORM_MOMENTUM, name=name
    )


def relu6(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    """min(max(x, 0), 6), which survives 8-bit numbers."""
    return layers.ReLU(6.0, name=name)(x)


def conv_bn_relu6(
    x: keras.KerasTensor, filters: int, kernel: int, name: str, stride: int = 1
) -> keras.KerasTensor:
    """Convolution, batch norm, ReLU6: (B, H, W, C) to (B, H/stride, W/stride, filters)."""
    x = layers.Conv2D(
        filters, kernel, stride, padding="same", use_bias=False, dtype=_dtype(x, stride), name=name
    )(x)
    return relu6(batch_norm(f"{name}_BN")(x), f"{name}_relu")


def depthwise_bn_relu6(x: keras.KerasTensor, name: str, stride: int = 1) -> keras.KerasTensor:
    """Depthwise 3x3 convolution, batch norm, ReLU6: (B, H, W, C) to (B, H/stride, W/stride, C)."""
    x = layers.DepthwiseConv2D(
        3, stride, padding="same", use_bias=False, dtype=_dtype(x, stride), name=name
    )(x)
    return relu6(batch_norm(f"{name}_BN")(x), f"{name}_relu")


def separable_bn_relu6(
    x: keras.KerasTensor, filters: int, name: str, stride: int = 1
) -> keras.KerasTensor:
    """Separable 3x3 convolution, batch norm, ReLU6."""
    x = layers.SeparableConv2D(
        filters, 3, stride, padding="same", use_bias=False, dtype=_dtype(x, stride), name=name
    )(x)
    return relu6(batch_norm(f"{name}_BN")(x), f"{name}_relu")


def concatenate_levels(parts: Sequence[keras.KerasTensor], name: str) -> keras.KerasTensor:
    """(B, A, ...) of all levels after one another, in float32 whatever the layers compute in."""
    x = layers.Concatenate(axis=1, name=f"{name}_joined")(parts)
    return layers.Activation("linear", dtype="float32", name=name)(x)


def _dtype(x: keras.KerasTensor, stride: int) -> str | None:
    """What a convolution of `x` computes in: None for the same as the network around it.

    In bfloat16 on a CPU, TensorFlow 2.21 with oneDNN leaves a part of the gradient of such a kernel
    unwritten where the stride is 2 and the map one column wide, as a light detector's last ones
    are: whatever was in that memory, numbers of 1e33 or none at all, becomes the kernel's.
    """
    return "float32" if stride > 1 and x.shape[2] == 1 else None

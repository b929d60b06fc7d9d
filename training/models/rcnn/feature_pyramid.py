"""The feature pyramid (Lin et al. 2017): what coarse maps know, brought to the finer ones.

KerasHub has one, but only inside its RetinaNet; it is no part of what KerasHub exports.
"""

from collections.abc import Sequence

import keras
from keras import layers

from training.models.ssd.layers import batch_norm

Maps = Sequence[keras.KerasTensor]


def feature_pyramid(maps: Maps, finest: int, channels: int) -> list[keras.KerasTensor]:
    """The pyramid's levels, the finest first, one more than there are maps.

    Each convolution has a batch norm, as He et al. 2018 (https://arxiv.org/abs/1811.08883) have it
    where they start from random weights. The coarsest level, from which there are only proposals,
    is every second place of the one before (Lin et al. 2017, section 4.1).

    Args:
        maps: of the backbone, (B, H, W, C) each, the finest first, each half as large as the one
            before.
        finest: the first one's level; level l has strides of 2^l pixels.
        channels: of every level.
    """
    lateral = [
        _convolution(each, channels, 1, f"pyramid_lateral_{level}")
        for level, each in enumerate(maps, finest)
    ]
    merged = [lateral[-1]]
    for place in range(len(lateral) - 2, -1, -1):
        name = f"pyramid_top_down_{finest + place}"
        doubled = layers.UpSampling2D(2, name=f"{name}_upsample")(merged[0])
        merged.insert(0, layers.Add(name=name)([lateral[place], doubled]))
    levels = [
        _convolution(each, channels, 3, f"pyramid_output_{level}")
        for level, each in enumerate(merged, finest)
    ]
    coarsest = layers.MaxPooling2D(1, 2, padding="same", name="pyramid_subsample")(levels[-1])
    return [*levels, coarsest]


def _convolution(x: keras.KerasTensor, channels: int, kernel: int, name: str) -> keras.KerasTensor:
    x = layers.Conv2D(channels, kernel, padding="same", use_bias=False, name=name)(x)
    return batch_norm(f"{name}_BN")(x)

"""The feature pyramid of the Object Detection API's FPN-Lite models (Lin et al. 2017), P3 to P7."""

import keras
from keras import layers

from training.models.ssd.layers import separable_bn_relu6

LEVELS = (3, 4, 5, 6, 7)
CHANNELS = 128


def feature_pyramid(maps: list[keras.KerasTensor]) -> list[keras.KerasTensor]:
    """P3 to P7 of `CHANNELS` channels, from maps of strides 8, 16 and 32.

    Layers are named as the Object Detection API's are, so that its weights are found by name.

    Args:
        maps: (B, H, W, C) each, the finest first.
    """
    lateral = [
        layers.Conv2D(CHANNELS, 1, padding="same", name=f"projection_{number}")(each)
        for number, each in enumerate(maps, 1)
    ]
    coarsest = lateral[-1]
    levels = [coarsest]
    for number in range(len(lateral) - 1, 0, -1):
        finer = lateral[number - 1]
        upsampled = _upsample_to(finer, levels[0], f"top_down_{number}")
        merged = layers.Add(name=f"top_down_{number}_add")([upsampled, finer])
        levels.insert(0, separable_bn_relu6(merged, CHANNELS, f"smoothing_{number}"))
    for number in (20, 21):
        coarsest = separable_bn_relu6(coarsest, CHANNELS, f"bottom_up_conv_{number}", stride=2)
        levels.append(coarsest)
    return levels


def _upsample_to(
    finer: keras.KerasTensor, coarser: keras.KerasTensor, name: str
) -> keras.KerasTensor:
    """Twice the size, less a row or a column where `finer` has an odd number of them."""
    x = layers.UpSampling2D(2, name=f"{name}_upsample")(coarser)
    surplus = [(0, x.shape[axis] - finer.shape[axis]) for axis in (1, 2)]
    if any(after for _, after in surplus):
        x = layers.Cropping2D(surplus, name=f"{name}_crop")(x)
    return x

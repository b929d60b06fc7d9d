"""The mask head (He et al. 2017, figure 4): which parts of a box are the object."""

import keras
from keras import layers

BINS = 14
# Of a mask; the last convolution's map is doubled.
SIDE = 2 * BINS


def mask_head(channels: int, width: int, depth: int, class_count: int) -> keras.Model:
    """Convolutions, a transposed one, and a mask for each class.

    Args:
        channels: of the pyramid.
        width: channels of the convolutions.
        depth: how many there are before the transposed one.
        class_count: C.

    Returns:
        Takes (N, 14, 14, channels); gives logits (N, 28, 28, C), float32.
    """
    features = keras.Input((BINS, BINS, channels), name="mask_features")
    x = features
    for number in range(1, depth + 1):
        x = layers.Conv2D(
            width, 3, padding="same", activation="relu", kernel_initializer="he_normal",
            name=f"mask_head_convolution_{number}",
        )(x)  # fmt: skip
    x = layers.Conv2DTranspose(
        width, 2, 2, activation="relu", kernel_initializer="he_normal", name="mask_head_doubled"
    )(x)
    x = layers.Conv2D(class_count, 1, name="mask_head_classes")(x)
    logits = layers.Activation("linear", dtype="float32", name="mask_logits")(x)
    return keras.Model(features, logits, name="mask_head")

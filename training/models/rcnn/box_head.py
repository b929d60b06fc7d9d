"""The box head (Girshick 2015, section 2; Lin et al. 2017, section 4.2): what a proposal shows."""

import keras
from keras import layers

# He et al. 2017, figure 4.
BINS = 7
# Girshick 2015, section 2.3.
_CLASS_DEVIATION, _BOX_DEVIATION = 0.01, 0.001


def box_head(channels: int, width: int, class_count: int) -> keras.Model:
    """Two fully connected layers, then the classes and a box for each class.

    Args:
        channels: of the pyramid.
        width: of the fully connected layers.
        class_count: C, background not counted.

    Returns:
        Takes (N, 7, 7, channels); gives `class_logits` (N, C + 1), background first, and
        `box_encodings` (N, C, 4), both float32.
    """
    features = keras.Input((BINS, BINS, channels), name="box_features")
    x = layers.Flatten(name="box_head_flatten")(features)
    for number in (1, 2):
        x = layers.Dense(width, "relu", name=f"box_head_dense_{number}")(x)
    logits = layers.Dense(
        class_count + 1, kernel_initializer=_normal(_CLASS_DEVIATION), name="box_head_classes"
    )(x)
    boxes = layers.Dense(
        class_count * 4, kernel_initializer=_normal(_BOX_DEVIATION), name="box_head_boxes"
    )(x)
    boxes = layers.Reshape((class_count, 4), name="box_head_boxes_by_class")(boxes)
    outputs = {
        "class_logits": layers.Activation("linear", dtype="float32", name="class_logits")(logits),
        "box_encodings": layers.Activation("linear", dtype="float32", name="box_encodings")(boxes),
    }
    return keras.Model(features, outputs, name="box_head")


def _normal(deviation: float) -> keras.Initializer:
    return keras.initializers.RandomNormal(stddev=deviation)

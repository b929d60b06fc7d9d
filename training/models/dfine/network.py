"""KerasHub's D-FINE with pictures in 0..255 at one end."""

import keras
import keras_hub
from keras import layers

from training.models.detector import ModelError
from training.models.dfine.sizes import Size

# The encoder halves the maps down to stride 32 and doubles them back.
_STRIDE = 32


def build_network(
    size: Size, class_count: int, input_size_hw: tuple[int, int], queries: int
) -> tuple[keras.Model, keras_hub.models.DFineObjectDetector]:
    """The network and KerasHub's detector inside it, with random weights.

    Args:
        size: which of the five.
        class_count: background not counted.
        input_size_hw: height and width of the pictures.
        queries: as many boxes are refined, or as many as there are places.

    Raises:
        ModelError: the size is no multiple of 32.
    """
    height, width = input_size_hw
    if height % _STRIDE or width % _STRIDE:
        raise ModelError(f"D-FINE takes sizes that are multiples of 32, not {height} x {width}")
    places = sum((height // stride) * (width // stride) for stride in size.strides)
    inner = keras_hub.models.DFineObjectDetector(
        backbone=size.build(class_count, input_size_hw, min(queries, places)),
        num_classes=class_count,
        bounding_box_format="yxyx",
        name="dfine",
    )
    images = keras.Input((height, width, 3), name="images")
    outputs = inner(layers.Rescaling(1 / 255, name="normalise")(images))
    kept = {
        name: layers.Activation("linear", dtype="float32", name=name)(outputs[name])
        for name in OUTPUTS
    }
    return keras.Model(images, kept, name="dfine_detector"), inner


# (B, L, Q, C), (B, L, Q, 4), (B, L, Q, 4 x 33), (B, L, Q, 4) of L refinements, the last the best;
# and (B, Q, C), (B, Q, 4) of the encoder. Boxes are [x, y, width, height] in 0..1 by centre.
OUTPUTS = (
    "intermediate_logits",
    "intermediate_reference_points",
    "intermediate_predicted_corners",
    "initial_reference_points",
    "enc_topk_logits",
    "enc_topk_bboxes",
)

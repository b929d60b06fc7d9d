"""KerasHub's detectors, small, with weights drawn by chance, in files as KerasHub writes them."""

from pathlib import Path
from typing import Any

import keras
import keras_hub
import numpy as np

from training.models.dfine.sizes import Size, Stages

SIZE_HW = (64, 96)
CLASS_COUNT = 2
QUERIES = 20
SCALE, OFFSET = 1 / 64, [-2.0, -1.9, -1.8]
TINY_DFINE = Size(
    Stages(
        (3, 8, 8),
        ((8, 8, 16, 1, 1, 3), (16, 8, 16, 1, 1, 3), (16, 8, 32, 1, 1, 3), (32, 8, 32, 1, 1, 3)),
        learnable_affine=True,
    ),
    levels=2,
    encoder_width=32,
    encoder_feedforward=32,
    expansion=0.5,
    depth=0.34,
    decoder_width=32,
    decoder_layers=2,
    decoder_feedforward=32,
    decoder_points=(2, 2),
)


def retinanet(preprocessed: bool = True) -> Any:
    """A RetinaNet whose boxes are near its anchors, and whose scores are of many kinds."""
    keras.utils.set_random_seed(2)
    encoder = keras_hub.models.ResNetBackbone(
        input_conv_filters=[64], input_conv_kernel_sizes=[7],
        stackwise_num_filters=[64, 16, 16, 16], stackwise_num_blocks=[1, 1, 1, 1],
        stackwise_num_strides=[1, 2, 2, 2],
        block_type="basic_block", use_pre_activation=False,
    )  # fmt: skip
    converter = keras_hub.layers.RetinaNetImageConverter(
        image_size=SIZE_HW, scale=SCALE, offset=OFFSET, crop_to_aspect_ratio=False, antialias=True
    )
    preprocessor = keras_hub.models.RetinaNetObjectDetectorPreprocessor(image_converter=converter)
    model = keras_hub.models.RetinaNetObjectDetector(
        backbone=keras_hub.models.RetinaNetBackbone(
            image_encoder=encoder, min_level=3, max_level=5, use_p5=False
        ),
        num_classes=CLASS_COUNT,
        # Neither of the two orders is ours.
        bounding_box_format="xyxy",
        preprocessor=preprocessor if preprocessed else None,
        pre_logits_num_conv_layers=1,
        prediction_decoder=keras_hub.layers.NonMaxSuppression(
            "xyxy", from_logits=True, iou_threshold=0.4, max_detections=100
        ),
    )
    rng = np.random.default_rng(4)
    for head, deviation in ((model.box_head, 0.002), (model.classification_head, 0.03)):
        last = head.prediction_layer
        last.kernel.assign(rng.normal(0, deviation, last.kernel.shape))
        last.bias.assign(np.zeros(last.bias.shape))
    return model


def dfine() -> Any:
    """A D-FINE."""
    keras.utils.set_random_seed(3)
    converter = keras_hub.layers.DFineImageConverter(image_size=SIZE_HW, scale=1 / 255)
    return keras_hub.models.DFineObjectDetector(
        backbone=TINY_DFINE.build(CLASS_COUNT, SIZE_HW, queries=QUERIES),
        num_classes=CLASS_COUNT,
        bounding_box_format="yxyx",
        preprocessor=keras_hub.models.DFineObjectDetectorPreprocessor(image_converter=converter),
    )


def saved(model: Any, folder: Path) -> Path:
    """Its file."""
    file = folder / "detector.keras"
    model.save(file)
    return file

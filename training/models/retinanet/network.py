"""KerasHub's RetinaNet with images in 0..255 at one end and our box encoding at the other."""

from dataclasses import dataclass

import keras
import keras_hub
import numpy as np
import numpy.typing as npt
from keras import layers

from training.models.detector import ModelError
from training.models.pixel_scale import PixelScale
from training.models.ssd.box_coder import VARIANCE
from training.models.ssd.heads import PRIOR_LOGIT

# ImageNet's mean and standard deviation, which the presets were trained with.
_IMAGENET = PixelScale.of_statistics((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
# Lin et al. 2017, section 4.1.
_HEAD_DEVIATION = 0.01
FINEST, COARSEST = 3, 7
# Each level of the pyramid is doubled onto the next, down from stride 32.
_STRIDE = 32


@dataclass(frozen=True)
class Encoder:
    """A ResNet (He et al. 2015) in KerasHub's words.

    Args:
        blocks: in each of the four stages.
        block_type: `bottleneck_block`, or `basic_block` in the smaller ones.
    """

    blocks: tuple[int, int, int, int]
    block_type: str

    def build(self) -> keras_hub.models.ResNetBackbone:
        """It, with random weights."""
        return keras_hub.models.ResNetBackbone(
            input_conv_filters=[64],
            input_conv_kernel_sizes=[7],
            stackwise_num_filters=[64, 128, 256, 512],
            stackwise_num_blocks=list(self.blocks),
            stackwise_num_strides=[1, 2, 2, 2],
            block_type=self.block_type,
            use_pre_activation=False,
        )


RESNET_18 = Encoder((2, 2, 2, 2), "basic_block")
RESNET_50 = Encoder((3, 4, 6, 3), "bottleneck_block")
ENCODERS = {"resnet18": RESNET_18, "resnet50": RESNET_50}


@dataclass(frozen=True)
class RetinaNet:
    """What `build_retinanet` gives.

    Args:
        network: takes images, gives `box_encodings` (B, A, 4) and `class_logits` (B, A, C).
        inner: KerasHub's model inside it.
        anchors_yxyx: (A, 4) float32, as shares of the image.
        input_size_hw: height and width of the images.
    """

    network: keras.Model
    inner: keras_hub.models.RetinaNetObjectDetector
    anchors_yxyx: npt.NDArray[np.float32]
    input_size_hw: tuple[int, int]


def build_retinanet(
    encoder: Encoder, class_count: int, input_size_hw: tuple[int, int], anchor_scale: float
) -> RetinaNet:
    """Build it with random weights.

    Args:
        encoder: the backbone.
        class_count: background not counted.
        input_size_hw: height and width of the images.
        anchor_scale: the smallest anchor of a level, in strides of the level.

    Raises:
        ModelError: the size is no multiple of 32.
    """
    _check_size(input_size_hw)
    anchors = keras_hub.layers.AnchorGenerator(
        "yxyx",
        min_level=FINEST,
        max_level=COARSEST,
        num_scales=3,
        aspect_ratios=[0.5, 1.0, 2.0],
        anchor_size=anchor_scale,
    )
    inner = keras_hub.models.RetinaNetObjectDetector(
        backbone=keras_hub.models.RetinaNetBackbone(
            image_encoder=encoder.build(),
            min_level=FINEST,
            max_level=COARSEST,
            use_p5=False,
        ),
        num_classes=class_count,
        bounding_box_format="yxyx",
        anchor_generator=anchors,
        name="retinanet",
    )
    _start_heads(inner)
    return retinanet_around(inner, input_size_hw, _IMAGENET)


def retinanet_around(
    inner: keras_hub.models.RetinaNetObjectDetector,
    input_size_hw: tuple[int, int],
    pixel_scale: PixelScale,
) -> RetinaNet:
    """KerasHub's model, with its weights, between our images and our box encoding.

    Args:
        inner: the model; its anchors may be in any format of boxes in pixels.
        input_size_hw: height and width of the images.
        pixel_scale: of the pixels that it takes.

    Raises:
        ModelError: the size is no multiple of 32.
    """
    _check_size(input_size_hw)
    pixels = _anchors_yxyx(inner.anchor_generator, input_size_hw)
    # KerasHub 0.32 takes the width of P6 and P7 for their height where it works out shapes before
    # there are images: with the size left open it does not.
    images = keras.Input((None, None, 3), name="images")
    found = inner(pixel_scale.of(images))
    # KerasHub's deltas are [x, y, log width, log height] over a variance of 1.
    swapped = [found["bbox_regression"][..., axis : axis + 1] for axis in (1, 0, 3, 2)]
    boxes = layers.Concatenate(name="deltas_yxhw")(swapped)
    boxes = layers.Reshape((len(pixels), 4), name="deltas_of_anchors")(boxes)
    logits = layers.Reshape((len(pixels), inner.num_classes), dtype="float32", name="class_logits")
    scale = [1 / variance for variance in VARIANCE]
    outputs = {
        "box_encodings": layers.Rescaling(scale, dtype="float32", name="box_encodings")(boxes),
        "class_logits": logits(found["cls_logits"]),
    }
    return RetinaNet(
        keras.Model(images, outputs, name="retinanet_fpn"),
        inner,
        (pixels / np.tile(input_size_hw, 2)).astype(np.float32),
        input_size_hw,
    )


def _check_size(input_size_hw: tuple[int, int]) -> None:
    if any(size % _STRIDE for size in input_size_hw):
        height, width = input_size_hw
        raise ModelError(
            f"RetinaNet needs sides of a multiple of 32 pixels, not {height} x {width}"
        )


def _anchors_yxyx(
    generator: keras_hub.layers.AnchorGenerator, input_size_hw: tuple[int, int]
) -> npt.NDArray[np.float32]:
    """(A, 4), in pixels, level by level."""
    by_level = generator(np.zeros((1, *input_size_hw, 3), np.float32)).values()
    anchors = keras.utils.bounding_boxes.convert_format(
        np.concatenate([np.asarray(level) for level in by_level]),
        source=generator.bounding_box_format,
        target="yxyx",
    )
    return np.asarray(anchors, np.float32)


def _start_heads(inner: keras_hub.models.RetinaNetObjectDetector) -> None:
    """Start both heads as the paper does.

    KerasHub 0.32 gives the prior's bias to the boxes' head instead of the classes', and draws
    kernels five times as wide: fine for presets, whose weights replace both, but from random
    weights the first loss is in the thousands.
    """
    normal = keras.initializers.RandomNormal(stddev=_HEAD_DEVIATION)
    for head, bias in ((inner.box_head, 0.0), (inner.classification_head, PRIOR_LOGIT)):
        for convolution in (*head.conv_layers, head.prediction_layer):
            convolution.kernel.assign(normal(convolution.kernel.shape))
        head.prediction_layer.bias.assign(np.full(head.prediction_layer.bias.shape, bias))

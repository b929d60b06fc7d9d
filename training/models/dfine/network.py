"""KerasHub's D-FINE with images in 0..255 at one end."""

from dataclasses import dataclass

import keras
import keras_hub
import numpy as np
import tensorflow as tf
from keras import layers

from training.models.detector import ModelError
from training.models.dfine.denoising import (
    DenoisingQueries,
    LabelEmbedding,
    as_logits,
    attention_mask,
)
from training.models.dfine.query_selection import gather_in_one_step
from training.models.dfine.sizes import Size
from training.models.pixel_scale import PixelScale
from training.models.ssd.heads import PRIOR_LOGIT

# The encoder halves the maps down to stride 32 and doubles them back.
_STRIDE = 32


@dataclass(frozen=True)
class Denoising:
    """What a network has for denoising queries.

    Args:
        front: the network up to the decoder.
        labels: their content.
    """

    front: keras.Model
    labels: LabelEmbedding


@dataclass(frozen=True)
class Dfine:
    """A network that gives `OUTPUTS`.

    Args:
        network: takes images (B, H, W, 3) in 0..255.
        inner: KerasHub's model inside it.
        class_count: background not counted.
        input_size_hw: height and width of the images.
        denoising: None where it is trained without.
    """

    network: keras.Model
    inner: keras_hub.models.DFineObjectDetector
    class_count: int
    input_size_hw: tuple[int, int]
    denoising: Denoising | None = None


def outputs_beside(
    built: Dfine, denoising: Denoising, images: tf.Tensor, queries: DenoisingQueries
) -> tuple[dict[str, tf.Tensor], dict[str, tf.Tensor]]:
    """`OUTPUTS` in training, and the decoder's of denoising queries beside them.

    Args:
        built: the network.
        denoising: its own.
        images: (B, H, W, 3) in 0..255.
        queries: (B, N) of them.
    """
    start = denoising.front(images, training=True)
    target, unscaled = start["target"], start["reference_points"]
    content = tf.cast(denoising.labels.of(queries.classes), target.dtype)
    reference = tf.cast(as_logits(queries.boxes_xywh), unscaled.dtype)
    backbone = built.inner.backbone
    mask = attention_mask(queries, backbone.num_queries)
    decoded = backbone.decoder(
        inputs_embeds=tf.concat([content, target], axis=1),
        encoder_hidden_states=start["memory"],
        reference_points=tf.concat([reference, unscaled], axis=1),
        spatial_shapes=start["spatial_shapes"],
        attention_mask=tf.cast(mask, target.dtype),
        # Without, KerasHub 0.32's decoder takes the images of a batch of two for two outputs, and
        # fails for any other number.
        output_attentions=True,
        training=True,
    )
    count = queries.classes.shape[1]
    of_decoder = {name: tf.cast(each, tf.float32)
                  for name, each in zip(OUTPUTS[:4], decoded[2:6], strict=True)}  # fmt: skip
    of_encoder = {name: tf.cast(start[name], tf.float32) for name in OUTPUTS[4:]}
    own = {name: each[:, :, count:] for name, each in of_decoder.items()}
    return {**own, **of_encoder}, {name: each[:, :, :count] for name, each in of_decoder.items()}


def build_dfine(
    size: Size,
    class_count: int,
    input_size_hw: tuple[int, int],
    queries: int,
    *,
    denoising: bool = False,
) -> Dfine:
    """Build it with random weights.

    Args:
        size: which of the five.
        class_count: background not counted.
        input_size_hw: height and width of the images.
        queries: as many boxes are refined, or as many as there are places.
        denoising: whether it is trained by denoising queries too.

    Raises:
        ModelError: the size is no multiple of 32.
    """
    height, width = input_size_hw
    if height % _STRIDE or width % _STRIDE:
        raise ModelError(f"D-FINE needs sides of a multiple of 32 pixels, not {height} x {width}")
    places = sum((height // stride) * (width // stride) for stride in size.strides)
    inner = keras_hub.models.DFineObjectDetector(
        backbone=size.build(class_count, input_size_hw, min(queries, places)),
        num_classes=class_count,
        bounding_box_format="yxyx",
        name="dfine",
    )
    _start_class_heads(inner)
    labels = LabelEmbedding(class_count, size.decoder_width) if denoising else None
    return dfine_around(inner, PixelScale(1 / 255), labels)


def dfine_around(
    inner: keras_hub.models.DFineObjectDetector,
    pixel_scale: PixelScale,
    labels: LabelEmbedding | None = None,
) -> Dfine:
    """KerasHub's model, with its weights, behind images in 0..255.

    Args:
        inner: the model; it takes images of one size, the one that its anchors are made for.
        pixel_scale: of the pixels that it takes.
        labels: the content of denoising queries; None for a network without them.
    """
    height, width = inner.backbone.anchor_image_size
    gather_in_one_step(inner)
    images = keras.Input((height, width, 3), name="images")
    scaled = pixel_scale.of(images if labels is None else labels(images))
    outputs = inner(scaled)
    kept = {
        name: layers.Activation("linear", dtype="float32", name=name)(outputs[name])
        for name in OUTPUTS
    }
    network = keras.Model(images, kept, name="dfine_detector")
    denoising = None
    if labels is not None:
        denoising = Denoising(keras.Model(images, _front(inner)(scaled), name="front"), labels)
    return Dfine(network, inner, inner.num_classes, (height, width), denoising)


def _front(inner: keras_hub.models.DFineObjectDetector) -> keras.Model:
    """What a decoder is given, of pixels: the same layers, and no weights of its own."""
    backbone = inner.backbone
    start, target, logits, boxes = backbone.initial_query_reference_generator.output
    given = {
        "reference_points": start,
        "target": target,
        "memory": backbone.source_flattener.output,
        "spatial_shapes": backbone.spatial_shapes_extractor.output,
        "enc_topk_logits": logits,
        "enc_topk_bboxes": boxes,
    }
    return keras.Model(backbone.inputs, given, name="dfine_front")


def _start_class_heads(inner: keras_hub.models.DFineObjectDetector) -> None:
    """Have every query be background at first with the certainty that the authors start with.

    KerasHub 0.32 starts with one share for each class and one for background: with the 80 classes
    of COCO about that certainty, but with one or two a third of all queries and more is an object,
    and the first loss is tens of times as large.
    """
    backbone = inner.backbone
    for head in (backbone.enc_score_head, *backbone.decoder.class_embed):
        head.bias.assign(np.full(head.bias.shape, PRIOR_LOGIT))


# (B, L + 1, Q, C), (B, L + 1, Q, 4), (B, L + 1, Q, 4 x 33), (B, L + 1, Q, 4) of L layers, the last
# the best. Before them is the first layer's own guess of classes and boxes, from which all layers
# measure distances; at its place the other two hold the first layer's a second time.
# And (B, Q, C), (B, Q, 4) of the encoder. Boxes are [x, y, width, height] in 0..1 by center.
OUTPUTS = (
    "intermediate_logits",
    "intermediate_reference_points",
    "intermediate_predicted_corners",
    "initial_reference_points",
    "enc_topk_logits",
    "enc_topk_bboxes",
)

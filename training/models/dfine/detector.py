"""`DfineDetector`: a D-FINE behind the port of all models."""

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from training.input_pipeline.batch import Batch
from training.models.detector import DetectionTensors
from training.models.dfine.boxes import corners
from training.models.dfine.denoising import draw_denoising_queries
from training.models.dfine.losses import denoising_loss, detection_losses
from training.models.dfine.network import Dfine, build_dfine, outputs_beside
from training.models.dfine.objects import objects_of
from training.models.dfine.options import DfineOptions
from training.models.dfine.sizes import SIZES, Size
from training.models.ssd.suppression import suppress


class DfineDetector:
    """Refines a set of boxes, each of which finds one object or nothing.

    Nothing is suppressed unless the options ask for it.

    See `training.models.detector.Detector`. What a batch says is to be ignored is.

    Args:
        built: the network.
        options: its losses and what counts as a detection.
    """

    def __init__(self, built: Dfine, options: DfineOptions):
        self.options = options
        self.network, self._inner, self._built = built.network, built.inner, built
        self.class_count = built.class_count
        self.input_size_hw = built.input_size_hw

    @property
    def parts(self) -> Mapping[str, tuple[keras.Layer, ...]]:
        """The HGNetV2, the hybrid encoder, and the decoder with what it starts from."""
        inside = self._inner.backbone
        backbone = (inside.backbone,)
        encoder = ("encoder_input_proj", "hybrid_encoder")
        others = [each for each in inside.layers if each is not inside.backbone]
        denoising = self._built.denoising
        labels = [] if denoising is None else [denoising.labels]
        return {
            "backbone": backbone,
            "neck": tuple(each for each in others if each.name.startswith(encoder)),
            "heads": (*(each for each in others if not each.name.startswith(encoder)), *labels),
        }

    def losses(self, batch: Batch) -> dict[str, tf.Tensor]:
        """`classification`, `localization`, `overlap`, `distribution`, `distillation`.

        And `denoising`, unless the options leave it out.
        """
        denoising, images = self._built.denoising, batch["images"]
        if denoising is None:
            return detection_losses(self.network(images, training=True), batch, self.options)
        objects = objects_of(batch)
        queries = draw_denoising_queries(
            objects, self.class_count, self.options, denoising.labels.seeds
        )
        outputs, of_denoising = outputs_beside(self._built, denoising, images, queries)
        count = tf.shape(outputs["enc_topk_logits"])[1]
        return {
            **detection_losses(outputs, batch, self.options),
            "denoising": denoising_loss(of_denoising, queries, objects, self.options, count),
        }

    def detect(self, images: tf.Tensor) -> DetectionTensors:
        """What is in `images`, (B, H, W, 3) float32 in 0..255."""
        outputs = self.network(images, training=False)
        scores = tf.sigmoid(outputs["intermediate_logits"][:, -1])  # (B, Q, C)
        boxes = corners(outputs["intermediate_reference_points"][:, -1])
        yxyx = tf.clip_by_value(tf.gather(boxes, [1, 0, 3, 2], axis=-1), 0.0, 1.0)
        if self.options.class_agnostic_nms:
            return suppress(yxyx, scores, self.options)
        queries = scores.shape[1]
        most = min(self.options.detections, queries * self.class_count)
        flat = tf.reshape(scores, (-1, queries * self.class_count))
        best, place = tf.math.top_k(flat, most)  # (B, D)
        is_found = best >= self.options.score_threshold
        chosen = tf.gather(yxyx, place // self.class_count, batch_dims=1)
        return DetectionTensors(
            tf.where(is_found[..., None], chosen, 0.0),
            tf.where(is_found, best, 0.0),
            tf.where(is_found, place % self.class_count, 0),
            tf.reduce_sum(tf.cast(is_found, tf.int32), axis=1),
        )


def build_published(
    *, size: str, class_count: int, input_size_hw: tuple[int, int], options: Mapping[str, Any]
) -> DfineDetector:
    """One of the five published models, by its name in `SIZES`; see `build_detector`."""
    return build_detector(SIZES[size], class_count, input_size_hw, options)


def build_detector(
    size: Size, class_count: int, input_size_hw: tuple[int, int], options: Mapping[str, Any]
) -> DfineDetector:
    """A D-FINE of any size, with random weights.

    Raises:
        ModelError: no such option, a value that it cannot take, or a size that is no multiple of
            32.
    """
    chosen = DfineOptions.of(options, class_count)
    built = build_dfine(
        size, class_count, input_size_hw, chosen.queries, denoising=chosen.num_denoising > 0
    )
    return DfineDetector(built, chosen)

"""`CpmDetector`: a Convolutional Pose Machine behind the port of all models."""

from collections.abc import Mapping

import keras
import tensorflow as tf

from training.input_pipeline.batch import Batch
from training.models.cpm.belief_maps import ideal_maps
from training.models.cpm.losses import stage_losses
from training.models.cpm.options import CpmOptions
from training.models.cpm.points import points_of
from training.models.detector import DetectionTensors


class CpmDetector:
    """Finds the points of the one hand that an image shows; see `training.models.detector`.

    Each image gets one detection, of class 0: what the points say is a hand. Its box is the
    points' extent, its score their mean score.

    Args:
        network: gives `stages`, a list of belief maps (B, h, w, K + 1), the background last.
        backbone: the part of it that comes from a network of images.
        options: its losses.
    """

    def __init__(self, network: keras.Model, backbone: keras.Model, options: CpmOptions):
        self.network = network
        self.class_count = 1
        self.options = options
        self._backbone = backbone
        _, self._height, self._width, maps = network.output["stages"][-1].shape
        self.point_count = int(maps) - 1

    @property
    def input_size_hw(self) -> tuple[int, int]:
        """Height and width of the images that it takes, in pixels."""
        _, height, width, _ = self.network.input.shape
        return height, width

    @property
    def parts(self) -> Mapping[str, tuple[keras.Layer, ...]]:
        """The backbone, what makes its maps the features of all stages, and the stages."""
        stages = ("stage", "conv6_", "Mconv", "concat_stage")
        others = [each for each in self.network.layers if each is not self._backbone]
        return {
            "backbone": (self._backbone,),
            "neck": tuple(each for each in others if not each.name.startswith(stages)),
            "heads": tuple(each for each in others if each.name.startswith(stages)),
        }

    def losses(self, batch: Batch) -> dict[str, tf.Tensor]:
        """`last_stage` and `earlier_stages`; of each image its first hand counts."""
        stages = self.network(batch["images"], training=True)["stages"]
        # A hand that was moved out of its image altogether leaves none.
        hands = tf.pad(batch["keypoints"], ((0, 0), (0, 1), (0, 0), (0, 0)))
        ideal = ideal_maps(
            hands[:, 0],
            (self._height, self._width),
            self.options.sigma,
            self.options.hidden_weight,
        )
        return stage_losses(stages, ideal)

    def detect(self, images: tf.Tensor) -> DetectionTensors:
        """The points in `images`, (B, H, W, 3) float32 in 0..255."""
        maps = self.network(images, training=False)["stages"][-1]
        points = points_of(maps[..., : self.point_count], self.options.sigma)
        places, scores = points[..., :2], points[..., 2]
        boxes = tf.concat([tf.reduce_min(places, axis=1), tf.reduce_max(places, axis=1)], axis=-1)
        ones = tf.ones_like(scores[:, 0], tf.int32)
        return DetectionTensors(
            tf.clip_by_value(boxes, 0.0, 1.0)[:, None],
            tf.reduce_mean(scores, axis=1, keepdims=True),
            tf.zeros_like(ones)[:, None],
            ones,
            keypoints=points[:, None],
            belief_maps=maps,
        )

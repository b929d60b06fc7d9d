"""`Detector`: what the training loop, the evaluation and the export know of a model."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

import keras
import tensorflow as tf

from detection.kinds.keypoints.kind import KEYPOINTS
from detection.kinds.keypoints.outputs import BELIEF_MAPS
from detection.kinds.masks.kind import MASKS
from training.input_pipeline.batch import Batch


class ModelError(Exception):
    """A model cannot be built with these options; the message says which it takes."""


class DetectionTensors(NamedTuple):
    """What was found in B images, the best first, padded with zeros to D detections each.

    Args:
        boxes_yxyx: (B, D, 4) float32, [y_min, x_min, y_max, x_max] in 0..1.
        scores: (B, D) float32 in 0..1.
        classes: (B, D) int32, from 0.
        counts: (B,) int32, how many of the D are detections.
        masks: (B, D, h, w) float32 in 0..1, of each box's rows and columns; None of a model that
            finds no outlines.
        keypoints: (B, D, K, 3) float32, [y, x, score], y and x in 0..1; None of a model that finds
            no points.
        belief_maps: (B, h, w, K + 1) float32, of a whole image: how surely each point, and in
            the last map none, is at each place; None of a model that has none.
    """

    boxes_yxyx: tf.Tensor
    scores: tf.Tensor
    classes: tf.Tensor
    counts: tf.Tensor
    masks: tf.Tensor | None = None
    keypoints: tf.Tensor | None = None
    belief_maps: tf.Tensor | None = None

    @property
    def extras(self) -> dict[str, tf.Tensor]:
        """What is found beside boxes, by the name of the output in which an export answers it."""
        named = {
            MASKS.output: self.masks,
            KEYPOINTS.output: self.keypoints,
            BELIEF_MAPS: self.belief_maps,
        }
        return {name: each for name, each in named.items() if each is not None}


class Detector(Protocol):
    """A model of any kind: it is trained by its `losses` and used by its `detect`."""

    @property
    def network(self) -> keras.Model:
        """Holds every weight; takes images (B, H, W, 3) float32 in 0..255."""

    @property
    def parts(self) -> Mapping[str, tuple[keras.Layer, ...]]:
        """The network's layers under `backbone`, `neck` and `heads`; a layer is in one of them."""

    @property
    def class_count(self) -> int:
        """How many classes it tells apart, background not counted."""

    @property
    def input_size_hw(self) -> tuple[int, int]:
        """Height and width of the images that it takes, in pixels."""

    def losses(self, batch: Batch) -> dict[str, tf.Tensor]:
        """The parts of the loss of a batch, scalars float32; training minimises their sum."""

    def detect(self, images: tf.Tensor) -> DetectionTensors:
        """What is in `images`, (B, H, W, 3) float32 in 0..255."""


def parameters_in_use(network: keras.Model) -> int:
    """How many weights detections are computed from.

    Layers that training alone needs, `training_only`, are left out.
    """
    extra = [each for each in network.layers if getattr(each, "training_only", False)]
    return int(network.count_params()) - sum(int(each.count_params()) for each in extra)

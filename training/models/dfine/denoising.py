"""Contrastive denoising: objects with noise, which the decoder reconstructs beside its own queries.

A group holds each object twice: as a positive query, with noise within half of its size, to be
reconstructed, and as a negative one with more noise, to be told from an object. There are as many
groups as there is room for. Groups do not see each other, and the queries that find objects see
none of them.

Sources: Zhang et al. 2022, "DINO", https://arxiv.org/abs/2203.03605, section 3.3; Lv et al. 2023,
RT-DETR, https://arxiv.org/abs/2304.08069; the numbers are those of D-FINE's configs.
"""

from typing import NamedTuple

import keras
import tensorflow as tf

from training.models.dfine.boxes import by_center, corners
from training.models.dfine.objects import Objects
from training.models.dfine.options import DfineOptions

# Of a softmax's input; 16 bits hold it.
HIDDEN = -3e4
_EPSILON = 1e-5
# Whether the class is another, which, and a sign and a distance for each corner's coordinate.
_DRAWS = 10


class DenoisingQueries(NamedTuple):
    """Of B images N queries each; what is not `real` is padding.

    Args:
        classes: (B, N) int32 with label noise, -1 where padded.
        boxes_xywh: (B, N, 4) float32 by center in 0..1, with box noise.
        origin: (B, N) int32, the place of its object among the M.
        real: (B, N) bool, made of an object.
        positive: (B, N) bool, to be reconstructed; the others that are real are background.
        group: (N,) int32.
        groups: () int32, how many are filled.
    """

    classes: tf.Tensor
    boxes_xywh: tf.Tensor
    origin: tf.Tensor
    real: tf.Tensor
    positive: tf.Tensor
    group: tf.Tensor
    groups: tf.Tensor


class LabelEmbedding(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """The content of denoising queries by their class; images pass through it unchanged.

    It lies in the network's graph so that its weights, and the state of the noise, are kept in
    checkpoints. Nothing that is exported needs it.

    Args:
        class_count: background not counted.
        width: of the decoder.

    Attributes:
        seeds: from which noise is drawn, so that a resumed training draws what it would have.
    """

    training_only = True

    def __init__(self, class_count: int, width: int) -> None:
        # Pixels stay float32, whatever the others compute in.
        super().__init__(name="denoising_class_embed", dtype="float32", autocast=False)
        self._shape = (class_count, width)
        self.seeds = keras.random.SeedGenerator()

    def build(self, _input_shape: object) -> None:
        """Make the weights; as the authors do, from a normal distribution."""
        normal = keras.initializers.RandomNormal(stddev=1.0)
        self.table = self.add_weight(shape=self._shape, initializer=normal, name="table")

    def call(self, images: tf.Tensor) -> tf.Tensor:
        """The images."""
        return images

    def of(self, classes: tf.Tensor) -> tf.Tensor:
        """(B, N, D) of (B, N) int32; 0 where padded."""
        # Not gathered: the optimizer takes the gradient of a whole table.
        return tf.one_hot(classes, self._shape[0]) @ self.table.value

    def load_own_variables(self, store: dict[str, object]) -> None:
        """Read the weights; checkpoints from before denoising have none."""
        if len(store.keys()):
            super().load_own_variables(store)


def draw_denoising_queries(
    objects: Objects, class_count: int, options: DfineOptions, seeds: keras.random.SeedGenerator
) -> DenoisingQueries:
    """Objects with noise, twice `num_denoising` queries an image; other noise each time.

    Args:
        objects: of which they are made; of more than `num_denoising` the first.
        class_count: background not counted.
        options: `num_denoising`, `label_noise_ratio` and `box_noise_scale`.
        seeds: of the noise.
    """
    most = options.num_denoising
    # Objects first, so that a group is as long as the most of an image.
    order = tf.argsort(tf.cast(~objects.wanted, tf.int32), axis=1, stable=True)
    count = tf.reduce_sum(tf.cast(objects.wanted, tf.int32), axis=1)  # (B,)
    length = tf.clip_by_value(tf.reduce_max(count), 1, most)
    groups = most // length
    slot = tf.range(2 * most)
    group, place = slot // (2 * length), slot % (2 * length)
    number = place % length  # (N,)
    is_real = (number < tf.minimum(count, length)[:, None]) & (group < groups)
    is_positive = is_real & (place < length)
    last = tf.shape(objects.classes)[1] - 1
    origin = tf.gather(order, tf.minimum(number, last), axis=1)  # (B, N)
    classes = tf.gather(objects.classes, origin, batch_dims=1)
    boxes = tf.gather(objects.boxes_xywh, origin, batch_dims=1)
    draws = keras.random.uniform((tf.shape(classes)[0], 2 * most, _DRAWS), seed=seeds)
    random_class = tf.cast(draws[..., 1] * class_count, tf.int32)
    is_random = draws[..., 0] < options.label_noise_ratio / 2
    noisy = _moved(boxes, draws[..., 2:], is_positive, options.box_noise_scale)
    return DenoisingQueries(
        tf.where(is_real, tf.where(is_random, random_class, classes), -1),
        tf.where(is_real[..., None], noisy, [0.5, 0.5, 1.0, 1.0]),
        origin, is_real, is_positive, group, groups,
    )  # fmt: skip


def _moved(boxes_xywh: tf.Tensor, draws: tf.Tensor, positive: tf.Tensor, scale: float) -> tf.Tensor:
    half = boxes_xywh[..., 2:] / 2
    sign = tf.where(draws[..., :4] < 0.5, -1.0, 1.0)
    distance = draws[..., 4:] + tf.where(positive, 0.0, 1.0)[..., None]
    moved = corners(boxes_xywh) + sign * distance * scale * tf.concat([half, half], axis=-1)
    moved = by_center(tf.clip_by_value(moved, 0.0, 1.0))
    # The corners of a negative one may have passed each other.
    return tf.abs(moved)


def attention_mask(denoising: DenoisingQueries, queries: int) -> tf.Tensor:
    """(B, N + Q, N + Q) float32, 0 where a row's query sees a column's, `HIDDEN` elsewhere.

    Args:
        denoising: the N, which come before the others.
        queries: Q, that find objects: they see each other, and denoising queries see them.
    """
    is_same_group = denoising.group[:, None] == denoising.group
    same = is_same_group & denoising.real[:, None, :]  # (B, N, N)
    shape = tf.shape(denoising.real)
    others = tf.ones((shape[0], shape[1], queries), tf.bool)
    above = tf.concat([same, others], axis=2)
    below = tf.concat(
        [tf.zeros((shape[0], queries, shape[1]), tf.bool),
         tf.ones((shape[0], queries, queries), tf.bool)], axis=2,
    )  # fmt: skip
    return tf.where(tf.concat([above, below], axis=1), 0.0, HIDDEN)


def as_logits(boxes: tf.Tensor) -> tf.Tensor:
    """The inverse of a sigmoid, of values in 0..1."""
    inside = tf.clip_by_value(boxes, _EPSILON, 1 - _EPSILON)
    return tf.math.log(inside / (1 - inside))

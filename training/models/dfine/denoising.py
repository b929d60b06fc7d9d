"""Contrastive denoising: objects, spoiled, which the decoder puts right beside its own queries.

A group holds each object twice: once with noise within half of its size, to be put right, and once
with more noise, to be told from an object. As many groups as there is room for are drawn. Neither
do groups see each other, nor do the queries that find objects see any of them.

Sources: Zhang et al. 2022, "DINO", https://arxiv.org/abs/2203.03605, section 3.3; Lv et al. 2023,
RT-DETR, https://arxiv.org/abs/2304.08069; the numbers are those of D-FINE's configs.
"""

from typing import NamedTuple

import keras
import tensorflow as tf

# Of a softmax's input, 16 bits hold it.
HIDDEN = -3e4
_EPSILON = 1e-5
_DRAWS = 10


class NoisyQueries(NamedTuple):
    """Of B images N queries each; what is not `real` is padding.

    Args:
        classes: (B, N) int32, what a query is told, -1 where padded.
        boxes_xywh: (B, N, 4) float32 by center in 0..1, where it begins.
        origin: (B, N) int32, the place of its object among the M.
        real: (B, N) bool, made of an object.
        positive: (B, N) bool, to be put right; the others that are real are background.
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
    """What a query is told of its class; of images the network's graph gets them as they are.

    It lies in the graph so that its weights are kept, averaged and trained with the others.

    Args:
        class_count: background not counted.
        width: of the decoder.
    """

    def __init__(self, class_count: int, width: int) -> None:
        # The pixels stay as they are, whatever the others compute in.
        super().__init__(name="denoising_class_embed", dtype="float32", autocast=False)
        self._shape = (class_count, width)

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
        """Read the weights; of a checkpoint from before denoising there are none."""
        if len(store.keys()):
            super().load_own_variables(store)


def noisy_queries(
    classes: tf.Tensor,
    boxes_xywh: tf.Tensor,
    wanted: tf.Tensor,
    class_count: int,
    *,
    most: int,
    label_noise: float,
    box_noise: float,
) -> NoisyQueries:
    """Draw them; the same batch gets the same noise.

    Args:
        classes: (B, M) int32.
        boxes_xywh: (B, M, 4) float32 by center in 0..1.
        wanted: (B, M) bool, which of the M are objects.
        class_count: background not counted.
        most: positive queries of an image; there are twice as many in all. Of more objects the
            first are taken.
        label_noise: half of this share of the classes is another, any of them.
        box_noise: of a positive query each corner's coordinate is moved by up to this share of
            half of the box's side, of a negative one by once to twice that.
    """
    # Objects first, so that a group is as long as the most of an image.
    order = tf.argsort(tf.cast(~wanted, tf.int32), axis=1, stable=True)
    count = tf.reduce_sum(tf.cast(wanted, tf.int32), axis=1)  # (B,)
    length = tf.clip_by_value(tf.reduce_max(count), 1, most)
    groups = most // length
    slot = tf.range(2 * most)
    group, place = slot // (2 * length), slot % (2 * length)
    number = place % length  # (N,)
    is_real = (number < tf.minimum(count, length)[:, None]) & (group < groups)
    is_positive = is_real & (place < length)
    origin = tf.gather(order, tf.minimum(number, tf.shape(classes)[1] - 1), axis=1)  # (B, N)
    known = tf.gather(classes, origin, batch_dims=1)
    boxes = tf.gather(boxes_xywh, origin, batch_dims=1)
    draws = _draws(boxes_xywh, wanted, 2 * most)  # (B, N, 10)
    other = tf.cast(draws[..., 1] * class_count, tf.int32)
    told = tf.where(draws[..., 0] < label_noise / 2, other, known)
    noisy = _moved(boxes, draws[..., 2:], is_positive, box_noise)
    return NoisyQueries(
        tf.where(is_real, told, -1),
        tf.where(is_real[..., None], noisy, [0.5, 0.5, 1.0, 1.0]),
        origin, is_real, is_positive, group, groups,
    )  # fmt: skip


def _moved(
    boxes_xywh: tf.Tensor, draws: tf.Tensor, positive: tf.Tensor, box_noise: float
) -> tf.Tensor:
    center, size = boxes_xywh[..., :2], boxes_xywh[..., 2:]
    corners = tf.concat([center - size / 2, center + size / 2], axis=-1)
    sign = tf.where(draws[..., :4] < 0.5, -1.0, 1.0)
    far = draws[..., 4:] + tf.where(positive, 0.0, 1.0)[..., None]
    moved = corners + sign * far * tf.concat([size, size], axis=-1) / 2 * box_noise
    moved = tf.clip_by_value(moved, 0.0, 1.0)
    # The corners of a negative one may have passed each other.
    center, size = (moved[..., :2] + moved[..., 2:]) / 2, moved[..., 2:] - moved[..., :2]
    return tf.concat([center, tf.abs(size)], axis=-1)


def _draws(boxes_xywh: tf.Tensor, wanted: tf.Tensor, queries: int) -> tf.Tensor:
    """(B, N, 10) in 0..1, by what is in each image alone, so that no state has to be kept.

    Augmentation moves an image's boxes each time, and other noise comes with that.
    """
    bits = tf.bitcast(tf.where(wanted[..., None], boxes_xywh, 0.0), tf.int32)  # (B, M, 4)
    seeds = tf.reduce_sum(bits * tf.constant([1, 31, 961, 29791]), axis=2)
    # Bits of the padding are 0, whatever it is multiplied by.
    place = 2 * tf.range(tf.shape(seeds)[1]) + 1
    pairs = tf.stack([tf.reduce_sum(seeds * place, axis=1), tf.reduce_sum(seeds, axis=1)], axis=1)

    def of_image(pair: tf.Tensor) -> tf.Tensor:
        return tf.random.stateless_uniform((queries, _DRAWS), pair)

    spec = tf.TensorSpec((queries, _DRAWS), tf.float32)
    return tf.map_fn(of_image, pairs, fn_output_signature=spec)


def attention_mask(noisy: NoisyQueries, queries: int) -> tf.Tensor:
    """(B, N + Q, N + Q) float32, 0 where a row's query sees a column's, `HIDDEN` elsewhere.

    Args:
        noisy: the N, which come before the others.
        queries: Q, that find objects: they see each other, and noisy ones see them.
    """
    same = (noisy.group[:, None] == noisy.group) & noisy.real[:, None, :]  # (B, N, N)
    shape = tf.shape(noisy.real)
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

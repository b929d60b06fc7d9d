"""`CombinedNonMaxSuppression` for one image, of TensorFlow Lite's builtin operations.

Class by class by NonMaxSuppressionV4, then the best of all classes together: what the operation
does (tensorflow/core/kernels/image/non_max_suppression_op.cc), for a batch of one.
"""

import tensorflow as tf

OPERATION = "CombinedNonMaxSuppression"


def suppress_one(
    boxes: tf.Tensor,
    scores: tf.Tensor,
    *,
    per_class: int,
    total: int,
    iou: float,
    score: float,
    clip: bool,
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
    """The operation's four outputs.

    Args:
        boxes: (1, A, 1, 4) float32, the same for every class.
        scores: (1, A, C) float32.
        per_class: detections of a class at most.
        total: detections at most.
        iou: of two boxes that overlap by more, the better one stays.
        score: detections score more.
        clip: boxes to 0..1.

    Returns:
        Boxes (1, D, 4), scores, classes (1, D) float32, counts (1,) int32; filled up with zeros.

    Raises:
        ValueError: boxes of their own for each class.
    """
    if boxes.shape[2] != 1:
        raise ValueError(
            f"expected boxes shared by all classes, shape (1, N, 1, 4), not {boxes.shape}"
        )
    places_yxyx = boxes[0, :, 0, :]
    found_scores, found_boxes = [], []
    for of_class in tf.unstack(scores[0], axis=1):
        rows, count = tf.raw_ops.NonMaxSuppressionV4(
            boxes=places_yxyx, scores=of_class, max_output_size=per_class,
            iou_threshold=iou, score_threshold=score, pad_to_max_output_size=True,
        )  # fmt: skip
        is_found = tf.cast(tf.range(per_class) < count, tf.float32)
        # Where there is nothing, less than any score.
        found_scores.append((tf.gather(of_class, rows) + 1.0) * is_found - 1.0)
        found_boxes.append(tf.gather(places_yxyx, rows))
    all_scores, all_boxes = tf.concat(found_scores, 0), tf.concat(found_boxes, 0)
    kept = min(total, all_scores.shape[0])
    best, order = tf.math.top_k(all_scores, kept)
    is_found = tf.cast(best > score, tf.float32)
    chosen = tf.gather(all_boxes, order)
    if clip:
        chosen = tf.minimum(tf.maximum(chosen, 0.0), 1.0)
    classes = tf.cast(order // per_class, tf.float32)
    filled = ((0, total - kept),)
    return (
        tf.pad(chosen * is_found[:, None], (*filled, (0, 0)))[None],
        tf.pad(best * is_found, filled)[None],
        tf.pad(classes * is_found, filled)[None],
        tf.cast(tf.reduce_sum(is_found), tf.int32)[None],
    )

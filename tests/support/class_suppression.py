"""SavedModels that suppress class by class, as exporters of TensorFlow's have written it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

BOXES, KEPT = 1200, 12
IOU_THRESHOLD, SCORE_THRESHOLD = 0.5, 1e-8

# One class: boxes (N, 4), scores (N,) -> indices (K,).
Suppression = Callable[[Any, Any], Any]
# All classes: boxes (N, 4), scores (N, C) -> outputs by name.
Postprocessing = Callable[[Any, Any], dict[str, Any]]


def suppression(version: int, iou: float = IOU_THRESHOLD, **more: Any) -> Suppression:
    """`NonMaxSuppression` in one of its versions, of which the first two take every score."""
    told = {"max_output_size": KEPT, "iou_threshold": iou, **more}
    if version > 2:
        told["score_threshold"] = SCORE_THRESHOLD
    if version > 4:
        told.setdefault("soft_nms_sigma", 0.0)

    def suppress(boxes: Any, scores: Any) -> Any:
        import tensorflow as tf

        name = f"NonMaxSuppressionV{version}" if version > 1 else "NonMaxSuppression"
        found = getattr(tf.raw_ops, name)(boxes=boxes, scores=scores, **told)
        return getattr(found, "selected_indices", found)

    return suppress


def best_of_all_classes(suppressions: Sequence[Suppression]) -> Postprocessing:
    """What (N, 4) boxes and (N, C) scores come to: sorted, (K, 4), (K,) and (K,)."""

    def sorted_by_score(boxes: Any, scores: Any) -> dict[str, Any]:
        import tensorflow as tf

        found: list[tuple[Any, Any, Any]] = []
        for class_id, suppress in enumerate(suppressions):
            own = tf.reshape(tf.slice(scores, [0, class_id], [-1, 1]), [-1])
            kept = suppress(boxes, own)
            classes = tf.ones_like(kept) * class_id
            found.append((tf.gather(boxes, kept), tf.gather(own, kept), classes))
        corners, best, classes = (tf.concat(each, 0) for each in zip(*found, strict=True))
        best, order = tf.math.top_k(best, tf.shape(best)[0])
        return {
            "boxes": tf.gather(corners, order),
            "scores": best,
            "classes": tf.gather(classes, order),
        }

    return sorted_by_score


def one_after_the_other(boxes: Any, scores: Any) -> dict[str, Any]:
    """A second choice among the boxes that a first one left."""
    import tensorflow as tf

    suppress = suppression(3)
    first = suppress(boxes, scores[:, 0])
    taken = tf.zeros_like(first, tf.float32)
    rest = tf.tensor_scatter_nd_update(scores[:, 0], first[:, None], taken)
    return {"first": first, "second": suppress(boxes, rest)}


def in_a_loop(function: Postprocessing, most: int) -> Postprocessing:
    """The scores of batches, image by image, filled up with zeros to (B, `most`)."""

    def of_a_batch(boxes: Any, scores: Any) -> dict[str, Any]:
        import tensorflow as tf

        def padded(image: tuple[Any, Any]) -> Any:
            found = function(*image)["scores"]
            return tf.pad(found, [[0, most - tf.shape(found)[0]]])

        return {"scores": tf.map_fn(padded, (boxes, scores), fn_output_signature=tf.float32)}

    return of_a_batch


def write_postprocessing(
    version_dir: Path, classes: int, functions: Mapping[str, Postprocessing], batches: set[str]
) -> Path:
    """Write a SavedModel with a signature for each function; those of `batches` take batches."""
    import tensorflow as tf

    signatures = {}
    for name, function in functions.items():
        batch = [None] * (name in batches)
        signatures[name] = tf.function(function).get_concrete_function(
            tf.TensorSpec([*batch, BOXES, 4], tf.float32, "boxes"),
            tf.TensorSpec([*batch, BOXES, classes], tf.float32, "scores"),
        )
    tf.saved_model.save(tf.Module(), str(version_dir), signatures)
    return version_dir

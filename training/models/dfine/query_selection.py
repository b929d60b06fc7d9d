"""The places with which a D-FINE starts, gathered for all images of a batch in one step.

KerasHub 0.32 gathers them image by image, in loops. Those cost time in training, and in a graph
that is exported they are what OpenVINO and a flat graph cannot have.
"""

from typing import Any

import keras
import keras_hub
import tensorflow as tf

_LAYER = "initial_query_reference_generator"


def gather_in_one_step(inner: keras_hub.models.DFineObjectDetector) -> None:
    """Have a model's layer gather so; it has the same weights and answers the same."""
    layer = inner.backbone.get_layer(_LAYER)
    kind = type(layer)
    if layer.learn_initial_query or kind.__name__ == "OneStep":
        return

    class OneStep(kind):  # type: ignore[misc, valid-type]  # KerasHub does not export its layer
        """KerasHub's layer, where there is nothing to be denoised."""

        def call(
            self,
            inputs: Any,
            denoising_bbox_unact: Any = None,
            denoising_class: Any = None,
            training: bool | None = None,
        ) -> Any:
            """Starting boxes, what is known at their places, and the encoder's own answer."""
            if denoising_bbox_unact is not None:
                return super().call(inputs, denoising_bbox_unact, denoising_class, training)
            logits, boxes, memory, _ = inputs
            best = tf.math.top_k(tf.reduce_max(logits, axis=-1), k=self.num_queries).indices
            logits, boxes, memory = (
                tf.gather(each, best, batch_dims=1) for each in (logits, boxes, memory)
            )
            start, target = tf.stop_gradient(boxes), tf.stop_gradient(memory)
            return start, target, logits, keras.ops.sigmoid(boxes)

    layer.__class__ = OneStep

"""A SavedModel of signatures that take `tf.Example`s, right ones and wrong ones.

Written as TensorFlow 1 does, whose estimators make such signatures: TensorFlow 2 writes no method
names. Each example has a float `x`, and may have a text `animal`.

| signature | method | outputs, for N examples |
|---|---|---|
| `serving_default` | predict | y = x / 2 + 2, of x float (N, 1) |
| `regress_x_to_y` | regress | outputs (N, 1) = x / 2 + 2 |
| `regress_flat` | regress | outputs (N,) = x / 2 + 3 |
| `regress_misdeclared` | regress | outputs (N, 1) = x / 2 + 2, of inputs declared as floats |
| `regress_calls` | regress | outputs (N,): how often the model was run |
| `classify_x_to_y` | classify | scores (N, 1) = x / 2 + 2 |
| `classify_animals` | classify | classes (N, 3): cat, dog and the example's; scores x, 2x, 3x |
| `classify_labels` | classify | classes (N, 3) alone |
| `classify_calls` | classify | scores (N, 1): how often the model was run |
| `regress_pairs` | regress | outputs (N, 2) |
| `regress_sum` | regress | outputs (1,) |
| `regress_double` | regress | outputs (N, 1) double |
| `regress_floats` | regress | outputs (N, 1), of inputs float (N, 1) |
| `regress_two_outputs` | regress | outputs (N, 1) and more (N, 1) |
| `classify_flat` | classify | scores (N,) |
| `classify_sum` | classify | scores (1, 1) |
| `classify_double` | classify | scores (N, 1) double |
| `classify_ids` | classify | classes (N, 1) int64, scores (N, 1) |
| `classify_uneven` | classify | classes (N, 3), scores (N, 1) |
| `classify_latin1` | classify | classes (N, 1) in ISO 8859-1, scores (N, 1) |
| `classify_other` | classify | logits (N, 1) |
"""

from pathlib import Path
from typing import Any

ANIMAL_FEATURE = "animal"


def write_example_model(version_dir: Path) -> None:
    """Write the model."""
    import tensorflow as tf

    v1 = tf.compat.v1
    with tf.Graph().as_default() as graph, v1.Session(graph=graph) as session:
        signatures = _signatures(tf)
        session.run(v1.global_variables_initializer())
        builder = v1.saved_model.Builder(str(version_dir))
        builder.add_meta_graph_and_variables(session, ["serve"], signature_def_map=signatures)
        builder.save()


def _signatures(tf: Any) -> dict[str, Any]:
    v1 = tf.compat.v1
    half = v1.get_variable("half", initializer=0.5)
    numbers = v1.placeholder(tf.float32, [None, 1], "x")
    serialized = v1.placeholder(tf.string, [None], "tf_example")
    parsed = v1.parse_example(
        serialized,
        {
            "x": v1.FixedLenFeature([1], tf.float32),
            ANIMAL_FEATURE: v1.FixedLenFeature([1], tf.string, default_value=["bird"]),
        },
    )
    x, animal = parsed["x"], parsed[ANIMAL_FEATURE]
    y = x * half + 2.0
    flat = tf.reshape(x * half + 3.0, [-1])
    classes = tf.concat([tf.fill(tf.shape(animal), name) for name in ("cat", "dog")] + [animal], 1)
    scores = tf.concat([x, 2 * x, 3 * x], 1)
    calls = v1.get_variable("calls", initializer=0.0, use_resource=False)
    count = v1.assign_add(calls, 1.0) + 0.0 * flat

    def of_method(method: str, inputs: Any, **outputs: Any) -> Any:
        info = v1.saved_model.build_tensor_info
        return v1.saved_model.build_signature_def(
            inputs,
            {alias: info(tensor) for alias, tensor in outputs.items()},
            f"tensorflow/serving/{method}",
        )

    examples = {"inputs": v1.saved_model.build_tensor_info(serialized)}
    # As TensorFlow Serving's own `half_plus_three` has it.
    misdeclared = {"inputs": v1.saved_model.build_tensor_info(serialized)}
    misdeclared["inputs"].dtype = tf.float32.as_datatype_enum
    floats = {"inputs": v1.saved_model.build_tensor_info(numbers)}

    def regression(**outputs: Any) -> Any:
        return of_method("regress", examples, **outputs)

    def classification(**outputs: Any) -> Any:
        return of_method("classify", examples, **outputs)

    def official(classes: Any = None, scores: Any = None) -> Any:
        # What estimators call when they are exported.
        return v1.saved_model.classification_signature_def(serialized, classes, scores)

    y_of_numbers = numbers * half + 2.0
    return {
        "serving_default": of_method("predict", {"x": floats["inputs"]}, y=y_of_numbers),
        "regress_x_to_y": v1.saved_model.regression_signature_def(serialized, y),
        "regress_flat": regression(outputs=flat),
        "regress_misdeclared": of_method("regress", misdeclared, outputs=y),
        "regress_calls": regression(outputs=count),
        "classify_x_to_y": official(scores=y),
        "classify_animals": official(classes, scores),
        "classify_labels": official(classes),
        "classify_calls": classification(scores=tf.reshape(count, [-1, 1])),
        "regress_pairs": regression(outputs=tf.concat([y, y], 1)),
        "regress_sum": regression(outputs=tf.reshape(tf.reduce_sum(y), [1])),
        "regress_double": regression(outputs=tf.cast(y, tf.float64)),
        "regress_floats": of_method("regress", floats, outputs=y_of_numbers),
        "regress_two_outputs": regression(outputs=y, more=y),
        "classify_flat": classification(scores=flat),
        "classify_sum": classification(scores=tf.reshape(tf.reduce_sum(y), [1, 1])),
        "classify_double": classification(scores=tf.cast(y, tf.float64)),
        "classify_ids": classification(classes=tf.cast(x, tf.int64), scores=y),
        "classify_uneven": classification(classes=classes, scores=y),
        "classify_latin1": classification(classes=tf.fill(tf.shape(animal), b"caf\xe9"), scores=y),
        "classify_other": classification(logits=y),
    }

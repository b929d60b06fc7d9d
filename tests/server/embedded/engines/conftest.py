"""What only TensorFlow can write."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def model_with_variables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SavedModel of TensorFlow 2 with enough variables for an index of several blocks."""
    import tensorflow as tf

    module = tf.Module()
    module.weights = [
        tf.Variable(tf.fill([3], float(i)), name=f"a_rather_long_name_for_a_variable_{i}")
        for i in range(200)
    ]

    def total(x: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"y": tf.add_n([x * weight for weight in module.weights])}

    folder = tmp_path_factory.mktemp("with_variables") / "1"
    traced = tf.function(total).get_concrete_function(tf.TensorSpec([None, 3], tf.float32, "x"))
    tf.saved_model.save(module, str(folder), signatures={"serving_default": traced})
    return folder


@pytest.fixture(scope="session")
def string_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SavedModel that takes and gives strings."""
    from tests.support.tiny_models import write_shout

    folder = tmp_path_factory.mktemp("strings") / "1"
    write_shout(folder)
    return folder


@pytest.fixture(scope="session")
def counting_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SavedModel of TensorFlow 1 whose signature `count` adds 1 to a variable."""
    import tensorflow as tf

    v1 = tf.compat.v1
    folder = tmp_path_factory.mktemp("counting") / "1"
    with tf.Graph().as_default() as graph, v1.Session(graph=graph) as session:
        counter = v1.get_variable("counter", initializer=0.0, use_resource=False)
        counted = tf.identity(v1.assign_add(counter, 1.0))
        session.run(v1.global_variables_initializer())
        signature = v1.saved_model.build_signature_def(
            {}, {"count": v1.saved_model.build_tensor_info(counted)}, "tensorflow/serving/predict"
        )
        builder = v1.saved_model.Builder(str(folder))
        builder.add_meta_graph_and_variables(
            session, ["serve"], signature_def_map={"serving_default": signature}
        )
        builder.save()
    return folder

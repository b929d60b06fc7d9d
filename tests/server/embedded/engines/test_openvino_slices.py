"""Slices of joined tensors, in static shapes, as TensorFlow computes them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from server.embedded.engines.openvino_engine import OpenvinoEngine

Answers = dict[str, tf.Tensor]


def sums(*slices: tf.Tensor) -> Answers:
    return {f"sum_{number}": tf.reduce_sum(each) for number, each in enumerate(slices)}


# Each has a slice that is one of the joined inputs along the axis that they are joined on.
CASES: dict[str, Callable[[tf.Tensor], Answers]] = {
    "fewer rows": lambda e: sums(e[:, 1:7, 1:13], e[:, 1:7, 0:12]),
    "every other row": lambda e: sums(e[:, ::2, 1:13], e[:, 1::2, 0:1]),
    "written out": lambda e: sums(
        tf.strided_slice(e, [0, 1, 1, 0], [1, 7, 13, 3]),
        tf.strided_slice(e, [0, 2, 0, 0], [1, 7, 12, 3]),
    ),
    "fewer channels": lambda e: sums(e[:, :, 1:13, :2], e[:, :, 0:12, 1:]),
    "turned over": lambda e: sums(
        e[:, ::-1, 1:13] * tf.reshape(tf.range(8.0), [1, 8, 1, 1]), e[:, :, 0:12]
    ),
    "from the end": lambda e: sums(e[:, 1:7, 1:-1], e[:, 1:7, :-2]),
    "one row": lambda e: sums(e[:, 2, 1:13], e[:, 1:7, 0:12]),
    "from another batch axis": lambda e: sums(e[0:1, 1:7, 1:13], e[..., 1:13, :], e[:, 1:7, 13:]),
}


@pytest.mark.parametrize("case", CASES)
def test_a_slice_of_what_was_joined_is_as_tensorflow_has_it(case: str, tmp_path: Path) -> None:
    module = tf.Module()
    module.f = tf.function(
        lambda x: CASES[case](tf.concat([x[:, :, :1] * 2.0, x * 1.0, x[:, :, -1:] * 2.0], 2)),
        input_signature=[tf.TensorSpec([1, 8, 12, 3], tf.float32, "x")],
    )
    tf.saved_model.save(module, str(tmp_path / "1"), module.f.get_concrete_function())
    x = np.random.default_rng(0).random((1, 8, 12, 3), np.float32)
    # Whoever keeps the first row sees it.
    x[:, 0] = 9
    wanted = module.f(tf.constant(x))

    loaded = OpenvinoEngine().load(tmp_path / "1")
    answers = loaded.run("serving_default", {"x": x}, list(wanted))
    loaded.close()
    for name, each in wanted.items():
        np.testing.assert_allclose(answers[name], each.numpy(), rtol=1e-5)

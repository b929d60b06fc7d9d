from collections.abc import Callable, Iterator
from contextlib import contextmanager

import keras
import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf

from training.models.ssd.layers import conv_bn_relu6, depthwise_bn_relu6, separable_bn_relu6

CHANNELS = 32
# What memory that nobody has written to may hold.
RUBBISH = 3e33
GROUPS: dict[str, Callable[[keras.KerasTensor], keras.KerasTensor]] = {
    "convolution": lambda x: conv_bn_relu6(x, CHANNELS, 3, "coarser", stride=2),
    "depthwise": lambda x: depthwise_bn_relu6(x, "coarser", stride=2),
    "separable": lambda x: separable_bn_relu6(x, CHANNELS, "coarser", stride=2),
}


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("rows", [1, 3])
def test_the_gradient_of_a_map_one_column_wide_is_the_same_in_bfloat16(
    group: str, rows: int
) -> None:
    exact, rough = (built(group, rows, policy) for policy in ("float32", "mixed_bfloat16"))
    rough.set_weights(exact.get_weights())
    wanted = kernel_gradients(exact)
    for _ in range(5):
        leave_rubbish([each.shape for each in wanted])
        for found, truth in zip(kernel_gradients(rough), wanted, strict=True):
            assert np.linalg.norm(found - truth) < 0.1 * np.linalg.norm(truth)


def built(group: str, rows: int, policy: str) -> keras.Model:
    keras.utils.set_random_seed(0)
    with computing_in(policy):
        maps = keras.Input((rows, 1, CHANNELS))
        return keras.Model(maps, GROUPS[group](maps))


@contextmanager
def computing_in(policy: str) -> Iterator[None]:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def kernel_gradients(model: keras.Model) -> list[npt.NDArray[np.float32]]:
    kernels = [each for each in model.trainable_variables if "kernel" in each.name]
    rows = model.input.shape[1]
    maps = np.random.default_rng(0).normal(size=(4, rows, 1, CHANNELS)).astype(np.float32)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(tf.square(tf.cast(model(maps, training=False), tf.float32)))
    gradients = tape.gradient(total, [each.value for each in kernels])
    return [np.asarray(each, np.float32) for each in gradients]


def leave_rubbish(shapes: list[tuple[int, ...]]) -> None:
    for shape in shapes:
        rubbish = [tf.fill(shape, tf.constant(RUBBISH, tf.bfloat16)) + 0 for _ in range(4)]
        del rubbish

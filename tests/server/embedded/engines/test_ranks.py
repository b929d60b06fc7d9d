"""Tensors of many dimensions: no runtime is given them, and those that it makes are answered."""

from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest

from server.embedded.engines.dtype_check import MAX_RANK, check_dtypes
from server.embedded.engines.engine import LoadedModel
from server.embedded.errors import ServingError
from tests.support.tiny_models import _save, _signature

STRINGS = 7


def strings(rank: int) -> Any:
    array = np.empty((1,) * rank, object)
    array.fill(b"a\0")
    return array


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    """Answers its input, and its input with 1 and with 40 dimensions more."""
    import tensorflow as tf

    from server.embedded.engines.tensorflow_engine import TensorflowEngine

    @_signature(x=tf.TensorSpec(None, tf.string, "x"))
    def expand(x: Any) -> dict[str, Any]:
        more = tf.reshape(x, tf.concat([tf.ones([40], tf.int32), tf.shape(x)], 0))
        return {"same": tf.identity(x), "expanded": tf.expand_dims(x, 0), "more": more}

    folder: Path = tmp_path_factory.mktemp("ranks") / "1"
    _save({"serving_default": expand}, folder)
    return TensorflowEngine().load(folder)


@pytest.mark.parametrize("rank", [33, 34, 64])
@pytest.mark.parametrize("dtype", [object, np.float32])
def test_more_dimensions_than_are_taken_reach_no_runtime(rank: int, dtype: type) -> None:
    array: Any = np.empty((1,) * rank, dtype)
    with pytest.raises(ServingError, match=f"arg\\[0\\] has {rank} dimensions; 32 are taken"):
        check_dtypes({"x": STRINGS}, {"x": array})


@pytest.mark.parametrize("rank", [0, 1, 2, MAX_RANK])
def test_a_graph_may_answer_strings_of_more_dimensions_than_it_was_given(
    model: LoadedModel, rank: int
) -> None:
    for alias, more in (("same", 0), ("expanded", 1)):
        found = model.run("serving_default", {"x": strings(rank)}, [alias])[alias]
        assert found.shape == (1,) * (rank + more)
        assert found.ravel().tolist() == [b"a\0"]


def test_strings_of_more_dimensions_than_arrays_have_are_an_error(model: LoadedModel) -> None:
    with pytest.raises(ServingError, match="with 72 dimensions") as raised:
        model.run("serving_default", {"x": strings(32)}, ["more"])
    assert raised.value.code == grpc.StatusCode.INVALID_ARGUMENT


def test_no_strings_have_their_shape_still(model: LoadedModel) -> None:
    empty = np.empty((2, 0, 3), object)
    assert model.run("serving_default", {"x": empty}, ["same"])["same"].shape == (2, 0, 3)

from typing import Any

import numpy as np
import pytest

from server.embedded.engines.dtype_check import check_dtypes
from server.embedded.errors import ServingError
from tests.support.small_graphs import FLOAT


@pytest.mark.parametrize(
    ("array", "name"),
    [
        (np.zeros(1, np.float64), "double"),
        (np.zeros(1, np.int64), "int64"),
        (np.zeros(1, np.uint8), "uint8"),
        (np.zeros(1, np.float16), "half"),
        (np.zeros(1, np.bool_), "bool"),
        (np.array([b"a"], object), "string"),
    ],
)
def test_another_dtype_is_named_as_tensorflow_names_it(array: Any, name: str) -> None:
    with pytest.raises(ServingError) as raised:
        check_dtypes({"x": FLOAT}, {"x": array})
    assert raised.value.message == f"Expects arg[0] to be float but {name} is provided"

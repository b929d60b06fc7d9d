import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from server.embedded.rest_api.json_numbers import shortest_doubles
from serving_protocol.tensors import Array


@given(arrays.arrays(np.float32, st.integers(0, 50), elements={"allow_nan": False}))
def test_numbers_are_as_brief_as_numpy_writes_them(singles: Array) -> None:
    doubles = shortest_doubles(singles)
    np.testing.assert_array_equal(doubles.astype(np.float32), singles)
    assert doubles.tolist() == [float(str(single)) for single in singles]


@pytest.mark.parametrize(
    ("single", "text"),
    [
        (0.1, "0.1"),
        (3, "3.0"),
        (-0.0, "-0.0"),
        (1e-45, "1e-45"),
        (3.4028235e38, "3.4028235e+38"),
        (16777216, "16777216.0"),
        (1 / 3, "0.33333334"),
    ],
)
def test_a_number_is_written_as_short_as_it_can_be(single: float, text: str) -> None:
    assert repr(shortest_doubles(np.array(single, np.float32)).item()) == text


def test_shapes_and_what_is_no_number_stay() -> None:
    assert shortest_doubles(np.zeros((2, 0, 3), np.float32)).shape == (2, 0, 3)
    assert np.isnan(shortest_doubles(np.array([[np.nan]], np.float32))).all()

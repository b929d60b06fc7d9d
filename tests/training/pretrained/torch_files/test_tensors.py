"""PyTorch's files: what is in them, and what they would like to do."""

import os
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.training.pretrained.torch_files.state_files import Tensor, write_state
from training.pretrained.source_weights import PretrainedWeightsError
from training.pretrained.torch_files.tensors import read_tensors

BOTH = pytest.mark.parametrize("legacy", [False, True])
VALUES = np.arange(6, dtype=np.float32).reshape(2, 3)


@BOTH
def test_tensors_of_every_kind_are_read_in_either_layout(legacy: bool, tmp_path: Path) -> None:
    as_bfloat16 = (VALUES.view(np.uint32) >> 16).astype(np.uint16).view(np.float16)
    state = OrderedDict(
        plain=Tensor(VALUES),
        turned=Tensor(VALUES.T),
        half=Tensor(VALUES.astype(np.float16)),
        brain=Tensor(as_bfloat16, storage="BFloat16Storage"),
        counter=Tensor(np.array(7, np.int64)),
        nothing=Tensor(np.zeros((0, 4), np.float32)),
    )
    path = write_state(tmp_path / "a.pth", {"epoch": 3, "model": state}, legacy=legacy)
    found = read_tensors(path)
    assert list(found) == [f"model.{name}" for name in state]
    for name in ("plain", "half", "brain"):
        np.testing.assert_array_equal(found[f"model.{name}"], VALUES)
    np.testing.assert_array_equal(found["model.turned"], VALUES.T)
    assert found["model.counter"] == 7
    assert found["model.nothing"].shape == (0, 4)


class _Program:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.marker}",)


@BOTH
def test_a_pickle_that_would_call_something_is_refused_and_calls_nothing(
    legacy: bool, tmp_path: Path
) -> None:
    marker = tmp_path / "called"
    state = {"weight": Tensor(VALUES), "more": _Program(marker)}
    path = write_state(tmp_path / "a.pth", state, legacy=legacy)
    with pytest.raises(PretrainedWeightsError, match=r"it would call posix\.system, which is no"):
        read_tensors(path)
    assert not marker.exists()
    # The file is not harmless: Python's own unpickler calls it.
    pickle.loads(pickle.dumps(_Program(marker)))
    assert marker.exists()


@BOTH
@pytest.mark.parametrize("size", [(2, 4), (1 << 40,), (3, 2, 2)])
def test_a_tensor_larger_than_its_numbers_is_refused(
    size: tuple[int, ...], legacy: bool, tmp_path: Path
) -> None:
    path = write_state(tmp_path / "a.pth", {"w": Tensor(VALUES, size=size)}, legacy=legacy)
    with pytest.raises(PretrainedWeightsError, match=r"w (is|has)"):
        read_tensors(path)


def test_a_dictionary_in_itself_many_times_is_gone_through_once(tmp_path: Path) -> None:
    state: dict[str, Any] = {"w": Tensor(VALUES)}
    for _ in range(40):
        state = {str(number): state for number in range(40)}
    assert len(read_tensors(write_state(tmp_path / "a.pth", state))) <= 1


@BOTH
def test_a_cut_file_is_refused_wherever_it_is_cut(legacy: bool, tmp_path: Path) -> None:
    whole = write_state(tmp_path / "a.pth", {"w": Tensor(VALUES)}, legacy=legacy).read_bytes()
    for end in range(len(whole)):
        (tmp_path / "cut.pth").write_bytes(whole[:end])
        with pytest.raises(PretrainedWeightsError, match=r"cut\.pth is no PyTorch file"):
            read_tensors(tmp_path / "cut.pth")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<html>not found</html>", "neither a zip archive nor a pickle"),
        (pickle.dumps({"a": 1}), "but not of PyTorch's"),
    ],
)
def test_another_file_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.pth").write_bytes(content)
    with pytest.raises(PretrainedWeightsError, match=message):
        read_tensors(tmp_path / "a.pth")

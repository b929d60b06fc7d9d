from pathlib import Path

import pytest

from training.configuration import machine
from training.configuration.machine import Machine, gpu_warning, this_machine


@pytest.fixture
def driver(tmp_path: Path) -> Path:
    file = tmp_path / "version"
    file.write_text("NVRM version: NVIDIA UNIX x86_64 Kernel Module")
    return file


def test_without_a_driver_the_processor_trains_and_nothing_is_amiss(tmp_path: Path) -> None:
    found = this_machine(tmp_path / "version", {})
    assert (found.has_gpu, found.without) == (False, "")
    assert found.cores >= 1
    assert gpu_warning(found, is_found=False) is None


@pytest.mark.parametrize(("has_cudnn", "has_gpu"), [(True, True), (False, False)])
def test_a_gpu_is_planned_for_where_its_libraries_are_installed(
    driver: Path, monkeypatch: pytest.MonkeyPatch, has_cudnn: bool, has_gpu: bool
) -> None:
    monkeypatch.setattr(machine, "_has_cudnn", lambda: has_cudnn)
    found = this_machine(driver, {})
    assert found.has_gpu is has_gpu
    assert ("requirements/train-gpu.txt" in found.without) is not has_gpu


@pytest.mark.parametrize("hidden", ["", "-1", " -1 "])
def test_a_gpu_that_is_hidden_is_not_planned_for(driver: Path, hidden: str) -> None:
    found = this_machine(driver, {"CUDA_VISIBLE_DEVICES": hidden})
    assert not found.has_gpu
    assert "CUDA_VISIBLE_DEVICES hides the GPU" in found.without


def test_a_gpu_that_tensorflow_does_not_find_is_told() -> None:
    assert gpu_warning(Machine(8, has_gpu=True), is_found=True) is None
    told = gpu_warning(Machine(8, has_gpu=True), is_found=False)
    assert told is not None
    assert "TensorFlow does not find it: the processor trains" in told
    hidden = gpu_warning(Machine(8, without="Hidden."), is_found=False)
    assert hidden == "warning: Hidden."

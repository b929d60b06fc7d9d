"""`Machine`: what a training is planned for, found out without TensorFlow."""

import importlib.util
import os
from collections.abc import Mapping
from ctypes.util import find_library
from dataclasses import dataclass
from pathlib import Path

# The driver of NVIDIA's GPUs, where the system has loaded it.
DRIVER = Path("/proc/driver/nvidia/version")
INSTALL = "pip install -r requirements/train-gpu.txt"


@dataclass(frozen=True)
class Machine:
    """What trains.

    Args:
        cores: of the processor that this process may use.
        has_gpu: whether TensorFlow may find one.
        without: why a GPU that is there is not used, a sentence; empty where there is none.
    """

    cores: int
    has_gpu: bool = False
    without: str = ""


def this_machine(driver: Path = DRIVER, environment: Mapping[str, str] = os.environ) -> Machine:
    """The one that this process is on.

    Args:
        driver: what is there where there is a GPU.
        environment: whose CUDA_VISIBLE_DEVICES may hide it.
    """
    cores = len(os.sched_getaffinity(0))
    if not driver.exists():
        return Machine(cores)
    if environment.get("CUDA_VISIBLE_DEVICES", "0").strip() in ("", "-1"):
        return Machine(cores, without="CUDA_VISIBLE_DEVICES hides the GPU: the processor trains.")
    if not _has_cudnn():
        return Machine(
            cores,
            without="There is an NVIDIA GPU, and no CUDA for it: the processor trains. "
            f"`{INSTALL}` installs CUDA's libraries.",
        )
    return Machine(cores, has_gpu=True)


def _has_cudnn() -> bool:
    """From the package index, or the system's."""
    try:
        found = importlib.util.find_spec("nvidia.cudnn")
    except ModuleNotFoundError:
        found = None
    return found is not None or find_library("cudnn") is not None


def gpu_warning(machine: Machine, *, is_found: bool) -> str | None:
    """A sentence where there is a GPU that does not train; None where all is well.

    Args:
        machine: that trains.
        is_found: TensorFlow has found one.

    Example:
        >>> gpu_warning(Machine(2), is_found=False) is None
        True
    """
    if is_found or not (machine.has_gpu or machine.without):
        return None
    why = machine.without or (
        "There is an NVIDIA GPU, and TensorFlow does not find it: the processor trains. "
        "TF_CPP_MIN_LOG_LEVEL=0 lets TensorFlow say why; the driver may be too old for CUDA 12."
    )
    return f"warning: {why}"

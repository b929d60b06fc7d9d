"""The precision of a training, and whether its processor has instructions for it."""

from pathlib import Path

import tensorflow as tf

from training.configuration.experiment import Experiment

# What Linux calls the instructions that multiply matrices in it; those that multiply vectors alone,
# AVX-512's, do not make up for the conversions.
_INSTRUCTIONS = {
    "mixed_bfloat16": frozenset({"amx_bf16"}),
    "mixed_float16": frozenset({"amx_fp16"}),
}


def precision_name(experiment: Experiment) -> str:
    """Keras's name of the arithmetic: `float32`, `mixed_float16` or `mixed_bfloat16`."""
    setting = experiment.optimization.mixed_precision
    if setting is False:
        return "float32"
    if setting is True:
        # CPUs multiply in bfloat16, or not in 16 bit at all.
        return "mixed_float16" if has_gpu() else "mixed_bfloat16"
    return f"mixed_{setting}"


def has_gpu() -> bool:
    """Whether TensorFlow computes on one."""
    return bool(tf.config.list_physical_devices("GPU"))


def slow_precision(name: str, flags: frozenset[str] | None) -> str | None:
    """A warning where a precision is slower than float32; None where it is not.

    Args:
        name: of `precision_name`.
        flags: of the processor that computes; None where they are not known.

    Example:
        >>> slow_precision("mixed_bfloat16", frozenset({"amx_bf16"})) is None
        True
    """
    wanted = _INSTRUCTIONS.get(name)
    if wanted is None or flags is None or flags & wanted:
        return None
    return (
        f"warning: {name} saves no time here and may take twice as long as float32: this processor "
        "has no instructions that multiply matrices in it; optimization.mixed_precision: false"
    )


def cpu_flags(cpuinfo: Path = Path("/proc/cpuinfo")) -> frozenset[str] | None:
    """What the processor can, in Linux's words; None where it does not say so."""
    try:
        lines = cpuinfo.read_text("utf-8", "replace").splitlines()
    except OSError:
        return None
    found = (line.partition(":") for line in lines)
    flags = (value for name, _, value in found if name.strip() in ("flags", "Features"))
    first = next(flags, None)
    return None if first is None else frozenset(first.split())

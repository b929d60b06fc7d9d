"""`--batching_parameters_file`: how many requests run as one, and how long they wait for it.

Fields and defaults: `session_bundle_config.proto`, `basic_batch_scheduler.h`.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.embedded.configs.text_format import (
    ConfigFileError,
    message_class,
    read_text_file,
    wrapped,
)

_MESSAGES = {
    "BatchingParameters": {
        "max_batch_size": "Int64Value",
        "batch_timeout_micros": "Int64Value",
        "max_enqueued_batches": "Int64Value",
        "num_batch_threads": "Int64Value",
        "thread_pool_name": "StringValue",
        "allowed_batch_sizes": "repeated int64",
        "pad_variable_length_inputs": "bool",
        "enable_large_batch_splitting": "BoolValue",
        "max_execution_batch_size": "Int64Value",
    },
    "Int64Value": {"value": "int64"},
    "StringValue": {"value": "string"},
    "BoolValue": {"value": "bool"},
}


@dataclass(frozen=True)
class BatchingParameters:
    """How requests are put together.

    Attributes:
        max_batch_size: rows (dim 0) at most; a larger request runs on its own.
        timeout_s: how long the first request of a batch waits for others.
        max_waiting_batches: of one model; the next is refused as UNAVAILABLE.
        threads: batches that run at the same time.
        allowed_sizes: rows that a batch is filled up to, rising; empty for any number.
    """

    max_batch_size: int = 1000
    timeout_s: float = 0.0
    max_waiting_batches: int = 10
    threads: int = os.cpu_count() or 1
    allowed_sizes: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for name in ("max_batch_size", "max_waiting_batches", "threads"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is at least 1, not {getattr(self, name)}")
        if self.timeout_s < 0:
            raise ValueError(f"batch_timeout_micros is at least 0, not {self.timeout_s * 1e6:.0f}")
        if self.allowed_sizes and (
            list(self.allowed_sizes) != sorted(set(self.allowed_sizes))
            or self.allowed_sizes[0] < 1
            or self.allowed_sizes[-1] != self.max_batch_size
        ):
            raise ValueError(
                "allowed_batch_sizes must increase, from at least 1 to max_batch_size "
                f"({self.max_batch_size}), but are {list(self.allowed_sizes)}"
            )


def read_batching_parameters(path: Path) -> BatchingParameters:
    """The parameters in a file.

    Raises:
        ConfigFileError: it cannot be read, is no BatchingParameters, or a value is out of range.
    """
    config: Any = read_text_file(path, message_class("BatchingParameters", _MESSAGES)())
    defaults = BatchingParameters()
    try:
        return BatchingParameters(
            max_batch_size=wrapped(config, "max_batch_size", defaults.max_batch_size),
            timeout_s=wrapped(config, "batch_timeout_micros", 0) / 1e6,
            max_waiting_batches=wrapped(
                config, "max_enqueued_batches", defaults.max_waiting_batches
            ),
            threads=wrapped(config, "num_batch_threads", defaults.threads),
            allowed_sizes=tuple(config.allowed_batch_sizes),
        )
    except ValueError as error:
        raise ConfigFileError(f"{path}: {error}") from error

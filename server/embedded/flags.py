"""The command line of `tensorflow_model_server`: its flags, its syntax, and a few of our own.

`--flag=value`, and `--flag` alone for true. A value of the wrong kind is an error; an argument that
is no flag is reported, and the server starts all the same.
"""

import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from server.embedded.engines.engine import FLOAT32, PRECISIONS
from server.embedded.engines.registry import AUTO, ENGINE_CHOICES
from server.embedded.image_batches import MAX_IMAGES

Value = TypeVar("Value", bool, int, float, str)

# Of this machine: by the loopback interface or the UNIX socket.
LOCAL = "local"
RELOADERS = (LOCAL, "anyone", "nobody")
NO_EFFECT = "without effect here"
EXAMPLE = (
    "Example: boxwright serve --model_name=cells --model_base_path=/srv/models/cells "
    "--rest_api_port=8501"
)

_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")


class FlagError(ValueError):
    """A flag's value is not of its kind."""


def _flag(default: Value, meaning: str) -> Value:
    value: Value = dataclasses.field(default=default, metadata={"meaning": meaning})
    return value


@dataclass(frozen=True)
class Flags:
    """Values of all flags; units are those in TensorFlow Serving's names."""

    # What is served
    model_name: str = _flag("default", "name of the model (ignored with --model_config_file)")
    model_base_path: str = _flag("", "folder that holds the model's version folders; absolute")
    model_config_file: str = _flag("", "ModelServerConfig as text, instead of the two above")
    model_config_file_poll_wait_seconds: int = _flag(0, "re-read the file this often; 0: never")
    file_system_poll_wait_seconds: int = _flag(
        1, "look for versions this often; 0: once; below 0: never"
    )
    allow_version_labels_for_unavailable_models: bool = _flag(
        False, "let new labels point to versions that are not loaded"
    )
    saved_model_tags: str = _flag("serve", "tags of the MetaGraph to load, separated by commas")

    # Where it is served
    host: str = _flag("0.0.0.0", "address to listen on (not TensorFlow Serving's)")  # noqa: S104
    port: int = _flag(8500, "of the gRPC API; 0: none")
    grpc_socket_path: str = _flag("", "UNIX socket for the gRPC API, in addition")
    rest_api_port: int = _flag(0, "of the REST API; 0: none")
    rest_api_num_threads: int = _flag(0, "REST requests at a time; 0: 4 for each processor")
    rest_api_timeout_in_ms: int = _flag(30000, "longest time for a REST request")
    rest_api_enable_cors_support: bool = _flag(False, "answer pages of other origins over REST")
    reload_config_from: str = _flag(
        LOCAL,
        f"whose HandleReloadConfigRequest is heard: {', '.join(RELOADERS)} (not TensorFlow "
        "Serving's, which hears anyone's)",
    )
    ssl_config_file: str = _flag("", "SSLConfig as text: serve gRPC over TLS")
    grpc_channel_arguments: str = _flag("", "of the gRPC server: key=value,key=value")
    grpc_max_threads: int = _flag(0, "gRPC requests at a time; 0: 4 for each processor")
    enable_grpc_healthcheck_service: bool = _flag(False, "serve grpc.health.v1")
    monitoring_config_file: str = _flag("", "MonitoringConfig as text: Prometheus on the REST port")
    enable_serialization_as_tensor_content: bool = _flag(
        False, "answer numbers as bytes instead of typed fields"
    )
    max_filled_up_bytes: int = _flag(
        134217728,
        "bytes that a request's tensors may take beyond those that were sent, where equal values "
        "are left out (not TensorFlow Serving's)",
    )
    max_image_batch: int = _flag(
        MAX_IMAGES,
        "images that a request may bring, as files or as pixels (N, H, W, C) (not TensorFlow "
        "Serving's)",
    )
    max_json_memory_bytes: int = _flag(
        1073741824,
        "bytes that reading the JSON of all REST requests at a time may take (not TensorFlow "
        "Serving's)",
    )
    drain_seconds: float = _flag(
        10.0, "at SIGTERM, time for requests in flight (not TensorFlow Serving's)"
    )

    # How models run
    engine: str = _flag(AUTO, f"one of {', '.join(ENGINE_CHOICES)} (not TensorFlow Serving's)")
    precision: str = _flag(
        FLOAT32, f"of OpenVINO, one of {', '.join(PRECISIONS)} (not TensorFlow Serving's)"
    )
    enable_batching: bool = _flag(False, "run requests that come together as one")
    batching_parameters_file: str = _flag("", "BatchingParameters as text")
    tensorflow_session_parallelism: int = _flag(
        0, "threads, where the next two do not say; 0: auto"
    )
    tensorflow_intra_op_parallelism: int = _flag(0, "threads within an operation; 0: auto")
    tensorflow_inter_op_parallelism: int = _flag(0, "operations at a time; 0: auto")

    # How models are loaded
    num_load_threads: int = _flag(0, "loads at a time; 0: one after another")
    num_unload_threads: int = _flag(0, "unloads at a time; 0: one after another")
    max_num_load_retries: int = _flag(5, "tries after a first failed one")
    load_retry_interval_micros: int = _flag(60_000_000, "time between tries")
    enable_model_warmup: bool = _flag(
        True, "replay assets.extra/tf_serving_warmup_requests before a version serves"
    )
    num_request_iterations_for_warmup: int = _flag(1, "how often each warm-up request is replayed")
    enable_signature_method_name_check: bool = _flag(
        False, "refuse to predict with signatures of other methods"
    )
    version: bool = _flag(False, "print the version and leave")

    # Taken, because scripts give them, and without effect here
    flush_filesystem_caches: bool = _flag(True, NO_EFFECT)
    force_allow_any_version_labels_for_unavailable_models: bool = _flag(False, NO_EFFECT)
    per_process_gpu_memory_fraction: float = _flag(0.0, NO_EFFECT)
    platform_config_file: str = _flag("", NO_EFFECT)
    prefer_tflite_model: bool = _flag(False, NO_EFFECT)
    num_tflite_pools: int = _flag(1, NO_EFFECT)
    num_tflite_interpreters_per_pool: int = _flag(1, NO_EFFECT)
    remove_unused_fields_from_bundle_metagraph: bool = _flag(True, NO_EFFECT)
    enable_profiler: bool = _flag(True, NO_EFFECT)
    enable_per_model_metrics: bool = _flag(False, NO_EFFECT)
    mixed_precision: str = _flag("", NO_EFFECT)
    skip_initialize_tpu: bool = _flag(False, NO_EFFECT)
    tensorflow_session_config_file: str = _flag("", NO_EFFECT)
    thread_pool_factory_config_file: str = _flag("", NO_EFFECT)
    xla_cpu_compilation_enabled: bool = _flag(False, NO_EFFECT)


def parse_flags(argv: Sequence[str]) -> tuple[Flags, list[str]]:
    """The flags, and the arguments that are none.

    Args:
        argv: the arguments after the program's name.

    Raises:
        FlagError: a value does not parse.

    Example:
        >>> flags, unknown = parse_flags(["--port=9000", "--enable_batching", "--what"])
        >>> flags.port, flags.enable_batching, unknown
        (9000, True, ['--what'])
    """
    kinds = {field.name: type(field.default) for field in dataclasses.fields(Flags)}
    values: dict[str, Any] = {}
    unknown = []
    for argument in argv:
        name, equals, text = argument.removeprefix("--").partition("=")
        is_flag = argument.startswith("--") and name in kinds
        if not is_flag or (not equals and kinds[name] is not bool):
            unknown.append(argument)
        else:
            values[name] = _parse(name, kinds[name], text if equals else "true")
    return Flags(**values), unknown


def without_effect(flags: Flags) -> list[str]:
    """Names of the flags that were given another value than their default and change nothing."""
    return [
        field.name
        for field in dataclasses.fields(flags)
        if field.metadata["meaning"].startswith(NO_EFFECT)
        and getattr(flags, field.name) != field.default
    ]


def usage(program: str) -> str:
    """One line for each flag: its name, default and meaning; and an example."""
    lines = [f"usage: {program}", "Flags:"]
    for field in dataclasses.fields(Flags):
        default = str(field.default).lower() if isinstance(field.default, bool) else field.default
        lines.append(f"\t--{field.name}={default!s:<24}\t{field.metadata['meaning']}")
    lines.append(EXAMPLE)
    return "\n".join(lines) + "\n"


def _parse(name: str, kind: type, text: str) -> bool | int | float | str:
    if kind is str:
        return text
    if kind is bool and text.lower() in _BOOLEANS:
        return _BOOLEANS[text.lower()]
    if kind is int and _INTEGER.fullmatch(text):
        return int(text)
    if kind is float and _DECIMAL.fullmatch(text):
        return float(text)
    raise FlagError(f"Couldn't interpret value {text} for flag {name}.")

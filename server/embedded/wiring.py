"""The one place where flags become a running server."""

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

import grpc

from server.embedded.batching import BatchSlots
from server.embedded.configs.batching_parameters import (
    BatchingParameters,
    read_batching_parameters,
)
from server.embedded.configs.channel_arguments import parse_channel_arguments
from server.embedded.configs.config_poller import ConfigPoller
from server.embedded.configs.model_server_config import read_model_server_config, single_model
from server.embedded.configs.monitoring_config import DEFAULT_METRICS_PATH, read_metrics_path
from server.embedded.configs.ssl_config import read_credentials
from server.embedded.configs.text_format import ConfigFileError
from server.embedded.core import ModelServerCore
from server.embedded.engines.choice import engine_named
from server.embedded.engines.compiled_folder import compiled_folder
from server.embedded.engines.engine import PRECISIONS, EngineSettings
from server.embedded.errors import ServingError
from server.embedded.flags import RELOADERS, Flags
from server.embedded.grpc_api.server import AddressNotAvailable, GrpcServer, GrpcSettings
from server.embedded.loading import VersionLoader
from server.embedded.memory_trimmer import MemoryTrimmer, trim_allocator
from server.embedded.metrics import ServingMetrics
from server.embedded.model_set import ModelSet
from server.embedded.requests_in_flight import RequestsInFlight
from server.embedded.rest_api.app import create_rest_app
from server.embedded.rest_api.cors import for_other_origins
from server.embedded.rest_api.http_server import RestServer
from server.embedded.versions.manager import LoadSettings
from serving_protocol.messages import ModelServerConfig

logger = logging.getLogger(__name__)

# For answers that are on their way when the last request has been answered, and for unloading.
CLOSING_S = 2.0
# Python's locks refuse to wait for longer; 31 years are for ever.
MAX_WAIT_S = 1e9


class ModelServer:
    """A server as the flags describe it; listens only after `start`.

    Raises:
        ConfigFileError: a file that a flag names is not right.
        ServingError: the flags name no model.
        ValueError: a flag's value is out of range.
    """

    def __init__(self, flags: Flags) -> None:
        self._flags = flags
        self._config = _model_config(flags)
        self._grpc_settings = _grpc_settings(flags)
        self._metrics_path = (
            read_metrics_path(Path(flags.monitoring_config_file))
            if flags.monitoring_config_file
            else None
        )
        engine = engine_named(flags.engine, _engine_settings(flags))
        loader = VersionLoader(
            engine,
            max(1, flags.num_request_iterations_for_warmup) if flags.enable_model_warmup else 0,
            _batch_slots(flags),
            check_method_names=flags.enable_signature_method_name_check,
            tags=_engine_settings(flags).tags,
            max_images=max(1, flags.max_image_batch),
        )
        self._in_flight = RequestsInFlight()
        self._metrics = ServingMetrics()
        self._memory_trimmer = MemoryTrimmer(trim_allocator)
        self._models = ModelSet(
            loader,
            LoadSettings(
                flags.num_load_threads,
                flags.num_unload_threads,
                flags.max_num_load_retries,
                min(flags.load_retry_interval_micros / 1e6, MAX_WAIT_S),
                self._memory_trimmer.count_unload,
            ),
            poll_wait_s=min(flags.file_system_poll_wait_seconds, MAX_WAIT_S),
            allow_labels_for_unavailable=flags.allow_version_labels_for_unavailable_models,
        )
        self._core = ModelServerCore(
            self._models,
            self._metrics,
            answer_tensor_content=flags.enable_serialization_as_tensor_content,
            check_method_names=flags.enable_signature_method_name_check,
            max_filled_up_bytes=max(0, flags.max_filled_up_bytes),
        )
        self._grpc: GrpcServer | None = None
        self._rest: RestServer | None = None
        self._config_poller: ConfigPoller | None = None

    def start(self, is_cancelled: Callable[[], bool]) -> bool:
        """Load the models, then open the ports.

        Returns:
            False if it was cancelled before the models were there.

        Raises:
            ServingError: the configuration is refused, or a model cannot be loaded.
            AddressNotAvailable: a port or socket is taken.
        """
        start_s = time.monotonic()
        if not self._models.load_initially(self._config, is_cancelled):
            return False
        self._grpc = GrpcServer(
            self._core, self._in_flight, self._grpc_settings, self._memory_trimmer
        )
        logger.info(
            "serving gRPC at %s, %.2f s after the start",
            " and ".join(self._grpc.addresses),
            time.monotonic() - start_s,
        )
        self._start_rest()
        if self._flags.model_config_file and self._flags.model_config_file_poll_wait_seconds > 0:
            self._config_poller = ConfigPoller(
                Path(self._flags.model_config_file),
                min(self._flags.model_config_file_poll_wait_seconds, MAX_WAIT_S),
                self._models.apply,
            )
        return True

    def close(self, drain_s: float) -> None:
        """Take no more requests, wait up to `drain_s` for those in flight, unload, and stop.

        Threads that are in a model's code even then are left there.
        """
        deadline_s = time.monotonic() + drain_s
        if self._config_poller is not None:
            self._config_poller.close()
        if self._rest is not None:
            self._rest.close_port()
        left_over = self._in_flight.drain(drain_s)
        if left_over:
            logger.warning("%d requests were not finished within %g s", left_over, drain_s)
        if self._grpc is not None:
            self._grpc.stop(max(0.0, deadline_s - time.monotonic()))
        is_idle = not left_over
        if self._rest is not None:
            is_idle &= self._rest.drain(max(0.0, deadline_s - time.monotonic()))
            if is_idle:
                self._rest.stop()
        self._memory_trimmer.close()
        if not self._models.close(CLOSING_S if is_idle else 0.0):
            logger.warning("left with models that are still loading or in use")
        logger.info("stopped")

    def _start_rest(self) -> None:
        flags = self._flags
        if not flags.rest_api_port:
            return
        if flags.rest_api_port == flags.port:
            logger.error(
                "--rest_api_port cannot be same as --port. Please use a different port for "
                "HTTP/REST API. Skipped exporting HTTP/REST API."
            )
            return
        threads = flags.rest_api_num_threads or 4 * (os.cpu_count() or 1)
        app = create_rest_app(
            self._core,
            metrics=self._metrics if self._metrics_path else None,
            metrics_path=self._metrics_path or DEFAULT_METRICS_PATH,
            timeout_s=flags.rest_api_timeout_in_ms / 1e3
            if flags.rest_api_timeout_in_ms > 0
            else None,
            max_json_memory_bytes=max(0, flags.max_json_memory_bytes),
            threads=threads,
            memory_trimmer=self._memory_trimmer,
        )
        if flags.rest_api_enable_cors_support:
            app = for_other_origins(app)
        try:
            self._rest = RestServer(app, flags.rest_api_port, host=flags.host, threads=threads)
        except OSError as error:
            raise AddressNotAvailable(
                f"cannot listen on {flags.host}:{flags.rest_api_port}: {error}"
            ) from error
        self._rest.start()
        logger.info("serving REST at %s:%d", flags.host, flags.rest_api_port)


def _model_config(flags: Flags) -> ModelServerConfig:
    if flags.model_config_file:
        return read_model_server_config(Path(flags.model_config_file))
    if flags.model_base_path:
        return single_model(flags.model_name, flags.model_base_path)
    raise ServingError(
        grpc.StatusCode.INVALID_ARGUMENT,
        "Both server_options.model_base_path and server_options.model_config_file are empty!",
    )


def _grpc_settings(flags: Flags) -> GrpcSettings:
    if not flags.port and not flags.grpc_socket_path:
        raise ConfigFileError("--port=0 turns TCP off; set --grpc_socket_path, or another port")
    if not 0 <= flags.port <= 65535 or not 0 <= flags.rest_api_port <= 65535:
        raise ConfigFileError("--port and --rest_api_port are 0 to 65535")
    if flags.reload_config_from not in RELOADERS:
        raise ConfigFileError(
            f"--reload_config_from is one of {', '.join(RELOADERS)}, not "
            f"{flags.reload_config_from!r}"
        )
    return GrpcSettings(
        flags.host,
        flags.port,
        flags.grpc_socket_path,
        max(0, flags.grpc_max_threads),
        parse_channel_arguments(flags.grpc_channel_arguments),
        read_credentials(Path(flags.ssl_config_file)) if flags.ssl_config_file else None,
        flags.enable_grpc_healthcheck_service,
        flags.reload_config_from,
    )


def _batch_slots(flags: Flags) -> BatchSlots | None:
    if not flags.enable_batching:
        if flags.batching_parameters_file:
            raise ServingError(
                grpc.StatusCode.INVALID_ARGUMENT,
                "server_options.batching_parameters_file is set without setting "
                "server_options.enable_batching to true.",
            )
        return None
    if flags.batching_parameters_file:
        return BatchSlots(read_batching_parameters(Path(flags.batching_parameters_file)))
    return BatchSlots(BatchingParameters())


def _engine_settings(flags: Flags) -> EngineSettings:
    if flags.precision not in PRECISIONS:
        raise ValueError(f"--precision is one of {', '.join(PRECISIONS)}, not {flags.precision!r}")
    both = flags.tensorflow_session_parallelism
    return EngineSettings(
        inter_op_threads=flags.tensorflow_inter_op_parallelism or both,
        intra_op_threads=flags.tensorflow_intra_op_parallelism or both,
        tags=frozenset(filter(None, flags.saved_model_tags.split(","))),
        precision=flags.precision,
        compiled_dir=compiled_folder(),
    )

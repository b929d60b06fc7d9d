"""The gateway's settings: read from the environment once, at the start, each one checked."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from client_api.api_keys import parse_api_keys
from client_api.pipelines import Pipeline, parse_pipelines
from client_api.setting_values import (
    Environment,
    Network,
    SettingError,
    parse_addresses,
    parse_host,
    parse_host_names,
    parse_networks,
    parse_origins,
)
from model_repository.model_folder import models_in
from serving_protocol.log_lines import FORMATS

DEFAULT_ADDRESS = "127.0.0.1:8500"
DEFAULT_UPLOAD_MEMORY_BYTES = 400_000_000
# What JSON takes in memory while its base64 is decoded, in bodies of its length.
DECODED_BODIES = 10


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def default_workers() -> int:
    """A worker process a core, up to four: the model server wants cores too."""
    return min(_cores(), 4)


def least_upload_memory(max_request_bytes: int, workers: int) -> int:
    """Room for the largest body and what it is decoded to, in each worker."""
    return workers * DECODED_BODIES * max_request_bytes


def default_concurrency() -> int:
    """Two predictions a core, at least eight: while some are computed, others are decoded."""
    return max(8, 2 * _cores())


@dataclass(frozen=True)
class Settings:
    """What an operator can choose; `from_environment` reads and checks it.

    Attributes:
        host: where the gateway listens.
        port: where the gateway listens.
        serving_addresses: the model server's gRPC addresses, `host:port` each.
        model_name: the default model; None where it is the only one in `models_dir`.
        models_dir: where published models' label maps are read.
        model_facts_dir: where what is found out of models' answers is kept over restarts.
        predict_timeout_s: deadline of one request's predictions.
        max_request_bytes: longest body.
        max_upload_memory_bytes: for bodies, for what they are decoded to, and for answers that are
            not taken in yet, over all workers.
        max_image_pixels: largest image, width times height.
        max_images_per_request: most images in one request.
        max_concurrent_predictions: over all workers.
        api_key: what predictions have to bring, if anything.
        api_keys_file: with the digests of more keys; see `client_api.api_keys`.
        rate_limit_per_minute: predictions a caller may ask for in a minute, if limited.
        pipelines: pairs of models that requests can ask for by name.
        trusted_proxies: whose `X-Forwarded-` headers are believed.
        allowed_hosts: names by which requests may ask for this server, beside its local ones.
        allow_origins: of pages elsewhere that may read answers.
        workers: processes.
        log_level: a level of `logging`, in lower case.
        log_format: `text` or `json`.
    """

    host: str = "127.0.0.1"
    port: int = 5000
    serving_addresses: tuple[str, ...] = (DEFAULT_ADDRESS,)
    model_name: str | None = None
    models_dir: Path | None = None
    model_facts_dir: Path | None = None
    predict_timeout_s: float = 10.0
    max_request_bytes: int = 20_000_000
    max_upload_memory_bytes: int = DEFAULT_UPLOAD_MEMORY_BYTES
    max_image_pixels: int = 50_000_000
    max_images_per_request: int = 16
    max_concurrent_predictions: int = field(default_factory=default_concurrency)
    api_key: str | None = field(default=None, repr=False)
    api_keys_file: Path | None = None
    rate_limit_per_minute: int | None = None
    pipelines: tuple[Pipeline, ...] = ()
    trusted_proxies: tuple[Network, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    allow_origins: tuple[str, ...] = ()
    workers: int = field(default_factory=default_workers)
    log_level: str = "info"
    log_format: str = "text"

    @property
    def needs_key(self) -> bool:
        """Whether predictions have to bring an API key."""
        return self.api_key is not None or self.api_keys_file is not None

    @classmethod
    def from_environment(cls, variables: Mapping[str, str]) -> "Settings":
        """The settings that `variables`, usually `os.environ`, ask for.

        Raises:
            SettingError: one of them does not parse; the message names it, its value and what is
                allowed.
        """
        environment = Environment(variables)
        settings = cls(
            host=parse_host("HOST", environment.text("HOST") or cls.host),
            port=environment.whole_number("PORT", cls.port, 1, 65535),
            serving_addresses=_addresses(environment),
            model_name=_model_name(environment),
            models_dir=_models_dir(environment),
            model_facts_dir=_model_facts_dir(environment),
            predict_timeout_s=environment.seconds(
                "PREDICT_TIMEOUT_S", cls.predict_timeout_s, 3600.0
            ),
            max_request_bytes=_max_request_bytes(environment),
            max_upload_memory_bytes=_upload_memory(environment),
            max_image_pixels=environment.whole_number(
                "MAX_IMAGE_PIXELS", cls.max_image_pixels, 1, 1_000_000_000
            ),
            max_images_per_request=environment.whole_number(
                "MAX_IMAGES_PER_REQUEST", cls.max_images_per_request, 1, 1000
            ),
            max_concurrent_predictions=environment.whole_number(
                "MAX_CONCURRENT_PREDICTIONS", default_concurrency(), 1, 1024
            ),
            api_key=_api_key(environment),
            api_keys_file=_api_keys_file(environment),
            rate_limit_per_minute=_rate_limit(environment),
            pipelines=_pipelines(environment),
            trusted_proxies=_trusted_proxies(environment),
            allowed_hosts=_allowed_hosts(environment),
            allow_origins=parse_origins("ALLOW_ORIGINS", environment.text("ALLOW_ORIGINS")),
            workers=_workers(environment),
            log_level=environment.one_of(
                "LOG_LEVEL", cls.log_level, ("debug", "info", "warning", "error", "critical")
            ),
            log_format=environment.one_of("LOG_FORMAT", cls.log_format, FORMATS),
        )
        return settings.with_default_model()

    def with_default_model(self) -> "Settings":
        """These settings with the only model in `models_dir` as the default, where none is named.

        Of several none is the default, and requests name theirs.

        Raises:
            SettingError: no model is named and there is no folder to find the only one in.
        """
        if self.model_name is not None:
            return self
        if self.models_dir is None:
            raise SettingError(
                "MODEL_NAME",
                "",
                "the default model's name is expected, or MODELS_DIR=folder with one model in it",
            )
        found = models_in(self.models_dir)
        return replace(self, model_name=found[0] if len(found) == 1 else None)


def _max_request_bytes(environment: Environment) -> int:
    default = Settings.max_request_bytes
    return environment.whole_number("MAX_REQUEST_BYTES", default, 1, 2_000_000_000)


def _workers(environment: Environment) -> int:
    return environment.whole_number("GATEWAY_WORKERS", default_workers(), 1, 256)


def _upload_memory(environment: Environment) -> int:
    least = least_upload_memory(_max_request_bytes(environment), _workers(environment))
    name, default = "MAX_UPLOAD_MEMORY_BYTES", max(DEFAULT_UPLOAD_MEMORY_BYTES, least)
    chosen = environment.whole_number(name, default, 1, 2**50)
    if chosen >= least:
        return chosen
    raise SettingError(
        name,
        str(chosen),
        f"at least {least} bytes are expected: {DECODED_BODIES} times MAX_REQUEST_BYTES for each "
        "of GATEWAY_WORKERS",
    )


def _addresses(environment: Environment) -> tuple[str, ...]:
    several = environment.text("SERVING_ADDRESS")
    if several is not None:
        return parse_addresses("SERVING_ADDRESS", several)
    default_host, _, default_port = DEFAULT_ADDRESS.partition(":")
    host = parse_host("TF_SERVER_NAME", environment.text("TF_SERVER_NAME") or default_host)
    port = environment.whole_number("TF_SERVER_PORT", int(default_port), 1, 65535)
    return (f"[{host}]:{port}" if ":" in host else f"{host}:{port}",)


def _model_name(environment: Environment) -> str | None:
    name = environment.text("MODEL_NAME")
    if name is not None and ("/" in name or name in {".", ".."} or len(name) > 200):
        raise SettingError("MODEL_NAME", name, "a model's name is expected, not a path")
    return name


def _models_dir(environment: Environment) -> Path | None:
    value = environment.text("MODELS_DIR")
    if value is None:
        return None
    folder = Path(value)
    if not folder.is_dir():
        raise SettingError("MODELS_DIR", value, "a folder that exists is expected")
    return folder


def _model_facts_dir(environment: Environment) -> Path | None:
    value = environment.text("MODEL_FACTS_DIR")
    if value is None:
        return None
    folder = Path(value)
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise SettingError(
            "MODEL_FACTS_DIR", value, "a folder that exists and can be written to is expected"
        )
    return folder


def _api_key(environment: Environment) -> str | None:
    key, file_name = environment.text("API_KEY"), environment.text("API_KEY_FILE")
    if file_name is None:
        # The key itself is left out of the message, which ends up in logs.
        return None if key is None else _printable_key("API_KEY", "(hidden)", key)
    if key is not None:
        raise SettingError("API_KEY_FILE", file_name, "API_KEY is set too; set only one of them")
    try:
        content = Path(file_name).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError("API_KEY_FILE", file_name, "a readable text file is expected") from error
    return _printable_key("API_KEY_FILE", file_name, content)


def _printable_key(name: str, value: str, key: str) -> str:
    if key and key.isascii() and key.isprintable() and " " not in key:
        return key
    raise SettingError(
        name, value, "a key of printable ASCII characters without blanks is expected"
    )


def _api_keys_file(environment: Environment) -> Path | None:
    name = "API_KEYS_FILE"
    value = environment.text(name)
    if value is None:
        return None
    try:
        parse_api_keys(Path(value).read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise SettingError(name, value, "a text file in UTF-8 is expected") from error
    except OSError as error:
        raise SettingError(name, value, "a readable text file is expected") from error
    except ValueError as error:
        raise SettingError(name, value, str(error)) from error
    return Path(value)


def _rate_limit(environment: Environment) -> int | None:
    return environment.whole_number("RATE_LIMIT_PER_MINUTE", 0, 1, 1_000_000) or None


def _pipelines(environment: Environment) -> tuple[Pipeline, ...]:
    value = environment.text("PIPELINES")
    if value is None:
        return ()
    try:
        return parse_pipelines(value)
    except ValueError as error:
        raise SettingError("PIPELINES", value, str(error)) from error


def _trusted_proxies(environment: Environment) -> tuple[Network, ...]:
    value = environment.text("TRUSTED_PROXIES")
    return () if value is None else parse_networks("TRUSTED_PROXIES", value)


def _allowed_hosts(environment: Environment) -> tuple[str, ...]:
    value = environment.text("ALLOWED_HOSTS")
    return () if value is None else parse_host_names("ALLOWED_HOSTS", value)

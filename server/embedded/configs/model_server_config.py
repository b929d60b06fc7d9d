"""Which models to serve: ModelServerConfig, as flags, file and reload requests give it.

Semantics and messages: `server_core.cc` of TensorFlow Serving.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import grpc

from server.embedded.configs.text_format import read_text_file
from server.embedded.errors import ServingError
from server.embedded.versions.source import WatchedModel
from serving_protocol.messages import ModelConfig, ModelServerConfig

PLATFORM = "tensorflow"
# ModelType of the deprecated `model_type`.
_TYPE_UNSPECIFIED, _TYPE_TENSORFLOW = 0, 1
_URI_SCHEME = re.compile(r"[a-zA-Z][0-9a-zA-Z.]*://")


def single_model(name: str, base_path: str) -> ModelServerConfig:
    """The configuration that `--model_name` and `--model_base_path` stand for."""
    config = ModelServerConfig()
    config.model_config_list.config.add(name=name, base_path=base_path, model_platform=PLATFORM)
    return config


def read_model_server_config(path: Path) -> ModelServerConfig:
    """The configuration in a file.

    Raises:
        ConfigFileError: it cannot be read, or is not a ModelServerConfig.
    """
    return read_text_file(path, ModelServerConfig())


def checked_models(
    config: ModelServerConfig, current: Mapping[str, ModelConfig]
) -> dict[str, ModelConfig]:
    """The models of `config` by name; `check_platforms` is for those that are new.

    Everything is checked before anything changes, so a refused configuration leaves no trace
    (TensorFlow Serving remembers one whose platform is missing, and refuses all later ones).

    Raises:
        ServingError: INVALID_ARGUMENT, saying which model is set up wrongly and how.
    """
    models: dict[str, ModelConfig] = {}
    for model in config.model_config_list.config:
        if model.name in models:
            raise _invalid(f"Illegal to list model {model.name} multiple times in config list")
        models[model.name] = model
    _check_base_paths(models.values())
    for name, model in models.items():
        if name in current and (platform := _platform(model)) != _platform(current[name]):
            raise _invalid(
                f"Illegal to change a model's platform. For model {name} platform was "
                f"{_platform(current[name])} and new platform requested is {platform}"
            )
    return models


def check_platforms(models: Iterable[ModelConfig]) -> None:
    """Refuse what this server has no engine for.

    Raises:
        ServingError: INVALID_ARGUMENT, with the model's name and what it asks for.
    """
    for model in models:
        if (platform := _platform(model)) != PLATFORM:
            raise _invalid(f"Model {model.name} requests unsupported platform {platform}")


def watched(model: ModelConfig) -> WatchedModel:
    """Where the source finds the model's versions, and which it is to want."""
    return WatchedModel(Path(model.base_path), model.model_version_policy)


def _check_base_paths(models: Iterable[ModelConfig]) -> None:
    for model in models:
        if _URI_SCHEME.match(model.base_path):
            raise _invalid(
                f"model {model.name} has the base path {model.base_path}: only file systems of "
                "this machine are read; give an absolute path"
            )
        if not Path(model.base_path).is_absolute():
            raise _invalid(
                f"Expected model {model.name} to have an absolute path or URI; got "
                f"base_path()={model.base_path}"
            )
        if "\0" in model.base_path:
            raise _invalid(f"the base path of model {model.name} holds a zero character")


def _platform(model: ModelConfig) -> str:
    """What to serve the model with, from the field for it or the deprecated one."""
    if model.model_type == _TYPE_UNSPECIFIED:
        if model.model_platform:
            return model.model_platform
        raise _invalid(
            "Illegal setting neither ModelServerConfig::model_type (deprecated) nor "
            f"ModelServerConfig::model_platform, model name is {model.name}"
        )
    if model.model_platform:
        raise _invalid(
            "Illegal setting both ModelServerConfig::model_type (deprecated) and "
            f"ModelServerConfig::model_platform, model name is {model.name}"
        )
    if model.model_type != _TYPE_TENSORFLOW:
        raise _invalid(f"ModelServerConfig::model_type choice {model.model_type} not supported.")
    return PLATFORM


def _invalid(message: str) -> ServingError:
    return ServingError(grpc.StatusCode.INVALID_ARGUMENT, message)

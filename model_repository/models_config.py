"""`models.config` in the folder of models: which are served, and the versions' labels.

A `ModelServerConfig` in text format, which model servers re-read while they run.
`model_repository.publishing` writes it, `boxwright up` and the gateway read it.
"""

from pathlib import Path

from google.protobuf import text_format

from serving_protocol.messages import ModelServerConfig

CONFIG_NAME = "models.config"
# The version that a request gets which names neither a version nor a label, once it is assigned.
STABLE = "stable"


class BrokenModelConfig(ValueError):
    """The file is no list of models; the message names it and the place."""


def read_model_config(models_dir: Path) -> ModelServerConfig | None:
    """The folder's `models.config`; None where it has none.

    Raises:
        BrokenModelConfig: it does not parse, or lists no models but something else.
        OSError: it is there and cannot be read.
    """
    path = models_dir / CONFIG_NAME
    try:
        text = path.read_bytes().decode()
        config: ModelServerConfig = text_format.Parse(text, ModelServerConfig())
    except FileNotFoundError:
        return None
    except (text_format.ParseError, UnicodeDecodeError) as error:
        raise BrokenModelConfig(f"{path}: {error}") from error
    if config.HasField("custom_model_config"):
        raise BrokenModelConfig(f"{path}: expected model_config_list, not custom_model_config")
    return config


def labels_by_model(config: ModelServerConfig | None) -> dict[str, dict[str, int]]:
    """The labels of each listed model's versions, sorted."""
    found: dict[str, dict[str, int]] = {}
    for model in () if config is None else config.model_config_list.config:
        found.setdefault(model.name, {}).update(model.version_labels)
    return {name: dict(sorted(labels.items())) for name, labels in found.items()}


def labels_in(config: ModelServerConfig | None, name: str) -> dict[str, int]:
    """The labels of a model's versions, sorted; none where it is not listed."""
    return labels_by_model(config).get(name, {})

"""The model config of a folder of models: what the server re-reads while it runs."""

import logging
import tempfile
from collections.abc import Iterable
from pathlib import Path

from google.protobuf import text_format

from serving_protocol.messages import ModelServerConfig
from serving_protocol.model_folder import list_models

_log = logging.getLogger(__name__)


class FolderConfig:
    """Keeps a model config file in step with the models that lie in a folder.

    Args:
        models_dir: holds `NAME/VERSION/saved_model.pb`.
        config_file: the `ModelServerConfig` in text format that the server polls. It begins
            without models: a server that is started with a broken one leaves, while one that comes
            to know it later reports it and goes on serving the others.
    """

    def __init__(self, models_dir: Path, config_file: Path) -> None:
        self._models_dir = models_dir
        self._config_file = config_file
        self._written: list[str] = []
        _replace(config_file, _config_text(models_dir, []))

    def update(self) -> bool:
        """Write the models that are there now; whether they are others than before.

        While the folder cannot be read, as on a network drive that is away for a moment, what was
        served stays served.
        """
        try:
            found = list_models(self._models_dir)
        except OSError as error:
            _log.warning("the models in %s stay as they are: %s", self._models_dir, error.strerror)
            return False
        if found == self._written:
            return False
        _replace(self._config_file, _config_text(self._models_dir, found))
        self._written = found
        return True

    @property
    def names(self) -> list[str]:
        """The models written last."""
        return list(self._written)


def _config_text(models_dir: Path, names: Iterable[str]) -> str:
    config = ModelServerConfig()
    config.model_config_list.SetInParent()
    for name in names:
        model = config.model_config_list.config.add(
            name=name, base_path=str(models_dir.resolve() / name), model_platform="tensorflow"
        )
        # Requests may ask for any version that lies in the folder.
        model.model_version_policy.all.SetInParent()
    return str(text_format.MessageToString(config))


def _replace(path: Path, text: str) -> None:
    """Put `text` at `path` in one step, since the server may read at any moment."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as new:
        new.write(text)
    Path(new.name).rename(path)

"""The model config of a folder of models: what the server re-reads while it runs."""

import logging
import time
from collections.abc import Collection
from pathlib import Path

from google.protobuf import text_format

from model_repository.model_folder import list_models, version_dirs
from model_repository.models_config import BrokenModelConfig, read_model_config
from serving_protocol.messages import ModelConfig, ModelServerConfig

# The server looks at its config each second.
LEFT_OUT_S = 3.0

_log = logging.getLogger(__name__)


class FolderConfig:
    """Keeps a model config file in step with the models that lie in a folder, and their labels.

    Args:
        models_dir: holds `NAME/VERSION/saved_model.pb`, and in `models.config`, if it has one,
            labels and policies. Every model in the folder is served, listed there or not.
        config_file: the `ModelServerConfig` in text format that the server polls. It begins
            without models: a server that is started with a broken one leaves, while one that comes
            to know it later reports it and goes on serving the others.
    """

    def __init__(self, models_dir: Path, config_file: Path) -> None:
        self._models_dir = models_dir
        self._config_file = config_file
        self._names: list[str] = []
        self._text = ""
        self._complaint = ""
        self._listed = ModelServerConfig()
        self._left_out: frozenset[str] = frozenset()
        self._left_out_until_s = 0.0
        self._write([])

    def renew(self, names: Collection[str]) -> None:
        """Let the server forget models, and know them again: what failed once is not tried again.

        Args:
            names: of models of which no version is served.
        """
        if names:
            self._left_out = frozenset(names)
            self._left_out_until_s = time.monotonic() + LEFT_OUT_S

    def clear(self) -> None:
        """Begin without models again, for a server that is started anew.

        Raises:
            OSError: it cannot be written.
        """
        self._write([])

    def update(self) -> bool:
        """Write the models and labels that are there now; whether the models are others.

        While the folder cannot be read, as on a network drive that is away for a moment, its
        `models.config` is broken, or the config cannot be written, as on a full disk, what was
        served stays served.
        """
        try:
            found = list_models(self._models_dir)
        except OSError as error:
            where = error.filename or self._models_dir
            self._complain(f"the models stay as they are: {where}: {error.strerror}")
            return False
        if time.monotonic() < self._left_out_until_s:
            found = [name for name in found if name not in self._left_out]
        complaint = ""
        try:
            self._listed = read_model_config(self._models_dir) or ModelServerConfig()
        except (BrokenModelConfig, OSError) as error:
            complaint = f"labels stay as they are: {error}"
        are_others = found != self._names
        try:
            self._write(found)
        except OSError as error:
            where = error.filename or self._config_file
            self._complain(f"the models stay as they are: cannot write {where}: {error.strerror}")
            return False
        self._complain(complaint)
        return are_others

    @property
    def models_dir(self) -> Path:
        """The folder of models."""
        return self._models_dir

    @property
    def names(self) -> list[str]:
        """The models written last."""
        return list(self._names)

    def _write(self, names: list[str]) -> None:
        config = ModelServerConfig()
        config.model_config_list.SetInParent()
        listed = {model.name: model for model in self._listed.model_config_list.config}
        for name in names:
            model = config.model_config_list.config.add()
            model.CopyFrom(_entry(self._models_dir / name, listed.get(name)))
        text: str = text_format.MessageToString(config)
        if text != self._text:
            _replace(self._config_file, text)
        self._names, self._text = names, text

    def _complain(self, complaint: str) -> None:
        """Log what is wrong once, not at every look."""
        if complaint and complaint != self._complaint:
            _log.warning("%s", complaint)
        self._complaint = complaint


def _entry(model_dir: Path, listed: ModelConfig | None) -> ModelConfig:
    """A model as this machine serves it, with the labels and the policy that the folder says."""
    base_path = model_dir.parent.resolve() / model_dir.name
    model = ModelConfig(name=model_dir.name, base_path=str(base_path), model_platform="tensorflow")
    # Requests may ask for any version that lies in the folder.
    model.model_version_policy.all.SetInParent()
    if listed is not None:
        if listed.model_version_policy.WhichOneof("policy_choice") is not None:
            model.model_version_policy.CopyFrom(listed.model_version_policy)
        there = version_dirs(model_dir)
        for label, version in listed.version_labels.items():
            # A label of a version that never comes would keep the server from every later change.
            if version in there:
                model.version_labels[label] = version
    return model


def _replace(path: Path, text: str) -> None:
    """Put `text` at `path` in one step, since the server may read at any moment."""
    new = path.with_name(f".{path.name}.new")
    try:
        new.write_text(text, encoding="utf-8")
        new.rename(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise

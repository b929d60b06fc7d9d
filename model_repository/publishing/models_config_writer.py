"""Writing `models.config`: its text, changed only where it has to be."""

from pathlib import PurePosixPath

from google.protobuf import text_format

from model_repository.errors import PublishingError
from model_repository.models_config import CONFIG_NAME, BrokenModelConfig, read_model_config
from model_repository.publishing.fsync import replace_text
from model_repository.publishing.models_folder import ModelsFolder
from serving_protocol.messages import ModelConfig, ModelServerConfig

HEADER = """\
# Which models are served, and their versions' labels; model servers read it again while they run.
# `boxwright models` writes it. base_path is where the model server sees the model's folder;
# `boxwright up` puts its own in its place.
"""
# Where docker-compose.yaml shows the folder to the model server.
SERVED_FROM = "/models"


class ModelsConfigWriter:
    """A folder's `models.config`; whoever writes it holds the folder's lock.

    Args:
        folder: where it lies.
        served_from: where a model server sees the folder, for models that are not listed yet; None
            for where it sees the models that are, or else `SERVED_FROM`.
    """

    def __init__(self, folder: ModelsFolder, served_from: str | None = None) -> None:
        self.folder = folder
        self._served_from = served_from

    @property
    def exists(self) -> bool:
        """Whether there is one; without it every model in the folder is served."""
        return (self.folder.path / CONFIG_NAME).exists()

    def read(self) -> ModelServerConfig:
        """What it says, or a list without models.

        Raises:
            PublishingError: it does not parse.
        """
        try:
            config = read_model_config(self.folder.path)
        except BrokenModelConfig as error:
            raise PublishingError(f"{error}; correct the file or remove it") from error
        return config or ModelServerConfig()

    def listed(self, config: ModelServerConfig, name: str) -> ModelConfig:
        """The model's entry in `config`, added where it is missing.

        The first that is written lists all models in the folder, since those that a list leaves
        out are not served.
        """
        for model in config.model_config_list.config:
            if model.name == name:
                return model
        served_from = self._served_from or _served_from(config)
        others = set() if self.exists else set(self.folder.names())
        for each in sorted(others | {name}):
            model = config.model_config_list.config.add(
                name=each, base_path=f"{served_from}/{each}", model_platform="tensorflow"
            )
            model.model_version_policy.all.SetInParent()
        return next(each for each in config.model_config_list.config if each.name == name)

    def write(self, config: ModelServerConfig) -> None:
        """Put it in place in one step."""
        text: str = text_format.MessageToString(config)
        replace_text(self.folder.path / CONFIG_NAME, HEADER + text)


def serve_version(model: ModelConfig, version: int) -> None:
    """Change the entry's policy, where it must be, so that `version` is among what is served.

    Not to the version alone: a configuration that moves a label to a version which is not loaded
    yet is refused as a whole, so what may be labelled is loaded before.
    """
    policy = model.model_version_policy
    if policy.WhichOneof("policy_choice") == "specific":
        if version not in policy.specific.versions:
            policy.specific.versions.append(version)
    else:
        policy.all.SetInParent()


def _served_from(config: ModelServerConfig) -> str:
    for model in config.model_config_list.config:
        path = PurePosixPath(model.base_path)
        if path.name == model.name:
            return str(path.parent)
    return SERVED_FROM

"""The models that are configured, and what it takes to serve them and no others."""

import logging
import os
import threading
from collections.abc import Callable, Collection

import grpc

from server.embedded.configs.model_server_config import check_platforms, checked_models, watched
from server.embedded.errors import ServingError
from server.embedded.versions.labels import Labels, assign_labels
from server.embedded.versions.loader_harness import Loader
from server.embedded.versions.manager import LoadSettings, VersionManager
from server.embedded.versions.source import FileSystemSource
from serving_protocol.messages import ModelConfig, ModelServerConfig

logger = logging.getLogger(__name__)


class ModelSet:
    """Models, their labels, and the source and manager of their versions.

    Args:
        loader: loads one version.
        load_settings: threads and retries.
        poll_wait_s: seconds between two looks at the base paths; see `FileSystemSource`.
        allow_labels_for_unavailable: see `assign_labels`.
    """

    def __init__(
        self,
        loader: Loader,
        load_settings: LoadSettings,
        *,
        poll_wait_s: float = 1,
        allow_labels_for_unavailable: bool = False,
    ) -> None:
        self.versions = VersionManager(loader, load_settings)
        self._load_settings = load_settings
        self._source = FileSystemSource(poll_wait_s, self.versions.aspire)
        self._allow_labels_for_unavailable = allow_labels_for_unavailable
        self._models: dict[str, ModelConfig] = {}
        self._labels: Labels = {}
        self._has_list = False
        self._applying = threading.Lock()

    def load_initially(
        self, config: ModelServerConfig, is_cancelled: Callable[[], bool] = lambda: False
    ) -> bool:
        """Apply the first configuration and wait for all of its models, with many threads.

        Returns:
            False if it was cancelled before the models were there.

        Raises:
            ServingError: the configuration is refused, or a model cannot be loaded.
        """
        self.versions.set_load_threads(4 * (os.cpu_count() or 1))
        new = self.apply(config)
        settled = self.versions.wait_until_settled(new, is_cancelled)
        self.versions.set_load_threads(self._load_settings.load_threads)
        if settled:
            self._raise_failures(new, "servable(s)")
        return settled

    def apply(self, config: ModelServerConfig) -> set[str]:
        """Serve the models of `config` and no others; loading goes on afterwards.

        Returns:
            The names of the models that are new.

        Raises:
            ServingError: the configuration is refused, and the old one stays.
        """
        with self._applying:
            self._check_kind(config)
            models = checked_models(config, self._models)
            labels = assign_labels(
                models.values(),
                self._labels,
                self.versions.is_available,
                allow_unavailable=self._allow_labels_for_unavailable,
            )
            # In the order of `ServerCore::ReloadConfig`, which matters where both are wrong.
            check_platforms(models.values())
            new, gone = models.keys() - self._models.keys(), self._models.keys() - models.keys()
            self._models, self._labels = models, labels
            self._has_list |= config.HasField("model_config_list")
            self._source.watch({name: watched(model) for name, model in models.items()})
        if new or gone:
            logger.info(
                "models added: %s; removed: %s",
                ", ".join(sorted(new)) or "none",
                ", ".join(sorted(gone)) or "none",
            )
        return new

    def apply_and_wait(self, config: ModelServerConfig, is_cancelled: Callable[[], bool]) -> None:
        """Apply `config` and return when each of its new models has a version that answers.

        Other configurations may be applied meanwhile.

        Raises:
            ServingError: `config` is refused; a new model cannot be loaded (UNKNOWN); or one was
                removed again by a later configuration, or the caller went away (ABORTED).
        """
        new = self.apply(config)

        def is_over() -> bool:
            return is_cancelled() or not new <= self._models.keys()

        if not self.versions.wait_until_settled(new, is_over):
            raise ServingError(
                grpc.StatusCode.ABORTED,
                f"stopped waiting for the models {', '.join(sorted(new))} to become available",
            )
        self._raise_failures(new, "model(s)")

    def version_of(self, name: str, label: str) -> int | None:
        """The version that the label stands for; None if it is not assigned."""
        return self._labels.get(name, {}).get(label)

    def is_configured(self, name: str) -> bool:
        """Whether the model is to be served."""
        return name in self._models

    def any_available(self) -> bool:
        """Whether any model answers requests, or none is to be served."""
        models = self._models
        return not models or any(self.versions.is_available(name) for name in models)

    def close(self, timeout_s: float) -> bool:
        """Unload everything; False if something was still in use after `timeout_s`."""
        self._source.close()
        return self.versions.close(timeout_s)

    def _check_kind(self, config: ModelServerConfig) -> None:
        """Refuse what is no list; nothing at all (an empty file, say) may only come first."""
        if config.HasField("custom_model_config"):
            raise ServingError(
                grpc.StatusCode.INVALID_ARGUMENT, "custom_model_config is not supported"
            )
        if self._has_list and not config.HasField("model_config_list"):
            raise ServingError(
                grpc.StatusCode.FAILED_PRECONDITION,
                "Cannot transition to requested config. It is only legal to transition from one "
                "ModelConfigList to another.",
            )

    def _raise_failures(self, names: Collection[str], noun: str) -> None:
        failures = [
            f"{{{{name: {name} version: {version}}} due to error: "
            f"{error.code.name}: {error.message}}}, "
            for name in sorted(names)
            for version, error in self.versions.failures(name).items()
        ]
        if failures:
            raise ServingError(
                grpc.StatusCode.UNKNOWN,
                f"{len(failures)} {noun} did not become available: {{{''.join(failures)}}}",
            )

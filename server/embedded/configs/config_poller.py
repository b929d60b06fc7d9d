"""`--model_config_file_poll_wait_seconds`: the file is read and applied again and again."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from server.embedded.configs.model_server_config import read_model_server_config
from server.embedded.configs.text_format import ConfigFileError
from server.embedded.errors import ServingError
from serving_protocol.messages import ModelServerConfig

logger = logging.getLogger(__name__)


class ConfigPoller:
    """Applies the file every `wait_s`, changed or not: a label may be assignable only later.

    It does not wait for the models to load, so one whose base path is missing holds up no later
    configuration.
    """

    def __init__(
        self, path: Path, wait_s: float, apply: Callable[[ModelServerConfig], object]
    ) -> None:
        self._path = path
        self._wait_s = wait_s
        self._apply = apply
        self._stop = threading.Event()
        self._last_complaint = ""
        self._thread = threading.Thread(target=self._run, name="model config", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop reading."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._wait_s):
            complaint = ""
            try:
                self._apply(read_model_server_config(self._path))
            except (ConfigFileError, ServingError) as error:
                complaint = str(error)
            if complaint and complaint != self._last_complaint:
                logger.error("the model configuration stays as it was: %s", complaint)
            self._last_complaint = complaint

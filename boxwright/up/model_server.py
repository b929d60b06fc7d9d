"""The model server that `boxwright up` starts, and starts again when an engine crashes in it."""

import os
import time
from collections import deque
from pathlib import Path

from boxwright.own_packages import MODEL_SERVER
from boxwright.up.children import Child
from boxwright.up.run_folder import RunFolder

# A model that crashes at each request, or while it is loaded, is not served for ever.
MAX_CRASHES = 5
WITHIN_S = 120.0


class ModelServerProgram:
    """How the server is started.

    Args:
        folder: of the run, where its socket and its config lie.
        engine: `--engine`.
        precision: `--precision`.
    """

    def __init__(self, folder: RunFolder, engine: str, precision: str) -> None:
        self._folder = folder
        self._engine, self._precision = engine, precision
        self._crashed_at_s: deque[float] = deque(maxlen=MAX_CRASHES)

    @property
    def config_file(self) -> Path:
        """The `ModelServerConfig` that it polls."""
        return self._folder.path / "models.config"

    @property
    def socket_path(self) -> Path:
        """Where it listens; there once it does."""
        return self._folder.path / "server.sock"

    def start(self) -> Child:
        """Start it; its config is to name no models yet."""
        # What one that crashed left looks as if it listened.
        self.socket_path.unlink(missing_ok=True)
        return Child(
            "model server",
            [
                *MODEL_SERVER,
                "--port=0",
                f"--grpc_socket_path={self.socket_path}",
                f"--model_config_file={self.config_file}",
                "--model_config_file_poll_wait_seconds=1",
                # What has a label when a server starts is not loaded yet.
                "--allow_version_labels_for_unavailable_models=true",
                # A person who watches wants to hear of a broken model now, not in five minutes.
                "--max_num_load_retries=0",
                # A model's versions side by side, so that all of them answer as soon as the first.
                "--num_load_threads=4",
                # The config is the folder's.
                "--reload_config_from=nobody",
                f"--engine={self._engine}",
                f"--precision={self._precision}",
            ],
            os.environ,
            [self._folder.lock],
        )

    def may_start_again(self) -> bool:
        """Whether it may after one more crash: it has not crashed too often lately."""
        now_s = time.monotonic()
        too_often = (
            len(self._crashed_at_s) == MAX_CRASHES and now_s - self._crashed_at_s[0] < WITHIN_S
        )
        self._crashed_at_s.append(now_s)
        return not too_often

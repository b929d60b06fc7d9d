"""gunicorn's own lines, in the gateway's log."""

import logging
from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]  # it has no types


class ServerLog(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Lets gunicorn log through `logging`'s root, and leaves the access log to the gateway.

    gunicorn writes none where no setting asks for one; `log_lines` writes a line for each request,
    with what gunicorn cannot know.
    """

    def setup(self, cfg: Any) -> None:
        """Take the place of gunicorn's own handlers and format."""
        del cfg
        self.error_log = logging.getLogger("gunicorn.error")
        self.error_log.handlers.clear()
        self.error_log.propagate = True
        self.access_log = logging.getLogger("gunicorn.access")
        self.access_log.handlers.clear()
        self.access_log.disabled = True

    def reopen_files(self) -> None:
        """Nothing: standard error is not a file of ours."""

    def close_on_exec(self) -> None:
        """Nothing: standard error is not a file of ours."""

"""The gateway as a program: `main` reads the settings and serves until it is told to stop."""

import logging
import os
import signal
import sys
from collections.abc import Mapping

from client_api.observability.log_lines import set_up_logging
from client_api.setting_values import SettingError
from client_api.settings import Settings
from model_repository.model_folder import models_in

EXIT_BAD_SETTING = 2

_log = logging.getLogger(__name__)


def main(variables: Mapping[str, str] | None = None) -> int:
    """Run the gateway; SIGTERM and SIGINT stop it when the requests in flight are answered.

    Args:
        variables: the settings, by default the environment.

    Returns:
        The exit status: 2 where a setting does not parse, which standard error then names.
    """
    try:
        settings = Settings.from_environment(os.environ if variables is None else variables)
    except SettingError as error:
        sys.stderr.write(f"boxwright gateway: {error}\n")
        return EXIT_BAD_SETTING
    set_up_logging(settings.log_level, settings.log_format)
    log_startup(settings)
    return serve(settings)


def serve(settings: Settings) -> int:
    """Serve with `settings` until told to stop; returns the exit status."""
    from client_api.web_server.application import (
        GatewayServer,
        allow_open_files,
        prepare_folder,
        remove_folder,
        spare_memory,
    )

    spare_memory()
    allow_open_files()
    # Until gunicorn handles them: at their defaults, nothing would take the folder away.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: sys.exit(0))
    folder = prepare_folder(settings)
    master = os.getpid()
    try:
        GatewayServer(settings, folder).run()
    except SystemExit as stopped:
        return stopped.code if isinstance(stopped.code, int) else 0
    finally:
        # A worker comes by here too.
        if os.getpid() == master:
            remove_folder(folder)
    return 0


def log_startup(settings: Settings) -> None:
    """Log what was understood, and what is missing."""
    _log.info(
        "serving http://%s:%s from model server %s, default model %s",
        settings.host,
        settings.port,
        ", ".join(settings.serving_addresses),
        settings.model_name or "none",
    )
    if settings.model_name is None and not (settings.models_dir and models_in(settings.models_dir)):
        _log.warning(
            "no model in MODELS_DIR=%s: copy one there as NAME/1/saved_model.pb, with "
            "NAME/label_map.pbtxt beside it; it is picked up without a restart",
            settings.models_dir,
        )

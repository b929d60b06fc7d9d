"""The command `boxwright up`."""

import logging
import os
import socket
import sys
import threading
from pathlib import Path

import click

from boxwright.own_packages import PYTHON
from boxwright.up.announcements import Announcements
from boxwright.up.children import Child
from boxwright.up.copied_models import CopiedModels
from boxwright.up.facts_folder import facts_folder
from boxwright.up.folder_config import FolderConfig
from boxwright.up.model_server import ModelServerProgram
from boxwright.up.run_folder import RunFolder, run_folder
from boxwright.up.serving_state import serving_state
from boxwright.up.stop_signals import stop_event
from model_repository.diagnosis.models import diagnose_models
from model_repository.model_folder import models_in
from server.embedded.engines.engine import FLOAT32, PRECISIONS
from server.embedded.engines.registry import AUTO, ENGINE_CHOICES
from serving_protocol.log_lines import log_to

DEFAULT_MODELS_DIR = Path("models")
POLL_S = 1.0
# Right after the start, and after every change, a person waits to hear that it is ready.
QUICK_POLL_S = 0.25
QUICK_POLLS = 40
# Looks at the gateway for each look at what lies in the folder and is no model.
POLLS_PER_DIAGNOSIS = 5


_log = logging.getLogger("boxwright.up")


@click.command()
@click.option(
    "--models",
    "models_dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=DEFAULT_MODELS_DIR,
    show_default=True,
    envvar="MODELS_DIR",
    show_envvar=True,
    help="Folder of models, each NAME/VERSION/saved_model.pb.",
)
@click.option("--model", "model_name", envvar="MODEL_NAME", show_envvar=True,
              help="The default model, where the folder holds several.")  # fmt: skip
@click.option("--host", default="127.0.0.1", show_default=True, envvar="HOST", show_envvar=True,
              help="Where the gateway listens.")  # fmt: skip
@click.option("--port", type=click.IntRange(1, 65535), default=5000, show_default=True,
              envvar="PORT", show_envvar=True)  # fmt: skip
@click.option(
    "--engine", type=click.Choice(ENGINE_CHOICES), default=AUTO,
    show_default=True,
)  # fmt: skip
@click.option(
    "--precision", type=click.Choice(PRECISIONS), default=FLOAT32, show_default=True,
    help="Of OpenVINO: bfloat16 is faster on processors that have it, and its scores differ in "
    "the second decimal.",
)  # fmt: skip
def up(
    models_dir: Path, model_name: str | None, host: str, port: int, engine: str, precision: str
) -> None:
    """Serve every model in a folder over HTTP, until Ctrl-C.

    Starts the embedded model server on a UNIX socket, and the gateway in front of it. Models and
    versions that come into the folder later are served without a restart. The gateway's other
    settings are environment variables (README.md lists them).

    Example: boxwright up --models models --port 8080
    """
    if models_dir == DEFAULT_MODELS_DIR:
        try:
            models_dir.mkdir(exist_ok=True)
        except OSError as error:
            raise click.ClickException(f"cannot make {models_dir}: {error.strerror}") from error
    elif not models_dir.is_dir():
        # Not made: a mistyped path would look like a folder without models.
        raise click.BadParameter(f"there is no folder {models_dir}", param_hint="--models")
    found = models_in(models_dir)
    _require_free(host, port)
    log_to(sys.stderr, _log_format(), "info")
    if model_name is None and len(found) > 1:
        model_name = _only_usable(found, models_dir)
    announcements = Announcements(models_dir, model_name, _say)
    announcements.begin(found)
    with run_folder() as folder, stop_event() as stop:
        server = ModelServerProgram(folder, engine, precision)
        config = FolderConfig(models_dir, server.config_file)
        children = [server.start()]
        try:
            children.append(
                _start_gateway(
                    folder, server.socket_path, models_dir, model_name, host=host, port=port
                )
            )
            url = f"http://{_in_url(host)}:{port}"
            ended = _watch(children, server, config, announcements, stop, url=url)
        finally:
            # The gateway first: it answers what it has begun while the model server still runs.
            for child in reversed(children):
                child.stop()
    if ended is not None:
        raise click.ClickException(f"the {ended.name} ended with exit code {ended.exit_code}")
    _say("Stopped.")


def _log_format() -> str:
    return os.environ.get("LOG_FORMAT", "").strip().lower()


def _say(text: str) -> None:
    """Tell whoever started us: a person, or a machine that reads every line as JSON."""
    if _log_format() == "json":
        _log.info("%s", text)
    else:
        click.echo(text, err=True)


def _require_free(host: str, port: int) -> None:
    """Look whether the gateway will be able to listen, before models are loaded for it."""
    try:
        [(family, *_, address), *_] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise click.ClickException(
            f"cannot listen at {host}, port {port}: {error.strerror} (--host, --port)"
        ) from error


def _only_usable(found: list[str], models_dir: Path) -> str | None:
    """The one of several models of which nothing shows that it cannot be served; None for more."""
    broken = {each.model for each in diagnose_models(models_dir) if each.version is not None}
    usable = [each for each in found if each not in broken]
    if len(usable) == 1:
        return usable[0]
    _say(
        f"Several models in {models_dir}, and none is the default: {', '.join(usable or found)}. "
        "Requests name one (/models/NAME/predict); --model NAME, or make up MODEL=NAME, makes it "
        "the default."
    )
    return None


def _start_gateway(
    folder: RunFolder,
    socket_path: Path,
    models_dir: Path,
    model_name: str | None,
    *,
    host: str,
    port: int,
) -> Child:
    environment = {
        **os.environ,
        "HOST": host,
        "PORT": str(port),
        "SERVING_ADDRESS": f"unix:{socket_path}",
        "MODELS_DIR": str(models_dir.resolve()),
        # What it leaves behind where it is killed goes with the folder.
        "TMPDIR": str(folder.path),
    }
    if model_name is not None:
        environment["MODEL_NAME"] = model_name
    if "MODEL_FACTS_DIR" not in environment and (facts := facts_folder()) is not None:
        environment["MODEL_FACTS_DIR"] = str(facts)
    return Child("gateway", [*PYTHON, "-m", "client_api"], environment, [folder.lock])


def _watch(
    children: list[Child],
    server: ModelServerProgram,
    config: FolderConfig,
    announcements: Announcements,
    stop: threading.Event,
    *,
    url: str,
) -> Child | None:
    """Keep the config in step until `stop`, or until a child ends, which is then returned.

    The models are written down only when the server is up: one that finds a broken model in its
    first config leaves. The server, which is the first of the children, is started again where
    it crashed.
    """
    copied = CopiedModels(config.models_dir, lambda: serving_state(url))
    polls = 0
    quick_polls_left = QUICK_POLLS
    while not stop.wait(POLL_S if announcements.is_done or quick_polls_left <= 0 else QUICK_POLL_S):
        quick_polls_left -= 1
        polls += 1
        if children[0].crash is not None and server.may_start_again():
            _say(f"The model server crashed ({children[0].crash}); it is started again.")
            config.clear()
            children[0] = server.start()
            announcements.restart()
        for child in children:
            if child.exit_code is not None:
                return child
        if polls % POLLS_PER_DIAGNOSIS == 0:
            config.renew(announcements.look_at_folder() | copied.complete())
        if server.socket_path.exists() and config.update():
            _say(f"Models: {', '.join(config.names) or 'none'}")
            copied.know(config.names)
            announcements.restart()
            quick_polls_left = QUICK_POLLS
        if not announcements.is_done and config.names:
            announcements.look_at_gateway(url)
    return None


def _in_url(host: str) -> str:
    """The address at which this machine reaches a server that listens on `host`."""
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 (asked, not bound)
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host

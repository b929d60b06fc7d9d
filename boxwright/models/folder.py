"""Options and errors that the subcommands share: the models folder and its models.config."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from model_repository.errors import PublishingError
from model_repository.model_folder import shown_name
from model_repository.models_config import STABLE
from model_repository.publishing.models_config_writer import SERVED_FROM, ModelsConfigWriter
from model_repository.publishing.models_folder import ModelsFolder

Command = TypeVar("Command", bound=Callable[..., Any])

DEFAULT_MODELS_DIR = Path("models")


def models_option(command: Command) -> Command:
    """Add --models, the models folder."""
    return click.option(
        "--models",
        "models_dir",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        default=DEFAULT_MODELS_DIR,
        show_default=True,
        help="Models folder, with NAME/VERSION/saved_model.pb.",
    )(command)


def served_from_option(command: Command) -> Command:
    """Add --served-from, for commands that write `models.config`."""
    return click.option(
        "--served-from",
        metavar="PATH",
        help="Path of the models folder as the model server sees it, for models.config.  [as in "
        f"the file, or {SERVED_FROM}, as in containers]",
    )(command)


def config_of(models_dir: Path, served_from: str | None = None) -> ModelsConfigWriter:
    """Open the models folder with its `models.config`.

    Raises:
        click.BadParameter: `served_from` is not an absolute path, which model servers need.
    """
    if served_from is not None and not served_from.startswith("/"):
        raise click.BadParameter(
            f"{served_from!r} is not an absolute path, such as {SERVED_FROM}",
            param_hint="--served-from",
        )
    served_from = served_from.rstrip("/") if served_from is not None else None
    return ModelsConfigWriter(ModelsFolder(models_dir), served_from)


@contextmanager
def plain_errors() -> Iterator[None]:
    """Translate errors of publishing into one line on standard error."""
    try:
        yield
    except PublishingError as error:
        raise click.ClickException(shown_name(str(error))) from error
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise click.ClickException(shown_name(f"{where}{error.strerror or error}")) from error


def say_of_default(name: str, labels: dict[str, int], newest: int) -> None:
    """Warn if requests without a version do not get the newest one."""
    stable = labels.get(STABLE)
    if stable is not None and stable != newest:
        click.echo(
            f"Requests without a version still get {stable}, which is stable; to give them "
            f"{newest}, the newest: boxwright models label {name} stable {newest}",
            err=True,
        )

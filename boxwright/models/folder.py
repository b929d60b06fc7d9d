"""What every subcommand asks about the folder of models."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from model_repository.model_folder import shown_name
from model_repository.models_config import STABLE
from model_repository.publishing.errors import PublishingError
from model_repository.publishing.models_config_file import SERVED_FROM, ModelConfigFile
from model_repository.publishing.models_folder import ModelsFolder

Command = TypeVar("Command", bound=Callable[..., Any])

DEFAULT_MODELS_DIR = Path("models")


def models_option(command: Command) -> Command:
    """Add --models, the folder."""
    return click.option(
        "--models",
        "models_dir",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        default=DEFAULT_MODELS_DIR,
        show_default=True,
        help="Folder of models, each NAME/VERSION/saved_model.pb.",
    )(command)


def served_from_option(command: Command) -> Command:
    """Add --served-from, for what may write a model into `models.config`."""
    return click.option(
        "--served-from",
        metavar="PATH",
        help=f"Where a model server sees the folder, for models.config.  [as in it, or "
        f"{SERVED_FROM}, as in containers]",
    )(command)


def config_of(models_dir: Path, served_from: str | None = None) -> ModelConfigFile:
    """The folder with its `models.config`.

    Raises:
        click.BadParameter: `served_from` is no absolute path, which a model server wants.
    """
    if served_from is not None and not served_from.startswith("/"):
        raise click.BadParameter(
            f"an absolute path was expected, not {served_from!r}", param_hint="--served-from"
        )
    served_from = served_from.rstrip("/") if served_from is not None else None
    return ModelConfigFile(ModelsFolder(models_dir), served_from)


@contextmanager
def plain_errors() -> Iterator[None]:
    """What publishing cannot do, as a line on standard error without a trace."""
    try:
        yield
    except PublishingError as error:
        raise click.ClickException(shown_name(str(error))) from error
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise click.ClickException(shown_name(f"{where}{error.strerror or error}")) from error


def say_of_default(name: str, labels: dict[str, int], newest: int) -> None:
    """Say where requests without a version go, if that is not the newest."""
    stable = labels.get(STABLE)
    if stable is not None and stable != newest:
        click.echo(
            f"Requests that name no version get {stable}, which is stable; the newest is {newest}: "
            f"boxwright models label {name} stable {newest}",
            err=True,
        )

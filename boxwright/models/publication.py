"""Options and output of every command that publishes a version: publish, import and export."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from boxwright.models.folder import models_option, served_from_option
from model_repository.publishing.publish import Published

Command = TypeVar("Command", bound=Callable[..., Any])

_VERSION_OPTIONS = (
    click.option("--name", required=True, help="Name of the model, and of its folder."),
    click.option(
        "--version", type=click.IntRange(1), help="Version number.  [one above the highest]"
    ),
    click.option("--label", help="Point this label at the version, such as stable or canary."),
    models_option,
    served_from_option,
)
_CARD_OPTIONS = (
    click.option("--title", default="", help="One-line description for the model card."),
    click.option(
        "--note",
        "notes",
        multiple=True,
        help="Note for the model card, such as attribution or limits; repeatable.",
    ),
)


def version_options(command: Command) -> Command:
    """Add --name, --version, --label, --models and --served-from."""
    for option in reversed(_VERSION_OPTIONS):
        command = option(command)
    return command


def card_options(command: Command) -> Command:
    """Add --title and --note."""
    for option in reversed(_CARD_OPTIONS):
        command = option(command)
    return command


def print_progress(what: str) -> None:
    """Print a step that may take long."""
    click.echo(f"{what} ...", err=True)


def print_published(published: Published, name: str) -> None:
    """Print the version's folder, what its canary answered, and where its label points now."""
    click.echo(f"{published.path}: {published.canary}")
    if published.move is not None:
        click.echo(f"{name}: {published.move}")

"""Options that choose a gateway's model, version or pipeline, for every command that calls one."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--api-key", envvar="API_KEY", show_envvar=True, help="API key, if the gateway requires it."
    ),
    click.option("--model", help="Name of the model.  [the gateway's default]"),
    click.option("--version", type=int, help="Version of --model."),
    click.option("--label", help="Version of --model by its label, such as stable."),
    click.option(
        "--pipeline",
        help="Pipeline of the gateway: a detector, and a keypoint model for what it finds.",
    ),
)


def model_choice_options(command: Command) -> Command:
    """Add --api-key, --model, --version, --label and --pipeline."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def check_model_choice(model: str | None, version: int | None, label: str | None) -> None:
    """Check that the options fit together.

    Raises:
        click.UsageError: a version without a model, or two versions.
    """
    if model is None and (version is not None or label is not None):
        raise click.UsageError("--version and --label choose among the versions of --model")
    if version is not None and label is not None:
        raise click.UsageError("give --version or --label, not both")

"""The command `boxwright models remove`: delete a version."""

from pathlib import Path

import click

from boxwright.models.folder import config_of, models_option, plain_errors
from model_repository.publishing.removal import remove_version


@click.command()
@click.argument("name")
@click.argument("version", type=click.IntRange(1))
@click.option(
    "--force", is_flag=True, help="Delete it even if it has a label or is the only version."
)
@models_option
def remove(name: str, version: int, force: bool, models_dir: Path) -> None:
    """Delete VERSION of the model NAME, with all of its files.

    Example: boxwright models remove cells 1
    """
    with plain_errors():
        remove_version(config_of(models_dir), name, version, force=force)
    click.echo(f"{name}: deleted version {version}")

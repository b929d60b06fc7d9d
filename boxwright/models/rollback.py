"""The command `boxwright models rollback`: undo the last move of a label."""

from pathlib import Path

import click

from boxwright.models.folder import config_of, models_option, plain_errors, served_from_option
from boxwright.models.label import say_of_new_config
from model_repository.models_config import STABLE
from model_repository.publishing.version_labels import rollback as roll_back


@click.command()
@click.argument("name")
@click.option("--label", default=STABLE, show_default=True, help="Label to point back.")
@models_option
@served_from_option
def rollback(name: str, label: str, models_dir: Path, served_from: str | None) -> None:
    """Point a label of the model NAME back at its previous version.

    Each further call goes one version further back. If no version is `stable` yet, the one below
    the newest becomes `stable`. No version is deleted.

    Example: boxwright models rollback cells
    """
    config = config_of(models_dir, served_from)
    is_new = not config.exists
    with plain_errors():
        click.echo(f"{name}: {roll_back(config, name, label)}")
    if is_new:
        say_of_new_config(models_dir)

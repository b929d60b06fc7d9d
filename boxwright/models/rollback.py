"""`boxwright models rollback`."""

from pathlib import Path

import click

from boxwright.models.folder import config_of, models_option, plain_errors, served_from_option
from boxwright.models.label import say_of_new_config
from model_repository.models_config import STABLE
from model_repository.publishing.version_labels import rollback as roll_back


@click.command()
@click.argument("name")
@click.option("--label", default=STABLE, show_default=True, help="Which label.")
@models_option
@served_from_option
def rollback(name: str, label: str, models_dir: Path, served_from: str | None) -> None:
    """Point a label of the model NAME back at the version that had it before.

    Again, and it points at the one before that. Where no version is `stable` yet, requests got the
    newest; the next lower becomes `stable`, and they get that. No version is removed.
    """
    config = config_of(models_dir, served_from)
    is_new = not config.exists
    with plain_errors():
        click.echo(f"{name}: {roll_back(config, name, label)}")
    if is_new:
        say_of_new_config(models_dir)

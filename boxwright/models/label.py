"""The command `boxwright models label`: point a version label, or remove it."""

from pathlib import Path

import click

from boxwright.models.folder import config_of, models_option, plain_errors, served_from_option
from model_repository.publishing.version_labels import remove_label, set_label


@click.command()
@click.argument("name")
@click.argument("label")
@click.argument("version", type=click.IntRange(1), required=False)
@click.option("--remove", is_flag=True, help="Remove the label.")
@models_option
@served_from_option
def label(
    name: str,
    label: str,
    version: int | None,
    remove: bool,
    models_dir: Path,
    served_from: str | None,
) -> None:
    """Point LABEL of the model NAME at VERSION.

    Requests without a version get `stable`, if that label exists; else the newest version. Every
    label has a path: /models/NAME/labels/LABEL/predict.

    Example: boxwright models label cells stable 2
    """
    if remove is (version is not None):
        raise click.UsageError("give either a VERSION or --remove")
    config = config_of(models_dir, served_from)
    is_new = not config.exists
    with plain_errors():
        if version is None:
            before = remove_label(config, name, label)
            click.echo(f"{name}: removed the label {label}, which pointed at {before}")
            return
        click.echo(f"{name}: {set_label(config, name, label, version)}")
    if is_new:
        say_of_new_config(models_dir)


def say_of_new_config(models_dir: Path) -> None:
    """Tell that containers read a first `models.config` only when restarted."""
    click.echo(
        f"{models_dir}/models.config is new: `boxwright up` reads it within a second; restart a "
        "model server's container that was started without one.",
        err=True,
    )

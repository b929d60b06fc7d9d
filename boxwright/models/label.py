"""`boxwright models label`."""

from pathlib import Path

import click

from boxwright.models.folder import config_of, models_option, plain_errors, served_from_option
from model_repository.publishing.version_labels import remove_label, set_label


@click.command()
@click.argument("name")
@click.argument("label")
@click.argument("version", type=click.IntRange(1), required=False)
@click.option("--remove", is_flag=True, help="Take the label away.")
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

    Requests that name no version get `stable`, once it points anywhere; else the newest. Any label
    can be asked for: /models/NAME/labels/LABEL/predict.
    """
    if remove is (version is not None):
        raise click.UsageError("give a VERSION, or --remove")
    config = config_of(models_dir, served_from)
    is_new = not config.exists
    with plain_errors():
        if version is None:
            before = remove_label(config, name, label)
            click.echo(f"{name}: {label} points at no version any more; it was {before}")
            return
        click.echo(f"{name}: {set_label(config, name, label, version)}")
    if is_new:
        say_of_new_config(models_dir)


def say_of_new_config(models_dir: Path) -> None:
    """Say who does not read the first `models.config` by itself."""
    click.echo(
        f"{models_dir}/models.config is new: `boxwright up` reads it within a second; a container "
        "of a model server that was started without one has to be restarted.",
        err=True,
    )

"""The command `boxwright models publish`: a SavedModel, as a version."""

from pathlib import Path

import click

from boxwright.models.folder import (
    config_of,
    plain_errors,
    say_of_default,
)
from boxwright.models.publication import print_progress, print_published, version_options
from boxwright.own_packages import MODEL_SERVER
from model_repository.canary.serving_check import ModelServerCanary
from model_repository.publishing.publish import Publication
from model_repository.publishing.publish import publish as publish_version
from model_repository.publishing.version_labels import labels_of
from server.embedded.engines.registry import AUTO, ENGINE_CHOICES


@click.command()
@click.argument("source", type=click.Path(path_type=Path, exists=True, file_okay=False))
@version_options
@click.option(
    "--label-map",
    "label_map",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="File with the class names, copied as label_map.pbtxt.",
)
@click.option(
    "--engine", type=click.Choice(ENGINE_CHOICES), default=AUTO,
    show_default=True, help="Engine that must serve it.",
)  # fmt: skip
def publish(
    source: Path,
    name: str,
    version: int | None,
    label: str | None,
    label_map: Path | None,
    engine: str,
    models_dir: Path,
    served_from: str | None,
) -> None:
    """Publish the SavedModel in the folder SOURCE as a version to serve.

    It is copied under a name that servers ignore, loaded, tested with one request, and renamed into
    place. An existing version is never overwritten.

    Example: boxwright models publish exported/ --name cells --label canary
    """
    canary = ModelServerCanary([*MODEL_SERVER, f"--engine={engine}"])
    config = config_of(models_dir, served_from)
    with plain_errors():
        published = publish_version(
            Publication(source, name, version, label, label_map),
            config,
            canary,
            print_progress,
        )
        labels = labels_of(config, name)
        newest = max(config.folder.versions(name))
    print_published(published, name)
    say_of_default(name, labels, newest)

"""The command `boxwright models upgrade`: an exported version, with what exports have now."""

import os
import tempfile
from pathlib import Path

import click

from boxwright.models.folder import config_of, models_option, plain_errors, say_of_default
from boxwright.models.publication import print_progress, print_published
from boxwright.own_packages import PYTHON
from export.errors import ExportError
from model_repository.canary.serving_check import ModelServerCanary
from model_repository.publishing.models_folder import STAGED_VERSION
from model_repository.publishing.publish import Publication, publish
from model_repository.publishing.version_labels import labels_of

SERVER = (*PYTHON, "-m", "server.embedded")


@click.command("upgrade")
@click.argument("name")
@click.option("--version", type=click.IntRange(1), help="Version to upgrade.  [the highest]")
@click.option("--label", help="Point this label at the new version, such as stable or canary.")
@click.option("--images", "images_dir",
              type=click.Path(path_type=Path, exists=True, file_okay=False),
              help="Folder of images to compare the signatures on, besides the version's "
              "canary.")  # fmt: skip
@models_option
def upgrade_version(
    name: str, version: int | None, label: str | None, images_dir: Path | None, models_dir: Path
) -> None:
    """Publish a version of the model NAME anew, with the signature resized_images.

    It takes images of exactly the size that the network computes, which the gateway asks for, and
    which saves it and the model server most of the time beside the network. Weights and answers
    stay as they are; the version that there was does too.

    Example: boxwright models upgrade cells
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from export.images import images_in
    from export.upgrading import upgrade

    config = config_of(models_dir)
    with plain_errors(), tempfile.TemporaryDirectory() as scratch:
        chosen = version or max(config.folder.versions(name))
        source = config.folder.version_dir(name, chosen)
        folder = Path(scratch) / STAGED_VERSION
        openvino = ModelServerCanary([*SERVER, "--engine=openvino"])
        try:
            images = images_in(images_dir) if images_dir else {}
            upgrade(source, folder, images, openvino, print_progress)
        except ExportError as error:
            raise click.ClickException(str(error)) from error
        published = publish(
            Publication(folder, name, label=label),
            config,
            ModelServerCanary(SERVER),
            print_progress,
        )
        labels, newest = labels_of(config, name), max(config.folder.versions(name))
    print_published(published, name)
    say_of_default(name, labels, newest)

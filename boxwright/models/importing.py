"""The command `boxwright models import`: a detector exported elsewhere, as a version."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from boxwright.models.facts_options import facts_line, facts_options
from boxwright.models.folder import (
    config_of,
    plain_errors,
    say_of_default,
)
from boxwright.models.publication import (
    card_options,
    print_progress,
    print_published,
    version_options,
)
from boxwright.own_packages import MODEL_SERVER
from export.errors import ExportError
from export.images import images_in
from export.importing.errors import NotImportable
from export.importing.importing import ImportRequest, import_saved_model
from model_repository.canary.serving_check import ModelServerCanary
from model_repository.card import ModelCard
from model_repository.publishing.models_folder import STAGED_VERSION
from model_repository.publishing.publish import Publication, publish
from model_repository.publishing.version_labels import labels_of
from server.embedded.engines.registry import AUTO, ENGINE_CHOICES, ENGINES
from serving_protocol.model_facts import ModelFacts

KERAS_SUFFIX = ".keras"


@click.command(name="import")
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@version_options
@click.option(
    "--label-map", "label_map_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="File with the class names.  [label_map.pbtxt in SOURCE or beside it]",
)  # fmt: skip
@click.option(
    "--images", "--pictures", "images_dir",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of images to test the model with; one becomes its canary.  [drawn hands]",
)  # fmt: skip
@click.option(
    "--engine", type=click.Choice(ENGINE_CHOICES), default=AUTO,
    show_default=True,
    help="Engine that must serve it; auto: all installed ones that can, with equal results.",
)  # fmt: skip
@click.option(
    "--size", "size_hw", type=click.IntRange(32, 4096), nargs=2, metavar="HEIGHT WIDTH",
    help="Input size of a .keras file.  [the file's own]",
)  # fmt: skip
@facts_options
@card_options
def import_model(
    source: Path,
    name: str,
    label_map_file: Path | None,
    images_dir: Path | None,
    version: int | None,
    label: str | None,
    engine: str,
    size_hw: tuple[int, int] | None,
    facts: ModelFacts,
    title: str,
    notes: tuple[str, ...],
    models_dir: Path,
    served_from: str | None,
) -> None:
    """Import SOURCE, a detector that was exported elsewhere, as a version to serve.

    SOURCE is the folder of a SavedModel of the Object Detection API or TF Model Garden, whose graph
    stays unchanged, or a .keras file of KerasHub's RetinaNet or D-FINE, which is exported like a
    run. Label map, model card, warm-up requests and a canary are added.

    Example: boxwright models import export/ --name cells --label-map cells.pbtxt --images photos/
    """
    with plain_errors(), _plain_refusals(), tempfile.TemporaryDirectory() as scratch:
        config = config_of(models_dir, served_from)
        # Refuse a bad name before the model is loaded.
        config.folder.model_dir(name)
        folder = Path(scratch) / STAGED_VERSION
        folder.mkdir()
        images = images_in(images_dir) if images_dir is not None else None
        wanted = ImportRequest(source, label_map_file, images, title, notes, facts)
        card = _imported(wanted, engine, size_hw, folder)
        published = publish(
            Publication(folder, name, version, label),
            config,
            ModelServerCanary([*MODEL_SERVER, f"--engine={engine}"]),
            print_progress,
        )
        labels = labels_of(config, name)
        newest = max(config.folder.versions(name))
    _tell(card)
    print_published(published, name)
    say_of_default(name, labels, newest)


def _imported(
    wanted: ImportRequest, engine: str, size_hw: tuple[int, int] | None, folder: Path
) -> ModelCard:
    if wanted.source.is_dir():
        if size_hw is not None:
            raise click.UsageError(
                "--size applies to .keras files only: a SavedModel resizes images itself"
            )
        return import_saved_model(wanted, _engines(engine), folder, print_progress)
    if wanted.facts.known:
        raise click.UsageError(
            "--box-unit, --box-order, --first-class, --input-size and --image-form apply to "
            "SavedModels only: a .keras file is exported with normalized boxes"
        )
    if wanted.source.suffix != KERAS_SUFFIX:
        raise NotImportable(
            f"{wanted.source} is neither a SavedModel's folder nor a {KERAS_SUFFIX} file"
        )
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        from export.importing.keras_importing import import_keras_file
    except ModuleNotFoundError as error:
        raise NotImportable(
            f"a .keras file needs the package {error.name!r}: pip install -r "
            "requirements/train.txt, or 'boxwright[train]'"
        ) from error
    openvino = ModelServerCanary([*MODEL_SERVER, "--engine=openvino"])
    return import_keras_file(wanted, size_hw, openvino, folder, print_progress)


def _engines(engine: str) -> dict[str, ModelServerCanary]:
    """TensorFlow first if installed: its results are the ones that the exporter meant."""
    installed = [row.name for row in reversed(ENGINES) if row.is_installed]
    names = installed if engine == AUTO else [engine]
    return {each: ModelServerCanary([*MODEL_SERVER, f"--engine={each}"]) for each in names}


def _tell(card: ModelCard) -> None:
    click.echo(card.title)
    if card.preprocessing is None:
        click.echo(facts_line(card.model_facts))
    for engine, why in card.parity.get("cannot_serve", {}).items():
        click.echo(f"{engine} cannot serve it: {why}", err=True)
    for note in card.notes:
        click.echo(note, err=True)


@contextmanager
def _plain_refusals() -> Iterator[None]:
    try:
        yield
    except ExportError as error:
        raise click.ClickException(str(error)) from error

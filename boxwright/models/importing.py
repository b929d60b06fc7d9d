"""`boxwright models import`."""

import importlib.util
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from boxwright.models.facts_options import facts_line, facts_options
from boxwright.models.folder import (
    config_of,
    models_option,
    plain_errors,
    say_of_default,
    served_from_option,
)
from export.errors import ExportError
from export.images import images_in
from export.importing.errors import NotImportable
from export.importing.importing import Import, import_saved_model
from model_repository.canary.serving_check import ModelServerCanary
from model_repository.card import ModelCard
from model_repository.publishing.models_folder import STAGED_VERSION
from model_repository.publishing.publish import Publication, publish
from model_repository.publishing.version_labels import labels_of
from serving_protocol.model_facts import ModelFacts

KERAS_SUFFIX = ".keras"
SERVER = (sys.executable, "-m", "server.embedded")


@click.command(name="import")
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@click.option("--name", required=True, help="The model's; its versions are in a folder of it.")
@click.option(
    "--label-map", "label_map_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="What its classes are called.  [label_map.pbtxt in SOURCE or beside it]",
)  # fmt: skip
@click.option(
    "--images", "--pictures", "images_dir",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="What the model finds in one of them becomes its canary.  [drawn hands]",
)  # fmt: skip
@click.option("--version", type=click.IntRange(1), help="Its number.  [one above every other]")
@click.option("--label", help="Points this label at it, such as stable or canary.")
@click.option(
    "--engine", type=click.Choice(["auto", "openvino", "tensorflow"]), default="auto",
    show_default=True,
    help="Which must load it and answer; auto: those that are installed and can, alike.",
)  # fmt: skip
@click.option(
    "--size", "size_hw", type=click.IntRange(32, 4096), nargs=2, metavar="HEIGHT WIDTH",
    help="Of a Keras file's images.  [as it says itself]",
)  # fmt: skip
@facts_options
@click.option("--title", default="", help="What it is, in a line, for the model card.")
@click.option("--note", "notes", multiple=True, help="For the model card: attribution, limits.")
@models_option
@served_from_option
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
    """Make the detector SOURCE, which was exported elsewhere, a version that servers load.

    SOURCE is the folder of a SavedModel of the Object Detection API or of TF Model Garden, whose
    graph stays as it is; or a .keras file of KerasHub's RetinaNet or D-FINE, which is exported as
    boxwright export does. Label map, model card, warm-up requests and a canary are put beside it.
    """
    with plain_errors(), _plain_refusals(), tempfile.TemporaryDirectory() as scratch:
        config = config_of(models_dir, served_from)
        # A name that cannot be is found out before the model is asked anything.
        config.folder.model_dir(name)
        folder = Path(scratch) / STAGED_VERSION
        folder.mkdir()
        images = images_in(images_dir) if images_dir is not None else None
        wanted = Import(source, label_map_file, images, title, notes, facts)
        card = _imported(wanted, engine, size_hw, folder)
        published = publish(
            Publication(folder, name, version, label),
            config,
            ModelServerCanary([*SERVER, f"--engine={engine}"]),
            _say,
        )
        labels = labels_of(config, name)
        newest = max(config.folder.versions(name))
    _tell(card)
    click.echo(f"{published.path}: {published.canary}")
    if published.move is not None:
        click.echo(f"{name}: {published.move}")
    say_of_default(name, labels, newest)


def _imported(
    wanted: Import, engine: str, size_hw: tuple[int, int] | None, folder: Path
) -> ModelCard:
    if wanted.source.is_dir():
        if size_hw is not None:
            raise click.UsageError("--size is about Keras files: a SavedModel resizes by itself")
        return import_saved_model(wanted, _engines(engine), folder, _say)
    if wanted.facts.known:
        raise click.UsageError(
            "--box-unit and its like are about SavedModels: a Keras file's detector is exported "
            "with normalized boxes"
        )
    if wanted.source.suffix != KERAS_SUFFIX:
        raise NotImportable(
            f"{wanted.source} is neither the folder of a SavedModel nor a {KERAS_SUFFIX} file"
        )
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        from export.importing.keras_importing import import_keras_file
    except ModuleNotFoundError as error:
        raise NotImportable(
            f"Keras files need the package {error.name!r}: pip install -r requirements/train.txt, "
            "or 'boxwright[train]'"
        ) from error
    openvino = ModelServerCanary([*SERVER, "--engine=openvino"])
    return import_keras_file(wanted, size_hw, openvino, folder, _say)


def _engines(engine: str) -> dict[str, ModelServerCanary]:
    """TensorFlow first where it is: it computes what the exporter meant."""
    installed = [each for each in ("tensorflow", "openvino") if importlib.util.find_spec(each)]
    names = installed if engine == "auto" else [engine]
    return {each: ModelServerCanary([*SERVER, f"--engine={each}"]) for each in names}


def _tell(card: ModelCard) -> None:
    click.echo(card.title)
    if card.preprocessing is None:
        click.echo(facts_line(card.model_facts))
    for engine, why in card.parity.get("cannot_serve", {}).items():
        click.echo(f"{engine} cannot serve it: {why}", err=True)
    for note in card.notes:
        click.echo(note, err=True)


def _say(what: str) -> None:
    click.echo(f"{what} ...", err=True)


@contextmanager
def _plain_refusals() -> Iterator[None]:
    try:
        yield
    except ExportError as error:
        raise click.ClickException(str(error)) from error

"""A SavedModel becomes a version: whole or not at all, and never over another."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from detection.label_map import LabelMapError
from detection.label_map_text import LABEL_MAP_NAME, parse_label_map
from model_repository.canary.serving_check import Canary
from model_repository.errors import NotASavedModel, PublishingError, VersionExists
from model_repository.model_folder import SAVED_MODEL_NAME, version_dirs
from model_repository.publishing.fsync import copy_synced, sync_folder, write_synced
from model_repository.publishing.journal import PUBLISHED, Event, append_event
from model_repository.publishing.models_config_writer import ModelsConfigWriter
from model_repository.publishing.models_folder import STAGED_VERSION, ModelsFolder
from model_repository.publishing.version_labels import Move, check_label, set_label_unlocked


@dataclass(frozen=True)
class Published:
    """A version that is there now.

    Attributes:
        version: its number.
        path: its folder.
        canary: what it answered before.
        move: of the label that was asked for, if one was.
    """

    version: int
    path: Path
    canary: str
    move: Move | None = None


@dataclass(frozen=True)
class Publication:
    """What is to be published, and as what.

    Args:
        source: a folder with `saved_model.pb` in it.
        name: of the model.
        version: its number; None for the next.
        label: points at it afterwards; None for none.
        label_map: a file that becomes the version's `label_map.pbtxt`; None for the source's own.
    """

    source: Path
    name: str
    version: int | None = None
    label: str | None = None
    label_map: Path | None = None


def publish(
    publication: Publication,
    config: ModelsConfigWriter,
    canary: Canary,
    say: Callable[[str], None] = lambda _: None,
) -> Published:
    """Copy, sync, canary, and rename into place.

    Nobody is locked out while a version is copied and canaried; the number is taken with the
    rename, so that of two publishers each gets one.

    Args:
        publication: what and as what.
        config: of the folder that gets the version; where there is one that does not list the
            model, it is added.
        canary: loads the copy and asks it once.
        say: told what is being done.

    Raises:
        PublishingError: it is no SavedModel, the canary failed, the number is taken, ...
        OSError: something cannot be read or written.
    """
    name, folder, label_map = publication.name, config.folder, _checked(publication)
    with folder.staging(name) as staging:
        staged = staging / STAGED_VERSION
        say(f"copying {publication.source}")
        copy_synced(publication.source, staged)
        if label_map is not None:
            (staged / LABEL_MAP_NAME).unlink(missing_ok=True)
            write_synced(staged / LABEL_MAP_NAME, label_map)
            sync_folder(staged)
        say("testing the copy")
        report = canary(staged)
        with folder.lock():
            version = _number(publication, folder)
            path = folder.model_dir(name) / str(version)
            # Broken, it stops the publication while nothing is visible yet.
            content = config.read()
            staged.rename(path)
            sync_folder(path.parent)
            append_event(path.parent, Event(PUBLISHED, version))
            if config.exists:
                config.listed(content, name)
                config.write(content)
            move = None
            if publication.label is not None:
                move = set_label_unlocked(config, name, publication.label, version)
    return Published(version, path, report, move)


def _checked(publication: Publication) -> bytes | None:
    """The label map that was given, once everything is found to be what it must be."""
    source = publication.source
    if not (source / SAVED_MODEL_NAME).is_file():
        versions = version_dirs(source) if source.is_dir() else {}
        hint = f"; its version is {next(iter(versions.values()))}" if versions else ""
        raise NotASavedModel(f"{source} holds no {SAVED_MODEL_NAME}{hint}")
    if (source / SAVED_MODEL_NAME).stat().st_size == 0:
        raise NotASavedModel(f"{source / SAVED_MODEL_NAME} is empty")
    if publication.version is not None and not 0 < publication.version < 2**63:
        raise PublishingError(f"a version is a number from 1, not {publication.version}")
    if publication.label is not None:
        check_label(publication.label)
    path = publication.label_map or source / LABEL_MAP_NAME
    if publication.label_map is None and not path.exists():
        return None
    data = path.read_bytes()
    try:
        parse_label_map(data)
    except LabelMapError as error:
        raise NotASavedModel(f"{path}: {error}") from error
    return data


def _number(publication: Publication, folder: ModelsFolder) -> int:
    if publication.version is None:
        return folder.next_version(publication.name)
    there = version_dirs(folder.model_dir(publication.name))
    if publication.version in there:
        raise VersionExists(
            f"{there[publication.version]} is there, and versions are never written over; the next "
            f"is {folder.next_version(publication.name)}"
        )
    return publication.version

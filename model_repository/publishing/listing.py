"""What is in the folder: versions with labels, sizes, dates and metrics."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from model_repository.card import MODEL_CARD_NAME
from model_repository.diagnosis.versions import why_failed
from model_repository.errors import UnknownModel
from model_repository.model_folder import SAVED_MODEL_NAME
from model_repository.models_config import STABLE
from model_repository.publishing.fsync import size_bytes
from model_repository.publishing.journal import PUBLISHED, read_journal
from model_repository.publishing.models_config_writer import ModelsConfigWriter
from model_repository.publishing.version_labels import labels_of


@dataclass(frozen=True)
class ListedVersion:
    """One version.

    Attributes:
        name: of the model.
        version: its number.
        labels: that point at it.
        is_default: whether a request gets it that names neither a version nor a label: it is
            `stable`, or the newest where no version is, of those that nothing shows to be broken.
        size_bytes: of its files.
        published_at: ISO 8601 in UTC; of a version copied by hand, when its files were written.
        metrics: by name, from its model card; empty where it has none.
    """

    name: str
    version: int
    labels: tuple[str, ...]
    is_default: bool
    size_bytes: int
    published_at: str
    metrics: Mapping[str, float] = field(default_factory=dict)


def list_versions(config: ModelsConfigWriter, name: str | None = None) -> list[ListedVersion]:
    """The versions of a model, or of all of them, highest first.

    Others may publish and remove meanwhile: what goes while it is looked at is not listed.

    Raises:
        UnknownModel: there is no model `name`.
        PublishingError: `models.config` is broken.
        OSError: the folder cannot be read.
    """
    if name is not None:
        return _versions(config, name)
    found: list[ListedVersion] = []
    for each in config.folder.names():
        with suppress(UnknownModel):
            found += _versions(config, each)
    return found


def _versions(config: ModelsConfigWriter, name: str) -> list[ListedVersion]:
    folder = config.folder
    versions = folder.versions(name)
    labels = labels_of(config, name)
    default = _default(versions, labels.get(STABLE))
    events = read_journal(folder.model_dir(name))
    published = {each.version: each.at for each in events if each.what == PUBLISHED}
    listed = []
    for version, path in versions.items():
        try:
            size, written_at = size_bytes(path), _written_at(path)
        except FileNotFoundError:
            continue
        named = tuple(label for label, labelled in labels.items() if labelled == version)
        published_at = published.get(version) or written_at
        metrics = _metrics(path / MODEL_CARD_NAME)
        listed.append(
            ListedVersion(name, version, named, version == default, size, published_at, metrics)
        )
    return listed


def _default(versions: Mapping[int, Path], stable: int | None) -> int | None:
    """What answers requests that name no version: servers pass over what they cannot load."""
    in_turn = [] if stable is None or stable not in versions else [stable]
    in_turn += versions
    return next((each for each in in_turn if why_failed(versions[each]) is None), None)


def _written_at(version_dir: Path) -> str:
    model = version_dir / SAVED_MODEL_NAME
    time_s = (model if model.exists() else version_dir).stat().st_mtime
    return datetime.fromtimestamp(time_s, UTC).isoformat(timespec="seconds")


def _metrics(path: Path) -> dict[str, float]:
    """The numbers under `metrics` of a model card, those of a group as `group name`."""
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
        found = card["metrics"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
    return dict(_numbers(found, ""))


def _numbers(value: object, name: str) -> list[tuple[str, float]]:
    if isinstance(value, Mapping):
        inner = [_numbers(each, f"{name} {key}".strip()) for key, each in value.items()]
        return [number for numbers in inner for number in numbers]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return [(name, float(value))]
    return []

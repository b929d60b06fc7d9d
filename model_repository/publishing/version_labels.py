"""`stable`, `canary` and other names for versions: pointed at one, pointed back, taken away."""

import re
from dataclasses import dataclass

from model_repository.errors import NothingToRollBackTo, PublishingError, UnknownVersion
from model_repository.models_config import STABLE, labels_in
from model_repository.publishing.journal import (
    LABELLED,
    ROLLED_BACK,
    Event,
    append_event,
    read_journal,
    versions_before,
)
from model_repository.publishing.models_config_writer import ModelsConfigWriter, serve_version

_LABEL = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)


@dataclass(frozen=True)
class Move:
    """A label that points elsewhere now.

    Attributes:
        label: which.
        before: the version that it pointed at; None where it pointed at none.
        after: the version that it points at.
    """

    label: str
    before: int | None
    after: int

    def __str__(self) -> str:
        if self.before is None:
            return f"{self.label} points at {self.after}"
        return f"{self.label} points at {self.after}, no longer at {self.before}"


def check_label(label: str) -> None:
    """Let pass what can be a label.

    Raises:
        PublishingError: it could not be told from a number, or not be part of a URL.
    """
    if not _LABEL.fullmatch(label):
        raise PublishingError(
            "a label is a letter or _, then letters, digits and any of _ . -, such as stable; "
            f"not {label!r}"
        )


def labels_of(config: ModelsConfigWriter, name: str) -> dict[str, int]:
    """The labels of a model's versions, sorted.

    Raises:
        PublishingError: `models.config` is broken.
    """
    return labels_in(config.read(), name)


def set_label(config: ModelsConfigWriter, name: str, label: str, version: int) -> Move:
    """Point a label at a version.

    Raises:
        PublishingError: no label, no such model or version, or a broken `models.config`.
    """
    check_label(label)
    with config.folder.lock():
        return set_label_unlocked(config, name, label, version)


def set_label_unlocked(
    config: ModelsConfigWriter, name: str, label: str, version: int, what: str = LABELLED
) -> Move:
    """As `set_label`, for a caller that holds the folder's lock.

    Args:
        config: the one of the model's folder.
        name: of the model.
        label: the name to give.
        version: the one to get it.
        what: why, for the journal.
    """
    config.folder.version_dir(name, version)
    others = config.folder.versions(name).keys() - {version}
    content = config.read()
    entry = config.listed(content, name)
    before = labels_in(content, name).get(label)
    entry.version_labels[label] = version
    serve_version(entry, version)
    if before != version:
        newest = max(others, default=None) if before is None and label == STABLE else None
        event = Event(what, version, label, before, newest)
        append_event(config.folder.model_dir(name), event)
    config.write(content)
    return Move(label, before, version)


def remove_label(config: ModelsConfigWriter, name: str, label: str) -> int:
    """Take a label away; the version that had it.

    Raises:
        UnknownVersion: nothing has it.
    """
    with config.folder.lock():
        content = config.read()
        labels = labels_in(content, name)
        if label not in labels:
            there = ", ".join(labels) or "none"
            raise UnknownVersion(f"no version of {name} has the label {label!r}; there is {there}")
        del config.listed(content, name).version_labels[label]
        append_event(config.folder.model_dir(name), Event(LABELLED, 0, label, labels[label]))
        config.write(content)
        return labels[label]


def rollback(config: ModelsConfigWriter, name: str, label: str = STABLE) -> Move:
    """Point a label at the version that had it before; again, at the one before that.

    Where nothing is known of versions that were `stable` before, it is pointed at the next lower
    one; and where none is, the newest has been served in its place.

    Raises:
        NothingToRollBackTo: there was no other version, or none of them is there any more.
        PublishingError: no such model, or a broken `models.config`.
    """
    check_label(label)
    folder = config.folder
    with folder.lock():
        versions = folder.versions(name)
        current = labels_in(config.read(), name).get(label)
        had_it = versions_before(read_journal(folder.model_dir(name)), label, current)
        if not had_it and label == STABLE:
            had_it = [each for each in versions if each < (current or max(versions))]
        there = [each for each in had_it if each in versions and each != current]
        if not there:
            gone = ", ".join(map(str, had_it))
            raise NothingToRollBackTo(
                f"label {label} of {name} "
                + (f"points at {current}" if current is not None else "points at no version")
                + (f", and version {gone} is gone" if gone else ", and did at no other before")
                + f"; `boxwright models label {name} {label} VERSION` points it anywhere"
            )
        return set_label_unlocked(config, name, label, there[0], ROLLED_BACK)

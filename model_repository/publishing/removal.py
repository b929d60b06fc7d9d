"""Removes a version: renamed out of sight in one step, then deleted file by file."""

from model_repository.errors import StillNeeded
from model_repository.publishing.journal import LABELLED, REMOVED, Event, append_event
from model_repository.publishing.models_config_writer import ModelsConfigWriter
from model_repository.publishing.models_folder import STAGED_VERSION
from model_repository.publishing.version_labels import labels_of


def remove_version(
    config: ModelsConfigWriter, name: str, version: int, *, force: bool = False
) -> None:
    """Remove a version.

    Args:
        config: of the model's folder; the version's labels go from it, and with the last version
            the model: one whose folder has none keeps TensorFlow Serving from starting.
        name: of the model.
        version: its number.
        force: although it has a label, or is the only one.

    Raises:
        UnknownVersion: it is not there.
        StillNeeded: it has a label or is the only one, and `force` is not set.
    """
    folder = config.folder
    folder.version_dir(name, version)
    with folder.staging(name) as staging, folder.lock():
        path = folder.version_dir(name, version)
        labels = [each for each, at in labels_of(config, name).items() if at == version]
        is_only = len(folder.versions(name)) == 1
        if not force and (labels or is_only):
            why = f"has the label {', '.join(labels)}" if labels else "is the only one"
            raise StillNeeded(f"version {version} of {name} {why}; --force removes it all the same")
        model_dir = folder.model_dir(name)
        append_event(model_dir, Event(REMOVED, version))
        if config.exists and (labels or is_only):
            content = config.read()
            entry = config.listed(content, name)
            for label in labels:
                append_event(model_dir, Event(LABELLED, 0, label, version))
                del entry.version_labels[label]
            if is_only:
                content.model_config_list.config.remove(entry)
            config.write(content)
        path.rename(staging / STAGED_VERSION)

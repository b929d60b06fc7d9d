"""What an operator says of a model's answers: `model_facts.json` of a version, or of all."""

from pathlib import Path

from model_repository.errors import PublishingError, UnknownVersion
from model_repository.model_folder import version_dirs
from model_repository.publishing.fsync import replace_text
from serving_protocol.model_facts import (
    MODEL_FACTS_NAME,
    BadModelFacts,
    ModelFacts,
    facts_in,
    format_model_facts,
)


def read_declared_facts(model_dir: Path, version: int | None) -> ModelFacts:
    """What is said of a version, or of all where `version` is None.

    Raises:
        UnknownVersion: there is none.
        PublishingError: the file is broken.
        OSError: it cannot be read.
    """
    folder = _folder(model_dir, version)
    try:
        return facts_in(folder)
    except BadModelFacts as error:
        raise PublishingError(
            f"{folder / MODEL_FACTS_NAME}: {error}; boxwright models set --clear removes the file"
        ) from error


def write_declared_facts(
    model_dir: Path, version: int | None, before: ModelFacts, facts: ModelFacts
) -> ModelFacts:
    """Write `facts`, and of `before` what they say nothing of; the file goes when nothing is said.

    Raises:
        UnknownVersion: there is no such version.
        OSError: it cannot be written.
    """
    folder = _folder(model_dir, version)
    path, said = folder / MODEL_FACTS_NAME, facts.over(before)
    if not said.known:
        path.unlink(missing_ok=True)
        return said
    replace_text(path, format_model_facts(said))
    return said


def _folder(model_dir: Path, version: int | None) -> Path:
    versions = version_dirs(model_dir) if model_dir.is_dir() else {}
    if not versions:
        raise UnknownVersion(f"there is no model in {model_dir}")
    if version is None:
        return model_dir
    if version not in versions:
        shown = ", ".join(map(str, versions))
        raise UnknownVersion(f"there is no version {version} in {model_dir}; there is {shown}")
    return versions[version]

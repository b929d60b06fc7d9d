"""What the tests of publishing do again and again."""

from pathlib import Path

from model_repository.canary.serving_check import Canary
from model_repository.publishing.models_config_writer import ModelsConfigWriter
from model_repository.publishing.publish import Publication, Published, publish

# What begins like a SavedModel: the version of its schema.
BY_HAND = b"\x08\x01by hand"


def content(version_dir: Path) -> str:
    """A canary that takes everything."""
    return "content"


def publish_some(
    config: ModelsConfigWriter, source: Path, count: int = 1, *, name: str = "hands"
) -> list[int]:
    """Publish a SavedModel so often; the versions."""
    return [publish_one(config, source, name=name).version for _ in range(count)]


def publish_one(
    config: ModelsConfigWriter,
    source: Path,
    *,
    name: str = "hands",
    version: int | None = None,
    label: str | None = None,
    canary: Canary = content,
) -> Published:
    """Publish a SavedModel."""
    return publish(Publication(source, name, version, label), config, canary)


def make_by_hand(config: ModelsConfigWriter, name: str, *versions: int | str) -> None:
    """Versions as somebody copied them, without a word to anybody."""
    for version in versions:
        folder = config.folder.path / name / str(version)
        folder.mkdir(parents=True)
        (folder / "saved_model.pb").write_bytes(BY_HAND)

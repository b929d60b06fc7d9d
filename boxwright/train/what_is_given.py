"""Whether `boxwright train` was given annotated images or a config."""

from pathlib import Path

import click
import yaml

RUN_CONFIG, RUN_EXPERIMENT = "config.yaml", "experiment.yaml"
CONFIG_SUFFIXES = (".json", ".yaml", ".yml")
_OF_DATA = {".csv", ".tsv", ".xml", ".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".record",
            ".tfrecord", ".tfrecords", ".jsonl", ".ndjson", ".txt"}  # fmt: skip
# Of a config, one of these is always there; of annotations none is a key at the top.
_OF_CONFIG = frozenset({"model", "data", "optimization"})
_LARGEST_CONFIG = 1_000_000


def is_photos(path: Path) -> bool:
    """Whether a folder or file holds annotations.

    Raises:
        click.UsageError: it is the folder of a run.

    Example:
        >>> is_photos(Path("photos.zip"))
        True
    """
    if path.is_dir():
        if (path / RUN_EXPERIMENT).is_file():
            own = path / RUN_CONFIG
            config = own if own.is_file() else path / RUN_EXPERIMENT
            raise click.UsageError(
                f"{path} is the folder of a run: `boxwright train {config} --resume` goes on with "
                f"it, `boxwright evaluate {path}` measures it"
            )
        return True
    suffix = path.suffix.lower()
    if suffix in _OF_DATA:
        return True
    return suffix in CONFIG_SUFFIXES and _has_annotations(path)


def _has_annotations(path: Path) -> bool:
    """Of JSON: COCO's keys or a large file; of YAML: YOLO's description of a data set."""
    try:
        if path.stat().st_size > _LARGEST_CONFIG:
            return True
        content = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        # Whoever reads it as a config says what is wrong with it.
        return False
    if not isinstance(content, dict) or _OF_CONFIG & set(content):
        return isinstance(content, list)
    return path.suffix.lower() == ".json" or "names" in content or "nc" in content

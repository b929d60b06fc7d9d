"""`train_input_reader { ... }` and `eval_input_reader { ... }`: TFRecords and the label map."""

import re
from collections.abc import Sequence
from pathlib import Path

from training.configuration.errors import ConfigurationError
from training.configuration.pipeline_config.optimization import PLACEHOLDER
from training.configuration.pipeline_config.tree import Branch, Outcome
from training.datasets.defects import DatasetError
from training.datasets.formats.label_map_file import read_label_map

_OF_READING = ("shuffle", "num_readers", "num_epochs", "prefetch_size", "queue_capacity",
               "min_after_dequeue", "shuffle_buffer_size", "sample_1_of_n_examples",
               "read_block_length", "num_parallel_batches")  # fmt: skip
_SHARDS = re.compile(r"@(\d+)$")


def read_inputs(pipeline: Branch) -> None:
    """Set the sources, and the label map of the first reader that names one.

    Raises:
        ConfigurationError: there is no train_input_reader with an input_path.
    """
    readers = [each for name in ("train_input_reader", "train_input_config")
               for each in pipeline.all(name)]  # fmt: skip
    trained = _sources(readers, "train")
    if not trained:
        raise ConfigurationError(
            f"{pipeline.where}: no train_input_reader with a tf_record_input_reader and its "
            "input_path"
        )
    validating = [each for name in ("eval_input_reader", "eval_input_config")
                  for each in pipeline.all(name)]  # fmt: skip
    _sources(validating, "validation")
    for reader in (*readers, *validating):
        _read_label_map(reader)
        for name in _OF_READING:
            for each in reader.all(name):
                each.note(Outcome.LEFT_OUT, "images are read in an order of the seed's")
        masks = reader.find("load_instance_masks")
        if masks is not None:
            masks.note(Outcome.MAPS, "masks are read where the records and the model have them")
    for each in pipeline.all("graph_rewriter"):
        each.note(Outcome.LEFT_OUT, "boxwright export --quantize int8, after the training")
    evaluation = pipeline.find("eval_config")
    if evaluation is not None:
        _read_evaluation(evaluation)


def _sources(readers: Sequence[Branch], section: str) -> list[dict[str, str]]:
    paths = [
        each
        for reader in readers
        for inputs in reader.all("tf_record_input_reader")
        for each in inputs.all("input_path")
    ]
    sources = [
        {"path": file, "format": "tfrecord"} for each in paths for file in files_of(each.text())
    ]
    for each in paths:
        each.also(("data", section), sources)
        each.note(Outcome.MAPS, f"data.{section}: {_found(each.text())}")
    return sources


def read_class_count(model: Branch, label_map: str | None) -> None:
    """Tell whether the label map has as many classes as the model; it alone says them here."""
    for architecture in model.children():
        for each in architecture.all("num_classes"):
            count = _classes_in(label_map)
            if count is None or count == each.field.value:
                each.note(Outcome.MAPS, "the number of classes in data.label_map")
            else:
                each.note(
                    Outcome.DIFFERS, f"data.label_map has {count} classes, and all are trained"
                )


def _classes_in(label_map: str | None) -> int | None:
    try:
        return len(read_label_map(Path(label_map))) if label_map else None
    except DatasetError:
        # The training says what is wrong with it, if it is there by then.
        return None


def _found(pattern: str) -> str:
    """The files of a pattern, and where there is none what is to be done."""
    if pattern.startswith(PLACEHOLDER):
        return f"{pattern}, a placeholder: put the files' path there"
    files = files_of(pattern)
    missing = "" if all(Path(file).exists() for file in files) else " (not there)"
    return f"{', '.join(files)}{missing}"


def files_of(pattern: str) -> list[str]:
    """The files of a pattern, in order; the pattern where there are none.

    Example:
        >>> files_of("train.record")
        ['train.record']
    """
    shards = _SHARDS.search(pattern)
    if shards:
        pattern = f"{pattern[: shards.start()]}-?????-of-{int(shards.group(1)):05d}"
    if not re.search(r"[*?\[]", pattern):
        return [pattern]
    path = Path(pattern)
    return sorted(map(str, path.parent.glob(path.name))) or [pattern]


def _read_label_map(reader: Branch) -> None:
    found = reader.find("label_map_path")
    if found is not None:
        found.also(("data", "label_map"), found.text())
        found.note(Outcome.MAPS, f"data.label_map: {_found(found.text())}")


def _read_evaluation(evaluation: Branch) -> None:
    metrics = evaluation.find("metrics_set")
    if metrics is not None:
        coco = "coco" in metrics.text()
        metrics.note(Outcome.MAPS if coco else Outcome.DIFFERS, "COCO's twelve numbers")
    shown = evaluation.find("num_visualizations")
    if shown is not None:
        shown.maps(("validation", "images"), int(shown.number()))
    evaluation.note(Outcome.LEFT_OUT, "all validation images are measured, as `validation` says")

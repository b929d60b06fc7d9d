"""Import a detector of KerasHub from a .keras file: a folder that is ready to publish."""

from collections.abc import Callable
from pathlib import Path

from export.exporting import Exported, export
from export.importing.importing import ImportRequest
from export.importing.keras_files import SizeHw, read_keras_detector
from export.importing.label_maps import check_counts, find_label_map
from export.importing.sample_images import drawn_images
from model_repository.canary.serving_check import ModelServerCanary
from model_repository.card import ModelCard


def import_keras_file(
    wanted: ImportRequest,
    size_hw: SizeHw | None,
    openvino: ModelServerCanary,
    folder: Path,
    say: Callable[[str], None] = lambda _: None,
) -> ModelCard:
    """Export a KerasHub detector like one of ours: frozen, with all signatures, and compared.

    Args:
        wanted: the model; its source is a `.keras` file.
        size_hw: input size; None for the file's.
        openvino: serves it with OpenVINO.
        folder: empty; named by a number and alone in its folder.
        say: told what is being done.

    Returns:
        Its model card.

    Raises:
        ExportError: the file holds no detector, no label map fits it, the exported model detects
            something else, ...
        PublishingError: OpenVINO cannot serve it.
        OSError: something cannot be read or written.
    """
    say(f"reading {wanted.source}")
    model = read_keras_detector(wanted.source, size_hw)
    count = model.detector.class_count
    label_map = find_label_map(wanted.source, wanted.label_map_file, count)
    check_counts(label_map, count)
    exported = Exported(
        model.detector,
        label_map,
        None,
        title=wanted.title,
        notes=(*wanted.notes, *model.notes),
        model_name=model.name,
    )
    return export(exported, wanted.images or drawn_images(), folder, openvino, say)

"""Import a SavedModel that was exported elsewhere: a folder that is ready to publish."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from detection.images import DecodedImage
from detection.label_map import LabelMap, quoted
from detection.label_map_text import LABEL_MAP_NAME, format_label_map
from export.importing.box_probing import Probed
from export.importing.engine_answers import InferFacts, ask_engines
from export.importing.foreign_model import ForeignModel, read_foreign_model
from export.importing.inferred_facts import infer_facts
from export.importing.label_maps import (
    check_covers,
    check_names_what_is_found,
    find_label_map,
)
from export.importing.sample_images import drawn_images, small_images
from export.serving_compatibility.operations import SERVING_VERSION
from export.signatures import described_signatures
from export.software import installed_versions
from export.warmup import write_warmup
from model_repository.canary.known_image import KnownImage
from model_repository.canary.serving_check import MODEL, ModelServerCanary
from model_repository.card import MODEL_CARD_NAME, ModelCard
from model_repository.model_folder import WARMUP_FILE
from serving_protocol.answer_rows import AnswerRows
from serving_protocol.detector_request import image_batches
from serving_protocol.detector_signature import DetectorSignature
from serving_protocol.image_input import ImageForm
from serving_protocol.model_facts import ModelFacts
from serving_protocol.tensors import Array, decode_tensor


@dataclass(frozen=True)
class ImportRequest:
    """The model to import, and what the command line says of it.

    Args:
        source: a folder with `saved_model.pb` in it.
        label_map_file: the class names; None to search for a label map beside the model.
        images: test images by name; None to draw some.
        title: one-line description; empty to make one.
        notes: attribution, limits.
        facts: what its answers mean; the rest is inferred.
    """

    source: Path
    label_map_file: Path | None = None
    images: Mapping[str, DecodedImage] | None = None
    title: str = ""
    notes: Sequence[str] = ()
    facts: ModelFacts = field(default_factory=ModelFacts)


def import_saved_model(
    wanted: ImportRequest,
    engines: Mapping[str, ModelServerCanary],
    folder: Path,
    say: Callable[[str], None] = lambda _: None,
) -> ModelCard:
    """Add label map, model card, canary and warm-up requests to an unchanged SavedModel.

    The canary expects what the model answers now, since there is no other reference: it notices a
    changed model or a deviating engine, not a wrong model.

    Args:
        wanted: the model.
        engines: by name; the first that can serve the model is the reference.
        folder: empty; named by a number and alone in its folder. Gets links to the model's files.
        say: told what is being done.

    Returns:
        Its model card.

    Raises:
        ExportError: it is not a detector, no label map fits it, no engine serves it, ...
        OSError: something cannot be read or written.
    """
    model = read_foreign_model(wanted.source)
    label_map = find_label_map(model.folder, wanted.label_map_file, model.class_count)
    nameless = check_covers(label_map, model.class_count)
    if nameless:
        say(f"continuing although the label map has no name for {', '.join(map(str, nameless))}")
    if label_map.shared_names:
        say(f"several ids have the same name: {', '.join(map(quoted, label_map.shared_names))}")
    link_files(model.folder, folder)
    (folder / LABEL_MAP_NAME).unlink(missing_ok=True)
    (folder / LABEL_MAP_NAME).write_text(format_label_map(label_map), encoding="utf-8")
    images = small_images(wanted.images) if wanted.images else drawn_images()
    answers = ask_engines(
        folder, model.detectors, images, engines, _inferring(wanted, label_map), say
    )
    check_names_what_is_found(label_map, answers.found.values())
    best = max(images, key=lambda name: _best_score(answers.found[name].scores))
    KnownImage(images[best].data, answers.found[best]).write(folder)
    if not (folder / WARMUP_FILE).exists():
        form = answers.facts.image_form
        taken = [each if form is None else each.with_form(form) for each in model.detectors]
        write_warmup(_warmup(taken, images[best]), folder)
    card = _card(model, label_map, wanted)
    about = "given images" if wanted.images else "drawn hands"
    canary = (
        "The canary expects what the model itself answered when it was imported "
        f"({answers.engine}, {about}); whether that is right was not checked."
    )
    card = replace(
        card,
        parity=answers.as_json(),
        notes=(*card.notes, canary),
        facts=answers.facts.as_json() | {"sources": answers.facts.sources_as_json()},
    )
    (folder / MODEL_CARD_NAME).write_text(card.as_json(), encoding="utf-8")
    return card


def _inferring(wanted: ImportRequest, label_map: LabelMap) -> InferFacts:
    def infer(
        taken: DetectorSignature,
        rows: Sequence[AnswerRows],
        probed: Probed,
    ) -> ModelFacts:
        return infer_facts(wanted.facts, taken, rows, probed, label_map)

    return infer


def link_files(source: Path, target: Path) -> None:
    """Fill `target` with links to the files of `source`, which may be large.

    Args:
        source: a folder.
        target: an existing folder; gets the same folders, and a link to each file.
    """
    for child in sorted(source.iterdir()):
        if child.is_dir():
            (target / child.name).mkdir()
            link_files(child, target / child.name)
        else:
            (target / child.name).symlink_to(child.resolve())


def _best_score(scores: Array) -> float:
    return float(scores[0]) if len(scores) else 0.0


def _warmup(
    detectors: Sequence[DetectorSignature], image: DecodedImage
) -> dict[str, Mapping[str, Array]]:
    """Warm-up request for each signature that takes images."""
    requests: dict[str, Mapping[str, Array]] = {}
    for detector in detectors:
        [batch] = image_batches(detector, [image], MODEL)
        inputs = batch.request.inputs
        requests[detector.name] = {name: decode_tensor(inputs[name]) for name in inputs}
    return requests


def _card(model: ForeignModel, label_map: LabelMap, wanted: ImportRequest) -> ModelCard:
    classes = sorted(label_map, key=lambda item: item.id)
    names = ", ".join(item.name for item in classes)
    about: dict[str, object] = {"kind": model.kind, "name": model.origin}
    taken = model.detectors[0].image_input
    if taken.form is ImageForm.PIXELS and None not in taken.size_hw:
        about["input_size_hw"] = list(taken.size_hw)
    written_by = {"tensorflow that wrote the graph": model.tensorflow_version}
    return ModelCard(
        title=wanted.title or f"{model.origin} detector of {names}",
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        model=about,
        classes=tuple(
            {"id": item.id, "name": item.name, "display_name": item.display_name or item.name}
            for item in classes
        ),
        signatures=described_signatures(model.signatures),
        preprocessing=None,
        software={
            **(written_by if model.tensorflow_version else {}),
            **installed_versions(),
            "checked for TensorFlow Serving": SERVING_VERSION,
        },
        notes=tuple(wanted.notes),
    )

"""Give a version that was exported before what exports have now: the signature `resized_images`."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from detection.agreement import MOST_SHOWN, disagreements
from detection.images import DecodedImage, read_image
from detection.tolerance import SAME_PIXELS
from export.errors import NotUpgradable, ParityError
from export.graphs.added_signature import add_resized_signature
from export.images import as_file
from export.parity import Ask, ask_saved_model, ask_server, detections_of
from export.serving_compatibility.operations import check_loadable
from export.signatures import described_signatures
from export.warmup import add_warmup
from model_repository.canary.known_image import read_known_image
from model_repository.canary.serving_check import MODEL, ModelServerCanary
from model_repository.card import MODEL_CARD_NAME, ModelCard, Preprocessing, read_model_card
from model_repository.model_folder import SAVED_MODEL_NAME
from serving_protocol.detector_signature import RESIZED_INPUT, RESIZED_SIGNATURE
from serving_protocol.messages import SavedModel
from training.datasets.sources import MAX_PIXELS
from training.input_pipeline.resizing import resized_image

CANARY = "canary"


def upgrade(
    version_dir: Path,
    folder: Path,
    images: Mapping[str, DecodedImage],
    openvino: ModelServerCanary,
    say: Callable[[str], None] = lambda _: None,
) -> ModelCard:
    """Copy a version, with the signature added to its graph, card and warm-up requests.

    No weight changes, and the answers of the other signatures do not. What the new one answers is
    compared with what `serving_default` does, of the version's canary image and of `images`.

    Args:
        version_dir: of an export.
        folder: of the copy; does not exist.
        images: to compare on, by name.
        openvino: serves the copy with OpenVINO.
        say: called with each line of progress.

    Returns:
        The copy's model card.

    Raises:
        NotUpgradable: it is no export, or has the signature.
        ParityError: the signatures answer differently.
        UnservableGraph: the pinned TensorFlow Serving cannot load it.
        PublishingError: OpenVINO cannot serve it.
        OSError: a file cannot be read or written.
    """
    card, was = _card_of(version_dir)
    size_hw = was.input_size_hw
    say(f"adding {RESIZED_SIGNATURE} to {version_dir}")
    shutil.copytree(version_dir, folder)
    file = folder / SAVED_MODEL_NAME
    add_resized_signature(file, size_hw)
    check_loadable(file)
    compared = _canary(version_dir) | dict(images)
    if not compared:
        raise NotUpgradable(f"{version_dir} has no canary image; give a folder of --images")
    first = next(iter(compared.values()))
    add_warmup(RESIZED_SIGNATURE, {RESIZED_INPUT: _pixels(first, size_hw)}, folder)
    card = _upgraded(card, was, file)
    (folder / MODEL_CARD_NAME).write_text(card.as_json(), encoding="utf-8")
    say(f"comparing with {was.encoded_signature} on {len(compared)} images")
    told = {"tensorflow": _difference(ask_saved_model(folder), was, compared)}
    with openvino.serving(folder) as (server, _):
        told["openvino"] = _difference(ask_server(server, MODEL), was, compared)
    added = {
        "compared_with": was.encoded_signature,
        "pictures": len(compared),
        "tolerance_same_pixels": SAME_PIXELS.as_json(),
        "largest_difference_of_scores": told,
    }
    card = replace(card, parity={**card.parity, RESIZED_SIGNATURE: added})
    (folder / MODEL_CARD_NAME).write_text(card.as_json(), encoding="utf-8")
    return card


def _card_of(version_dir: Path) -> tuple[ModelCard, Preprocessing]:
    card = read_model_card(version_dir)
    if card is None or card.preprocessing is None:
        raise NotUpgradable(
            f"{version_dir} has no model card that says how images are resized; `boxwright export` "
            "writes one"
        )
    return card, card.preprocessing


def _upgraded(card: ModelCard, preprocessing: Preprocessing, file: Path) -> ModelCard:
    [meta_graph] = SavedModel.FromString(file.read_bytes()).meta_graphs
    return replace(
        card,
        signatures=described_signatures(meta_graph.signature_def),
        preprocessing=replace(
            preprocessing, resized_signature=RESIZED_SIGNATURE, resized_input=RESIZED_INPUT
        ),
    )


def _canary(version_dir: Path) -> dict[str, DecodedImage]:
    known = read_known_image(version_dir)
    return {} if known is None else {CANARY: read_image(known.file, max_pixels=MAX_PIXELS)}


def _pixels(image: DecodedImage, size_hw: tuple[int, int]) -> Any:
    return np.asarray(resized_image(image.pixels, size_hw))[None]  # (1, height, width, 3)


def _difference(
    ask: Ask, preprocessing: Preprocessing, images: Mapping[str, DecodedImage]
) -> float:
    """The largest difference of scores between the two signatures.

    Raises:
        ParityError: they detect something else.
    """
    largest = 0.0
    for name, image in images.items():
        files = np.empty(1, object)
        files[0] = image.data if image.plain_file else as_file(image.pixels, "PNG")
        by_file = ask(preprocessing.encoded_signature, preprocessing.encoded_input, files)
        pixels = _pixels(image, preprocessing.input_size_hw)
        by_pixels = ask(RESIZED_SIGNATURE, RESIZED_INPUT, pixels)
        [wanted], [found] = detections_of(by_file), detections_of(by_pixels)
        wrong = disagreements(wanted, found, SAME_PIXELS)
        if wrong:
            raise ParityError(
                f"{RESIZED_SIGNATURE} and {preprocessing.encoded_signature} disagree in {name}: "
                + "; ".join(wrong[:MOST_SHOWN])
            )
        count = min(len(wanted), len(found))
        if count:
            apart = np.abs(wanted.scores[:count] - found.scores[:count]).max()
            largest = max(largest, float(apart))
    return round(largest, 6)

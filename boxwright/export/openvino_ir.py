"""`--format openvino` and `--quantize int8`: OpenVINO's IR, for programs that load it directly.

The embedded server does not need it: it converts `saved_model.pb` when it loads a version.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from export.errors import NoImages
from export.quantization.comparison import Comparison, Run, compare
from export.quantization.int8 import MOST_IMAGES, quantized
from export.quantization.sampling import sample_of
from model_repository.card import MODEL_CARD_NAME, read_model_card
from server.embedded.engines.engine import EngineSettings
from server.embedded.engines.openvino_conversion import convert_signature
from server.embedded.engines.openvino_engine import compilation_settings, the_core
from server.embedded.engines.openvino_runtime import import_openvino
from server.embedded.engines.saved_model import read_saved_model
from serving_protocol.tensors import Array
from training.configuration.experiment import Experiment
from training.datasets.annotated import AnnotatedImage
from training.datasets.dataset import Dataset
from training.datasets.workers import Workers
from training.evaluation.kinds import KINDS
from training.loop.images import read_images
from training.models.registry import MODELS

FOLDER, INT8_FOLDER, FILE = "openvino", "openvino_int8", "model.xml"


@dataclass(frozen=True)
class Calibration:
    """Images that a model is quantized and measured with.

    Args:
        sample: training images, for calibration.
        truth: validation images.
        kind: the model's, a key of `KINDS`.
    """

    sample: list[AnnotatedImage]
    truth: Dataset
    kind: str


def read_calibration(experiment: Experiment | None) -> Calibration:
    """Read the calibration and validation images of an experiment.

    Raises:
        DatasetError: a source cannot be read.
        NoImages: there is no experiment, or it names no validation images.
    """
    if experiment is None:
        raise NoImages("--quantize int8 needs training images, but no experiment names them")
    with Workers() as workers:
        images = read_images(experiment, workers)
    if images.validation is None or not len(images.validation):
        raise NoImages(
            "--quantize int8 needs validation images to measure the loss of AP, but the experiment "
            "names none (data.validation)"
        )
    sample = sample_of(images.train, MOST_IMAGES)
    return Calibration(sample, images.validation, MODELS[experiment.model.name].kind)


def write_openvino_ir(version_dir: Path) -> Path:
    """Write `openvino/model.xml` and `.bin` of the signature that takes pixels.

    Args:
        version_dir: its model card names the signature.

    Returns:
        The `.xml` file; inputs and outputs have the signature's names.

    Raises:
        Unconvertible: OpenVINO cannot convert the signature.
        BadModelCard: the card cannot be read.
    """
    return _save(_pixels_model(version_dir), version_dir / FOLDER)


def write_int8_ir(
    version_dir: Path, size_hw: tuple[int, int], calibration: Calibration
) -> Comparison:
    """Write `openvino_int8/model.xml` and `.bin`, and the loss of AP into the model card.

    Args:
        version_dir: its model card gets the metrics.
        size_hw: the detector's input size.
        calibration: images to quantize with and measure on.

    Raises:
        Unconvertible: OpenVINO cannot convert the model.
        ExportError: it cannot be quantized.
    """
    made = quantized(_pixels_model(version_dir), calibration.sample, size_hw)
    path = _save(made, version_dir / INT8_FOLDER)
    core, settings = the_core(), compilation_settings(EngineSettings())
    full, small = (
        _run(core.compile_model(model, "CPU", settings))
        for model in (_pixels_model(version_dir), core.read_model(path))
    )
    compared = compare(full, small, calibration.truth, size_hw, KINDS[calibration.kind])
    card = read_model_card(version_dir)
    if card is not None:
        told = {**compared.as_json(), "calibration images": len(calibration.sample)}
        card = replace(card, metrics={**card.metrics, "int8": told})
        (version_dir / MODEL_CARD_NAME).write_text(card.as_json(), encoding="utf-8")
    return compared


def _pixels_model(version_dir: Path) -> Any:
    card = read_model_card(version_dir)
    preprocessing = card.preprocessing if card else None
    name = preprocessing.pixels_signature if preprocessing else "serving_default"
    folder = read_saved_model(version_dir, EngineSettings.tags)
    converted = convert_signature(the_core(), folder, name)
    for ports, indices in (
        (converted.model.inputs, converted.input_ports),
        (converted.model.outputs, converted.output_ports),
    ):
        for alias, index in indices.items():
            ports[index].get_tensor().set_names({alias})
    return converted.model


def _save(model: Any, folder: Path) -> Path:
    folder.mkdir()
    import_openvino().save_model(model, folder / FILE, compress_to_fp16=False)
    return folder / FILE


def _run(compiled: Any) -> Run:
    def run(pixels: Array) -> Mapping[str, Array]:
        answer = compiled({0: pixels})
        return {port.get_any_name(): answer[port] for port in compiled.outputs}

    return run

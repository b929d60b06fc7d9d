"""`init_from`: load pretrained weights into a new detector."""

from collections.abc import Iterable, Mapping, Sequence

import keras
import numpy as np
import numpy.typing as npt

from training.models.detector import Detector
from training.pretrained.class_heads import class_heads_by_name
from training.pretrained.folded_batch_norms import batch_norms_of, calibrate, fill
from training.pretrained.matching import Match, Matches, Target, match, targets_of
from training.pretrained.object_detection.background import without_background
from training.pretrained.report import PretrainedWeightsReport, report_of
from training.pretrained.source_classes import classes_of
from training.pretrained.source_weights import (
    FoldedBatchNorm,
    PretrainedWeightsError,
    SourceWeights,
)
from training.pretrained.sources import read_source

Batches = Iterable[npt.NDArray[np.float32]]


def init_from(
    detector: Detector,
    source: str,
    calibration_batches: Batches | None = None,
    *,
    class_names: Sequence[str] | None = None,
    whole_part: str | None = None,
) -> PretrainedWeightsReport:
    """Fill what of the detector's weights has the name and the shape of one of the source's.

    Args:
        detector: just built.
        source: a name of the catalog, a `.keras`, `.weights.h5`, `.npz`, `.npy`, `.tflite` or
            `.pth` file, a SavedModel's folder, a frozen graph's `.pb`, a `model.json` of
            TensorFlow.js, one of our checkpoints' or runs' folders, a KerasHub preset's folder or
            name, or a checkpoint of the Object Detection API.
        calibration_batches: (B, H, W, 3) each, float32 in 0..255, from the images to train on.
            Needed where batch normalizations were folded into constants: a few batches give
            them statistics to start training with.
        class_names: the detector's classes in the order of its outputs. A source's class outputs
            are then taken by name alone, in whatever order it has them, and none of a source that
            does not name its classes. None takes them by shape, in their order.
        whole_part: the part of the detector that has to be filled as a whole, or nothing is.

    Raises:
        PretrainedWeightsError: there is no such thing, it cannot be read, or nothing in it fits.
    """
    targets = targets_of(detector)
    weights = read_source(source, detector.network, targets)
    if weights.has_background:
        weights = without_background(weights)
    matches = match(targets, weights.arrays, weights.names_of_targets)
    arrays, notes = dict(weights.arrays), []
    if class_names is not None:
        heads = class_heads_by_name(matches, weights.arrays, class_names, classes_of(source))
        matches = heads.matches
        arrays |= heads.values
        notes += [] if heads.note is None else [heads.note]
    matches, folded = _with_folded(matches, weights, batch_norms_of(detector.network))
    if not matches.matched:
        raise PretrainedWeightsError(
            f"{source}: {weights.kind}; none of its {len(weights.arrays)} arrays fits by name "
            f"and shape. It has {_some(weights.arrays)}; the model has "
            f"{_some([target.name for target in targets])}"
        )
    lacking = [each for each in matches.unmatched if each.target.part == whole_part]
    if lacking:
        raise PretrainedWeightsError(
            f"{source} does not fill the {whole_part}: {lacking[0].target.name}: "
            f"{lacking[0].reason}"
        )
    for each in matches.matched:
        if each.source_name in arrays:
            each.target.variable.assign(arrays[each.source_name])
    notes += _bring_back(detector.network, folded, calibration_batches)
    return report_of(source, weights.kind, matches, notes)


def _with_folded(
    matches: Matches,
    weights: SourceWeights,
    norms: Mapping[str, keras.layers.BatchNormalization],
) -> tuple[Matches, dict[str, FoldedBatchNorm]]:
    """The matches with all variables of the folded normalizations that the network has."""
    folded = {
        name: each
        for name, each in weights.folded.items()
        if name in norms and norms[name].gamma.shape == each.offset.shape
    }
    owner = {id(variable): name for name in folded for variable in norms[name].variables}

    def source_of(target: Target) -> str | None:
        name = owner.get(id(target.variable))
        return None if name is None else f"{name} (folded)"

    found = [
        Match(each.target, name)
        for each in matches.unmatched
        if (name := source_of(each.target)) is not None
    ]
    left = tuple(each for each in matches.unmatched if source_of(each.target) is None)
    unused = tuple(f"{name} (folded)" for name in weights.folded if name not in folded)
    together = Matches((*matches.matched, *found), left, (*matches.unused, *unused))
    return together, folded


def _bring_back(
    network: keras.Model, folded: Mapping[str, FoldedBatchNorm], batches: Batches | None
) -> list[str]:
    """Fill the folded normalizations; gives notes about them."""
    if not folded:
        return []
    norms = batch_norms_of(network)
    fill(norms, folded)
    unknown = {name: each for name, each in folded.items() if each.statistics is None}
    if not unknown:
        return []
    images = calibrate(network, norms, unknown, batches or ())
    if images:
        return [f"{len(unknown)} folded batch norms have the statistics of {images} images"]
    return [
        f"{len(unknown)} batch norms were folded and no images were given: the network detects "
        "as its source does, but training it would normalize by other statistics and lose that"
    ]


def _some(names: Iterable[str], shown: int = 4) -> str:
    names = list(names)
    return ", ".join(names[:shown]) + (", ..." if len(names) > shown else "")

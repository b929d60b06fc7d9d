"""What of a network is left as it is: its backbone, the first stages of that, or batch norms."""

from collections.abc import Iterable

import keras

from training.configuration.sections import ModelSection
from training.models.backbone_stages import stages_of
from training.models.detector import Detector, ModelError

BACKBONE = "backbone"


def freeze(detector: Detector, section: ModelSection) -> None:
    """Freeze what a configuration says; before the first step is traced.

    Keras's batch norms use their moving statistics where they are not trained.

    Raises:
        ModelError: the model has no part that is called backbone.
    """
    backbone = detector.parts.get(BACKBONE, ())
    of_backbone = section.freeze_stages or BACKBONE in (section.freeze, section.freeze_batch_norms)
    if of_backbone and not backbone:
        raise ModelError(f"{section.name} has no backbone that could be frozen")
    if section.freeze == BACKBONE:
        _leave(backbone)
    if section.freeze_stages:
        _leave(
            layer
            for part in backbone
            for layer, stage in stages_of(part)
            if stage <= section.freeze_stages
        )
    if section.freeze_batch_norms != "none":
        parts = backbone if section.freeze_batch_norms == BACKBONE else (detector.network,)
        _leave(norm for part in parts for norm in batch_norms(part))


def batch_norms(part: keras.Layer) -> list[keras.layers.BatchNormalization]:
    """All of a network or a part of one, however deep."""
    # Keras has no public walk over layers within layers; KerasHub uses this one too.
    layers = part._flatten_layers()
    return [each for each in layers if isinstance(each, keras.layers.BatchNormalization)]


def _leave(layers: Iterable[keras.Layer]) -> None:
    for layer in layers:
        layer.trainable = False

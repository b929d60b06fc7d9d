"""`RetinaNetDetector`: KerasHub's network with the losses and the suppression of our detectors."""

from collections.abc import Mapping

import keras

from training.models.detector import ModelError
from training.models.retinanet.network import ENCODERS, Encoder, RetinaNet, build_retinanet
from training.models.ssd.detector import SsdDetector
from training.models.ssd.options import SsdOptions

# The paper's, where it says so: section 4. The box loss as its authors have it in Detectron2, a
# smooth L1 that bends at 0.1, of differences from the anchor as they are: for the offsets, which
# are encoded in tenths, a tenth of ours, which bends at 1; for the sizes, in fifths, half of it. It
# sums the four numbers of which ours is the mean.
DEFAULTS = SsdOptions(matched_iou=0.5, unmatched_iou=0.4, nms_iou=0.5, box_loss_weight=0.4)


class RetinaNetDetector(SsdDetector):
    """Matches, weighs and suppresses as the single-shot detectors do; objects can be ignored.

    Args:
        built: the network and its anchors.
        class_count: as it was built with.
        options: its losses and its suppression.
    """

    def __init__(self, built: RetinaNet, class_count: int, options: SsdOptions):
        self._inner = built.inner
        self._input_size_hw = built.input_size_hw
        super().__init__(
            built.network, self._feature_extractor, built.anchors_yxyx, class_count, options
        )

    @property
    def _feature_extractor(self) -> keras.Model:
        return self._inner.backbone.get_layer("backbone")

    @property
    def input_size_hw(self) -> tuple[int, int]:
        """Height and width of the images that it takes, in pixels."""
        return self._input_size_hw

    @property
    def parts(self) -> Mapping[str, tuple[keras.Layer, ...]]:
        """The ResNet, the feature pyramid, and the two heads."""
        return {
            "backbone": (self._feature_extractor,),
            "neck": (self._inner.backbone.feature_pyramid,),
            "heads": (self._inner.box_head, self._inner.classification_head),
        }


def build_published(
    *, encoder: str, class_count: int, input_size_hw: tuple[int, int], options: Mapping[str, object]
) -> RetinaNetDetector:
    """One whose encoder has a name in `ENCODERS`; see `build_detector`."""
    return build_detector(ENCODERS[encoder], class_count, input_size_hw, options)


def build_detector(
    encoder: Encoder,
    class_count: int,
    input_size_hw: tuple[int, int],
    options: Mapping[str, object],
) -> RetinaNetDetector:
    """A RetinaNet on `encoder`, with random weights.

    Raises:
        ModelError: no such option, a value that it cannot take, or a size that is no multiple of
            32.
    """
    chosen = SsdOptions.of(DEFAULTS, options)
    if chosen.width != DEFAULTS.width:
        raise ModelError(f"width: a ResNet has one width, 1.0, but got {chosen.width}")
    built = build_retinanet(encoder, class_count, input_size_hw, chosen.anchor_scale)
    return RetinaNetDetector(built, class_count, chosen)

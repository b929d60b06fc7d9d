"""What a model answers of the images of one request."""

from collections.abc import Sequence
from dataclasses import dataclass

from client_api.catalog.served_versions import ServedVersion
from detection.detections import Detections


@dataclass(frozen=True)
class InferenceResult:
    """What was found.

    Attributes:
        version: the one that answered, for every image the same.
        detections: of each image, in order.
        sizes_wh: width and height of each upright image.
        warnings: what in the answers does not fit what is known of the model.
    """

    version: ServedVersion
    detections: Sequence[Detections]
    sizes_wh: Sequence[tuple[int, int]]
    warnings: Sequence[str] = ()

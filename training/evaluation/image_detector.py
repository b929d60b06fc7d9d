"""`ImageDetector`: the port behind which detections come from a model, a file or a server."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from detection.detections import Detections
from detection.images import DecodedImage, ImageError, read_image
from detection.label_map import LabelMap
from training.datasets.annotated import AnnotatedImage
from training.datasets.sources import MAX_PIXELS
from training.evaluation.errors import EvaluationError

# As COCO wants them: a threshold would cut the curves off, more than 100 an image do not count.
LOWEST_SCORE = 0.0
MOST_DETECTIONS = 100


class ImageDetector(Protocol):
    """Says what is in images."""

    @property
    def description(self) -> str:
        """What it is and where, for a report."""

    @property
    def lowest_score(self) -> float:
        """What scores less, it does not say."""

    @property
    def label_map(self) -> LabelMap | None:
        """What its class numbers mean, known once `detect` has been read to its end.

        None where nothing says: they have to be the data set's then.
        """

    def detect(self, images: Sequence[AnnotatedImage]) -> Iterator[Detections]:
        """What is in each image, in their order, at most 100 each, its numbers unchanged.

        Raises:
            EvaluationError: of one image it cannot be said.
        """


def read_upright(image: AnnotatedImage) -> DecodedImage:
    """The image's pixels as a person sees them.

    Raises:
        EvaluationError: it cannot be read.
    """
    try:
        return read_image(image.source.read(), max_pixels=MAX_PIXELS)
    except (OSError, ImageError) as error:
        raise EvaluationError(f"{image.source}: {error}") from error

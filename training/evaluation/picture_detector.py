"""`PictureDetector`: the port behind which detections come from a model, a file or a server."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from detection.detections import Detections
from detection.label_map import LabelMap
from detection.pictures import Picture, PictureError, read_picture
from training.datasets.annotated import AnnotatedPicture
from training.datasets.sources import MAX_PIXELS
from training.evaluation.errors import EvaluationError

# As COCO wants them: a threshold would cut the curves off, more than 100 a picture do not count.
LOWEST_SCORE = 0.0
MOST_DETECTIONS = 100


class PictureDetector(Protocol):
    """Says what is in pictures."""

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

    def detect(self, pictures: Sequence[AnnotatedPicture]) -> Iterator[Detections]:
        """What is in each picture, in their order, at most 100 each, its numbers unchanged.

        Raises:
            EvaluationError: of one picture it cannot be said.
        """


def read_upright(picture: AnnotatedPicture) -> Picture:
    """The picture's pixels as a person sees them.

    Raises:
        EvaluationError: it cannot be read.
    """
    try:
        return read_picture(picture.source.read(), max_pixels=MAX_PIXELS)
    except (OSError, PictureError) as error:
        raise EvaluationError(f"{picture.source}: {error}") from error

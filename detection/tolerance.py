"""Within what two detections of the same object are the same, but for how numbers are rounded."""

from dataclasses import asdict, dataclass

# Below, a detection is one of the many that a detector is not sure of: whether it or its neighbour
# is answered is decided by the last digit.
SURE = 0.3


@dataclass(frozen=True)
class Tolerance:
    """How far two detections of the same object may be from one another.

    Args:
        iou: they overlap by that much or more.
        score: their scores differ by no more.
        point: of detections with keypoints: each point that is sure is no farther away, as a share
            of the image's sides. Where they lie is what counts then, not the box around them,
            which reaches to points that nobody is sure of.
        stray_points: such a share of a detection's sure points may lie anywhere.
        tied_iou: as `iou`, of detections whose scores differ by `tied_score` at most: of two boxes
            of an object that score alike, either may have suppressed the other. None for no other
            than `iou`.
        tied_score: see `tied_iou`.
        mask: of detections with masks: their parts differ by no more on the average, in 0..1.
        share: of all that is surely detected in a set of images, so much may have no counterpart.
    """

    iou: float
    score: float
    share: float = 0.0
    point: float = 0.01
    mask: float = 0.01
    stray_points: float = 0.0
    tied_iou: float | None = None
    tied_score: float = 0.0

    def as_json(self) -> dict[str, float]:
        """For a model card."""
        return asdict(self)


# The same pixels, computed in another order.
SAME_PIXELS = Tolerance(iou=0.98, score=0.005)
# The same pixels, but weights rounded to eleven bits. In 200 images of hands the scores differed
# by 0.0007 at most; of 3313 cells in 60 images, 2 took their neighbour's place. Where a point is
# believed in two places alike, it may be in the other one: of 32 hands' points, one was. A pyramid
# has several boxes an object whose scores differ by less than the rounding, and either may suppress
# the other: of 86 hands in 32 images, two were boxed by the other one, IoU 0.90, and scored as
# before within 0.001.
HALF_WEIGHTS = Tolerance(
    iou=0.95, score=0.01, share=0.02, mask=0.03, stray_points=0.1, tied_iou=0.85, tied_score=0.002
)
# The same file, decoded and resized by other code: pixels may be off by one of 255. Of two boxes of
# an object that score nearly the same, one suppresses the other, and it may be the other one then;
# they overlap by more than the suppression's IoU. Where objects are crowded, one that takes its
# neighbour's place takes or leaves others too: 3 of 400 in sixteen images of blood cells.
SAME_FILE = Tolerance(iou=0.75, score=0.05, share=0.02, point=0.03, mask=0.1)
# The same pixels, by what the weights are stored as.
SAME_PIXELS_OF = {"float32": SAME_PIXELS, "float16": HALF_WEIGHTS}

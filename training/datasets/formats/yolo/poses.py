"""Whether YOLO's label lines are poses, where no `kpt_shape` says so: by their numbers alone.

Source: Ultralytics' data set formats. A pose's line is a class, a box, and the same number of
keypoints in every line, x and y and mostly a visibility of 0, 1 or 2; a polygon's has points alone,
as many as it happens to have. Keypoints lie in the box; the first two points of a polygon, read as
a box, hardly ever hold all others.
"""

from collections.abc import Iterable, Sequence

BOX_FIELDS = 5
_VISIBILITY = frozenset({0.0, 1.0, 2.0})
# A keypoint at the edge of a rounded box may lie beyond it, as a share of the image.
_MARGIN = 0.02
# With x and y alone, fewer points are the corners of a turned box, or a few polygons that chance to
# be of one length.
_FEWEST_PLAIN, _FEWEST_LINES = 3, 3


def keypoint_shape_of(lines: Iterable[Sequence[float]]) -> tuple[int, int] | None:
    """How many keypoints an object has and 2 or 3 numbers each; None where it is no pose.

    Args:
        lines: the numbers of each label line, the class's first.

    Example:
        >>> keypoint_shape_of([[0, .5, .5, .4, .4, .4, .4, 2], [1, .2, .2, .1, .1, 0, 0, 0]])
        (1, 3)
    """
    longer = [line for line in lines if len(line) != BOX_FIELDS]
    lengths = {len(line) for line in longer}
    if len(lengths) != 1:
        return None
    rest = lengths.pop() - BOX_FIELDS
    if rest >= 3 and rest % 3 == 0 and all(_is_pose(line, 3) for line in longer):
        return rest // 3, 3
    plain = rest // 2 >= _FEWEST_PLAIN and rest % 2 == 0 and len(longer) >= _FEWEST_LINES
    if plain and all(_is_pose(line, 2) for line in longer):
        return rest // 2, 2
    return None


def _is_pose(line: Sequence[float], numbers: int) -> bool:
    """Whether what follows the box are points in it, with visibilities where there are three."""
    x, y, width, height = line[1:BOX_FIELDS]
    half_w, half_h = width / 2 + _MARGIN, height / 2 + _MARGIN
    for at in range(BOX_FIELDS, len(line), numbers):
        if numbers == 3 and line[at + 2] not in _VISIBILITY:
            return False
        is_labelled = line[at + 2] > 0 if numbers == 3 else line[at] > 0 or line[at + 1] > 0
        if is_labelled and not (abs(line[at] - x) <= half_w and abs(line[at + 1] - y) <= half_h):
            return False
    return True

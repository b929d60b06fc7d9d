"""Detections drawn on their image: each kind over the one before it, boxes and labels on top."""

from PIL import Image

from detection.detections import Detections
from detection.kinds.boxes.kind import BOXES
from detection.kinds.canvas import Canvas
from detection.label_map import LabelMap


def draw_detections(
    image: Image.Image, detections: Detections, label_map: LabelMap | None = None
) -> Image.Image:
    """A copy of `image` with everything drawn on it that was found of every detection.

    Args:
        image: mode RGB, the upright image that `detections` are about.
        detections: of each kind the best is drawn last, on top.
        label_map: the classes' names; their numbers are written where it has none.

    Returns:
        An image of the same size and mode.
    """
    canvas = Canvas.on(image.copy(), label_map)
    # Areas first, as the kinds are listed: none covers the line or the words of another.
    for kind in (*detections.extras, BOXES):
        kind.draw(canvas, detections)
    return canvas.image

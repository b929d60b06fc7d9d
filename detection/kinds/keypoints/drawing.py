"""Keypoints drawn on their image: of a hand the fingers, each in its color."""

import numpy as np
import numpy.typing as npt
from PIL import ImageDraw

from detection.hands.skeleton import BONES, FINGER_COLORS, KEYPOINT_NAMES

# What is believed less than this is as likely to lie somewhere else.
LEAST_SCORE = 0.1
# Shares of the hand's longer side, so that a far hand is no blot and a near one no spider's web.
LINE_SHARE = 1 / 40
POINT_SHARE = 1 / 32
LARGEST_LINE_PX = 24
_WRIST_COLOR = "#F0F0F0"
_EDGE = "#101010"


def draw_keypoints(canvas: ImageDraw.ImageDraw, keypoints: npt.NDArray[np.float32]) -> None:
    """Draw the points of every detection, of the best on top.

    Args:
        canvas: of the upright image, mode RGB.
        keypoints: (N, K, 3), [y, x, score] in 0..1; of a hand's 21 the bones are drawn too.
    """
    width, height = canvas.im.size
    for points in reversed(keypoints):
        places = points[:, 1::-1] * (width, height)  # (K, 2), [x, y]
        _draw_one(canvas, places, points[:, 2] >= LEAST_SCORE)


def _draw_one(
    canvas: ImageDraw.ImageDraw, places_xy: npt.NDArray[np.float32], is_sure: npt.NDArray[np.bool_]
) -> None:
    if not is_sure.any():
        return
    sure = places_xy[is_sure]
    size = float((sure.max(axis=0) - sure.min(axis=0)).max())
    line_px = min(LARGEST_LINE_PX, max(1, round(size * LINE_SHARE)))
    radius = min(LARGEST_LINE_PX, max(1.5, size * POINT_SHARE))
    is_hand = len(places_xy) == len(KEYPOINT_NAMES)
    places = [(float(x), float(y)) for x, y in places_xy]
    for start, end in BONES if is_hand else ():
        if is_sure[start] and is_sure[end]:
            canvas.line((*places[start], *places[end]), _color(end), line_px)
    for number, (x, y) in enumerate(places):
        if is_sure[number]:
            corners = (x - radius, y - radius, x + radius, y + radius)
            canvas.ellipse(corners, _color(number) if is_hand else _WRIST_COLOR, _EDGE)


def _color(number: int) -> str:
    return _WRIST_COLOR if number == 0 else FINGER_COLORS[(number - 1) // 4]

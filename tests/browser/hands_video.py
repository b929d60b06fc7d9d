"""A camera made of drawn hands: a file that Chromium's fake device plays in a loop."""

from io import BytesIO
from pathlib import Path

import numpy as np

from training.synthetic_hands.scene import Wishes, draw_scene

SIZE_WH = (320, 240)
# Chromium plays such a file at 30 frames a second.
FRAMES_A_HAND = 20


def write_hands_video(path: Path, hands: int = 2) -> Path:
    """Write Motion JPEG: whole JPEGs, one after the other.

    Args:
        path: of the file; Chromium wants it to end in `.mjpeg`.
        hands: how many scenes there are.
    """
    wishes = Wishes(size_wh=SIZE_WH, empty_share=0, smallest=0.6)
    with path.open("wb") as video:
        for seed in range(hands):
            frame = BytesIO()
            draw_scene(wishes, np.random.default_rng(seed)).pixels.save(frame, "JPEG", quality=85)
            video.write(frame.getvalue() * FRAMES_A_HAND)
    return path

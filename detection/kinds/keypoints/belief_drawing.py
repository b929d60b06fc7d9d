"""Belief maps as images: where a model of keypoints thinks that some point is."""

import numpy as np
import numpy.typing as npt
from PIL import Image

# How dark an image becomes under them, so that they are seen on white walls too.
_DARKENING = 0.5
# Lower beliefs are lifted, so that a map's foot is seen, not its peak alone.
_GAMMA = 0.6
# Red, yellow, white, by rising belief: (3, 256).
_GLOW = np.clip(np.arange(256) * 3 - np.array([[0], [255], [510]]), 0, 255)


def belief_image(
    beliefs: npt.NDArray[np.float32],
    size_wh: tuple[int, int],
    part_xyxy: tuple[float, ...] = (0.0, 0.0, 1.0, 1.0),
) -> Image.Image:
    """The highest belief at each place, whichever point's it is.

    Args:
        beliefs: (h, w, K) float32 without the background, 1 for certainty.
        size_wh: of the image.
        part_xyxy: which part of the maps it shows, in 0..1 of them.

    Returns:
        Mode L, the brighter the surer.
    """
    highest = np.clip(beliefs.max(axis=-1, initial=0.0), 0.0, 1.0)
    grey = Image.fromarray(np.rint(highest * 255).astype(np.uint8))
    left, top, right, bottom = part_xyxy
    box = (left * grey.width, top * grey.height, right * grey.width, bottom * grey.height)
    return grey.resize(size_wh, Image.Resampling.BICUBIC, box)


def lay_beliefs_on(image: Image.Image, beliefs: Image.Image) -> Image.Image:
    """A darker copy of an image, on which glows what is believed.

    Args:
        image: mode RGB.
        beliefs: mode L, of the same size.
    """
    dark = Image.blend(image, Image.new("RGB", image.size), _DARKENING)
    glow = Image.merge("RGB", [beliefs.point(channel.tolist()) for channel in _GLOW])
    cover = beliefs.point([round(255 * (value / 255) ** _GAMMA) for value in range(256)])
    return Image.composite(glow, dark, cover)

"""`Canvas`: the image that the kinds draw on, one after the other."""

from dataclasses import dataclass

from PIL import Image, ImageDraw

from detection.label_map import LabelMap

# A share of the image's longer side, so that it looks the same in a thumbnail and a poster.
LINE_SHARE = 1 / 250


@dataclass(frozen=True)
class Canvas:
    """What is drawn on.

    Args:
        image: mode RGB; is changed.
        draw: draws into it.
        label_map: the classes' names; None where only their numbers are known.
    """

    image: Image.Image
    draw: ImageDraw.ImageDraw
    label_map: LabelMap | None

    @classmethod
    def on(cls, image: Image.Image, label_map: LabelMap | None) -> "Canvas":
        """The canvas of `image`, which it changes."""
        return cls(image, ImageDraw.Draw(image), label_map)

    @property
    def line_px(self) -> int:
        """How wide a box's line is."""
        return max(2, round(max(self.image.size) * LINE_SHARE))

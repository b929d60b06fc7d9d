"""Which part of an image a model of hand keypoints sees: the same in training and in service."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

# Side of the square that is shown, in longer sides of the hand's box. A detector's box is off by a
# tenth or so, and fingertips are where it is; half as much again keeps them in.
CROP_SCALE = 1.5
# Smaller windows are no images of a hand.
SMALLEST_SIDE_PX = 4


@dataclass(frozen=True, slots=True)
class HandWindow:
    """A square of an image, in whole pixels; it may reach beyond the image.

    Args:
        left: of its first column.
        top: of its first row.
        side: in pixels.
    """

    left: int
    top: int
    side: int

    @classmethod
    def around(
        cls, box_yxyx: npt.ArrayLike, *, width: int, height: int, scale: float = CROP_SCALE
    ) -> "HandWindow":
        """The window around a hand's box.

        Args:
            box_yxyx: (4,), [y_min, x_min, y_max, x_max] in 0..1 of the image.
            width: of the image, in pixels.
            height: of the image, in pixels.
            scale: its side in longer sides of the box.

        Example:
            >>> HandWindow.around([0.25, 0.1, 0.75, 0.2], width=400, height=200)
            HandWindow(left=-15, top=25, side=150)
        """
        y_min, x_min, y_max, x_max = np.asarray(box_yxyx, np.float64) * (
            height, width, height, width
        )  # fmt: skip
        side = max(SMALLEST_SIDE_PX, round(scale * max(x_max - x_min, y_max - y_min)))
        left = round((x_min + x_max - side) / 2)
        top = round((y_min + y_max - side) / 2)
        return cls(left, top, side)

    def cut_out(self, image: Image.Image) -> Image.Image:
        """The window's pixels, black beyond the image's edges.

        Args:
            image: mode RGB, upright.
        """
        return image.crop((self.left, self.top, self.left + self.side, self.top + self.side))

    def inside(self, *, width: int, height: int) -> tuple[int, int, int, int] | None:
        """The part of it that lies in an image: left, top, right, bottom; None where none does.

        Example:
            >>> HandWindow(left=-15, top=25, side=150).inside(width=400, height=100)
            (0, 25, 135, 100)
        """
        left, top = max(0, self.left), max(0, self.top)
        right, bottom = min(width, self.left + self.side), min(height, self.top + self.side)
        return (left, top, right, bottom) if left < right and top < bottom else None

    def to_window(
        self, points_yx: npt.NDArray[np.floating], *, width: int, height: int
    ) -> npt.NDArray[np.float64]:
        """Points (..., 2), [y, x] in 0..1 of the image, as shares of the window."""
        pixels = np.asarray(points_yx, np.float64) * (height, width)
        shares: npt.NDArray[np.float64] = (pixels - (self.top, self.left)) / self.side
        return shares

    def to_image(
        self, points_yx: npt.NDArray[np.floating], *, width: int, height: int
    ) -> npt.NDArray[np.float64]:
        """Points (..., 2), [y, x] in 0..1 of the window, as shares of the image.

        Example:
            >>> window = HandWindow(left=-15, top=25, side=150)
            >>> window.to_image(np.array([0.5, 0.5]), width=400, height=200)
            array([0.5 , 0.15])
        """
        pixels = np.asarray(points_yx, np.float64) * self.side + (self.top, self.left)
        shares: npt.NDArray[np.float64] = pixels / (height, width)
        return shares

"""`AugmentationOptions`: how much of which change; all off by default."""

import math
from dataclasses import dataclass, fields
from typing import Literal, get_args

Range = tuple[float, float]
TurnedBoxes = Literal["corners", "ellipse"]

_SHARES = (
    "horizontal_flip", "vertical_flip", "quarter_turns", "crop", "crop_min_area", "min_visible",
    "mosaic", "grey", "blur", "noise", "cut_out",
)  # fmt: skip
# Field: what it may be at most. A turn of half a circle is every direction already.
_AMOUNTS = {
    "translate": 1.0,
    "rotate_degrees": 180.0,
    "shear_degrees": 60.0,
    "brightness": 1.0,
    "contrast": 1.0,
    "saturation": 1.0,
    "hue_degrees": 180.0,
}
_RANGES = {
    "scale": (0.05, 20.0),
    "aspect": (0.1, 10.0),
    "blur_sigma_px": (0.0, 50.0),
    "noise_sigma": (0.0, 255.0),
    "cut_out_size": (0.0, 1.0),
}


@dataclass(frozen=True)
class AugmentationOptions:
    """What happens to images that are trained on. With all at their defaults: nothing.

    What is a probability is of each image for itself; what is a range is drawn from evenly
    (`scale` and `aspect` by their logarithm, so that half and double are as likely).

    Args:
        horizontal_flip: probability that left becomes right.
        vertical_flip: probability that up becomes down.
        quarter_turns: probability of a turn by 90, 180 or 270 degrees; for images without an
            upright, such as a microscope's.
        scale: smallest and largest factor by which everything becomes larger.
        aspect: smallest and largest factor by which things become wider for their height.
        translate: farthest move in each direction, as a share of the image's side.
        rotate_degrees: farthest turn, either way.
        shear_degrees: strongest slant, either way.
        turned_boxes: what a box becomes that is turned or slanted, where no outline is known: the
            box around its turned `corners`, right for cards, plates and screens; or around the
            turned `ellipse` in it, for what does not reach its box's corners, as hands and balls.
        crop: probability that a part of the image is all that is shown, with an object in it
            where there is one.
        crop_min_area: smallest part, as a share of the image's area.
        min_visible: an object of which less than this share of its box's area is still in the
            image is neither an object nor background any more: `ignored`.
        mosaic: probability that four images are shown, around a point near the middle.
        brightness: most that all values are multiplied up or down by: 0.2 for 0.8 to 1.2.
        contrast: the same for the distances to the image's mean.
        saturation: the same for the distances to grey.
        hue_degrees: farthest turn of the color circle, either way.
        grey: probability of no color at all.
        blur: probability of a blur.
        blur_sigma_px: least and most, in pixels of the model's input.
        noise: probability of noise, independent from pixel to pixel.
        noise_sigma: its least and most standard deviation, in grey levels of 0..255.
        cut_out: probability that rectangles are covered in one color.
        cut_out_count: how many at most.
        cut_out_size: least and most of a rectangle's side, as a share of the image's.

    Raises:
        ValueError: one of these is out of its range.

    Example:
        >>> AugmentationOptions(horizontal_flip=0.5, scale=(0.7, 1.4)).is_off
        False
    """

    horizontal_flip: float = 0.0
    vertical_flip: float = 0.0
    quarter_turns: float = 0.0
    scale: Range = (1.0, 1.0)
    aspect: Range = (1.0, 1.0)
    translate: float = 0.0
    rotate_degrees: float = 0.0
    shear_degrees: float = 0.0
    turned_boxes: TurnedBoxes = "corners"
    crop: float = 0.0
    crop_min_area: float = 0.3
    min_visible: float = 0.3
    mosaic: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    hue_degrees: float = 0.0
    grey: float = 0.0
    blur: float = 0.0
    blur_sigma_px: Range = (0.3, 1.5)
    noise: float = 0.0
    noise_sigma: Range = (2.0, 12.0)
    cut_out: float = 0.0
    cut_out_count: int = 3
    cut_out_size: Range = (0.05, 0.25)

    def __post_init__(self) -> None:
        for name in _SHARES:
            self._check(name, 0.0, 1.0)
        for name, most in _AMOUNTS.items():
            self._check(name, 0.0, most)
        for name, (least, most) in _RANGES.items():
            self._check_range(name, least, most)
        if self.crop_min_area == 0:
            raise ValueError("crop_min_area: expected a number above 0, but got 0")
        if self.turned_boxes not in get_args(TurnedBoxes):
            raise ValueError(
                f"turned_boxes: expected corners or ellipse, but got {self.turned_boxes!r}"
            )
        if self.cut_out_count < 1:
            raise ValueError(f"cut_out_count: expected 1 or more, but got {self.cut_out_count}")

    @property
    def is_off(self) -> bool:
        """Whether every image stays as it is."""
        quiet = {"crop_min_area", "min_visible", "blur_sigma_px", "noise_sigma", "cut_out_count",
                 "cut_out_size", "turned_boxes"}  # fmt: skip
        return all(
            getattr(self, field.name) == field.default
            for field in fields(self)
            if field.name not in quiet
        )

    @property
    def largest_zoom(self) -> float:
        """The most that a side of an image can be enlarged by."""
        zoom = max(1.0, self.scale[1] * math.sqrt(max(self.aspect[1], 1 / self.aspect[0])))
        return zoom / math.sqrt(self.crop_min_area) if self.crop else zoom

    def _check(self, name: str, least: float, most: float) -> None:
        value = getattr(self, name)
        if not least <= value <= most:
            raise ValueError(f"{name}: expected {least:g} to {most:g}, but got {value!r}")

    def _check_range(self, name: str, least: float, most: float) -> None:
        value = getattr(self, name)
        if len(value) != 2 or not least <= value[0] <= value[1] <= most:
            raise ValueError(
                f"{name}: expected [least, most] within {least:g} to {most:g}, but got {value!r}"
            )
        # A list, as it comes from YAML, would make two equal options unequal.
        object.__setattr__(self, name, (float(value[0]), float(value[1])))

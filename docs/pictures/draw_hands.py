"""Draw the README's picture: an open hand and a fist that belong to nobody.

    python docs/pictures/draw_hands.py docs/pictures/hands.jpg

and what a hand detector (handtrack.js's, version 1 of it in ../shared/models) finds in it, with
`make up MODELS=../shared/models` running:

    cd docs/pictures
    boxwright predict hands.jpg --model hands --version 1 --format pictures --output out
    mv out/hands.jpg hands-detected.jpg

Plain geometry (capsules for fingers, a rounded outline for the palm), shaded by how far the outline
is away. Everything is drawn three times as large and scaled down.
"""

import math
import sys
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

SIZE_WH = (720, 480)
OVERSAMPLING = 3

Field = npt.NDArray[np.float64]  # (H, W), or (H, W, 3) for colour
Point = tuple[float, float]

# In a hand's own units, about a pixel at scale 1; x to the right, y down, the palm around (0, 0).
PALM: list[Point] = [(-62, -20), (-58, 40), (-40, 78), (40, 80), (60, 40), (64, -30), (40, -62),
                     (0, -70), (-40, -60)]  # fmt: skip
FOREARM: tuple[Point, Point] = ((0, 60), (4, 230))
# thumb to little finger: root, tip, radius at the root, radius at the tip
FINGERS: list[tuple[Point, Point, float, float]] = [
    ((-70, 20), (-150, -62), 19, 15),
    ((-52, -60), (-86, -178), 17, 12),
    ((-17, -68), (-24, -204), 18, 12.5),
    ((20, -66), (36, -190), 17, 12),
    ((52, -50), (92, -142), 14.5, 10.5),
]
FOLDED_LENGTH = 0.28
PALM_LINES: list[list[Point]] = [
    [(-50, -30), (-10, -10), (45, -25)],
    [(-55, 0), (-20, 10), (30, 20)],
    [(-45, -35), (-20, 20), (-15, 70)],
]


@dataclass(frozen=True)
class Hand:
    """Where a hand is, and how it looks."""

    centre: Point
    scale: float
    turn_rad: float
    skin_rgb: tuple[int, int, int]
    is_open: bool
    is_left: bool

    def place(self, point: Point) -> Point:
        """A point of the hand, in the enlarged picture."""
        x, y = (-point[0] if self.is_left else point[0]), point[1]
        cos, sin = math.cos(self.turn_rad), math.sin(self.turn_rad)
        return (
            (self.centre[0] + (x * cos - y * sin) * self.scale) * OVERSAMPLING,
            (self.centre[1] + (x * sin + y * cos) * self.scale) * OVERSAMPLING,
        )

    @property
    def unit(self) -> float:
        """Pixels of the enlarged picture in one unit of the hand."""
        return self.scale * OVERSAMPLING


def between(start: Point, end: Point, share: float) -> Point:
    """The point that lies `share` of the way from `start` to `end`."""
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def blurred(field: Field, radius: float) -> Field:
    """A (H, W) field in 0..1, blurred."""
    picture = Image.fromarray((field * 255).astype(np.uint8))
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(radius)), float) / 255


def draw_capsule(
    canvas: ImageDraw.ImageDraw, hand: Hand, start: Point, end: Point, radii: tuple[float, float]
) -> None:
    """A thick line whose thickness changes evenly from end to end."""
    for step in range(41):
        x, y = hand.place(between(start, end, step / 40))
        radius = (radii[0] + (radii[1] - radii[0]) * step / 40) * hand.unit
        canvas.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)


def draw_hand(hand: Hand) -> tuple[Field, Field]:
    """The hand's colours (H, W, 3) in 0..255, and its coverage (H, W) in 0..1."""
    size = (SIZE_WH[0] * OVERSAMPLING, SIZE_WH[1] * OVERSAMPLING)
    outline, lines = Image.new("L", size), Image.new("L", size)
    shape, ink = ImageDraw.Draw(outline), ImageDraw.Draw(lines)
    draw_capsule(shape, hand, *FOREARM, (46, 52))
    for start, end in zip(PALM, PALM[1:] + PALM[:1], strict=True):
        draw_capsule(shape, hand, start, end, (14, 14))
    shape.polygon([hand.place(point) for point in PALM], fill=255)
    for root, tip, thick, thin in FINGERS:
        end = tip if hand.is_open else between(root, tip, FOLDED_LENGTH)
        draw_capsule(shape, hand, root, end, (thick, thin))
        # The side that is away from the light.
        sides = [hand.place((root[0] + thick, root[1])), hand.place((end[0] + thin, end[1]))]
        ink.line(sides, fill=90, width=round(3 * hand.unit))
    for line in PALM_LINES:
        ink.line([hand.place(point) for point in line], fill=120, width=round(2.4 * hand.unit))
    coverage = (blurred(np.asarray(outline, float) / 255, 2 * OVERSAMPLING) > 0.5).astype(float)
    inner = np.clip((blurred(coverage, 16 * hand.unit) - 0.35) / 0.6, 0, 1) ** 0.7
    creases = blurred(np.asarray(lines, float) / 255, 1.6 * hand.unit)
    shade = (0.62 + 0.42 * inner) * (1 - 0.55 * creases)
    return shade[..., None] * np.array(hand.skin_rgb, float), coverage


def draw_scene(hands: list[Hand]) -> Image.Image:
    """The hands in front of a blurred room, each with its shadow."""
    width, height = SIZE_WH[0] * OVERSAMPLING, SIZE_WH[1] * OVERSAMPLING
    y, x = np.mgrid[0:height, 0:width] / np.array([height, width]).reshape(2, 1, 1)
    scene = np.stack(
        [152 + 38 * np.sin(2.1 * x), 158 + 30 * y - 10 * x, 166 + 24 * np.cos(2 * y)], -1
    )
    for hand in hands:
        colours, coverage = draw_hand(hand)
        shadow = np.zeros_like(coverage)
        shadow[30:, 40:] = blurred(coverage, 13 * OVERSAMPLING)[:-30, :-40]
        scene *= 1 - 0.25 * shadow[..., None]
        soft = blurred(coverage, 2.5)[..., None]
        scene = scene * (1 - soft) + colours * soft
    grain = np.random.default_rng(7).normal(0, 3, scene.shape[:2])[..., None]
    picture = Image.fromarray(np.clip(scene + grain, 0, 255).astype(np.uint8))
    return picture.resize(SIZE_WH, Image.Resampling.LANCZOS)


def main(path: str) -> None:
    """Draw the picture and save it."""
    draw_scene(
        [
            Hand((190, 290), 0.95, -0.1, (236, 188, 156), is_open=True, is_left=False),
            Hand((520, 300), 0.9, 0.1, (205, 150, 118), is_open=False, is_left=True),
        ]
    ).save(path, quality=88)


if __name__ == "__main__":
    main(sys.argv[1])

"""What is in the image and is no hand: heads, arms without hands, sticks, things."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from training.synthetic_hands.backgrounds import Pixels, as_fill, random_color
from training.synthetic_hands.skin import TONES


def add_distractors(
    pixels: Pixels, generator: np.random.Generator, *, most: int, in_front: bool = False
) -> tuple[Pixels, Pixels]:
    """Draw up to `most` things.

    Args:
        pixels: (H, W, 3) in 0..255, not changed.
        generator: decides.
        most: the highest number.
        in_front: small things alone, such as may be held before a hand.

    Returns:
        The pixels with the things, and (H, W) in 0..1 where they are.
    """
    height, width = pixels.shape[:2]
    scene = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    cover = Image.new("L", scene.size)
    for _ in range(int(generator.integers(0, most + 1))):
        layer = Image.new("RGBA", scene.size)
        canvas = ImageDraw.Draw(layer)
        kind = generator.random()
        if in_front or kind < 0.35:
            _thing(canvas, (width, height), generator, small=in_front)
        elif kind < 0.7:
            _person(canvas, (width, height), generator)
        else:
            _stick(canvas, (width, height), generator)
        layer = layer.filter(ImageFilter.BoxBlur(generator.uniform(0.3, 2.5)))
        scene.paste(layer, (0, 0), layer)
        cover.paste(255, (0, 0), layer.getchannel("A"))
    return np.asarray(scene, np.float32), np.asarray(cover, np.float32) / np.float32(255)


def _skin(generator: np.random.Generator) -> tuple[int, int, int]:
    tone = TONES[int(generator.integers(len(TONES)))]
    return as_fill(tone * generator.uniform(0.65, 1.05) + generator.normal(0, 8, 3))


def _person(
    canvas: ImageDraw.ImageDraw, size: tuple[int, int], generator: np.random.Generator
) -> None:
    """Shoulders, neck, a head with hair, eyes and a mouth."""
    width, height = size
    unit = generator.uniform(0.12, 0.3) * max(size)
    x, y = generator.uniform(0, width), generator.uniform(0.1, 0.8) * height
    skin, hair = _skin(generator), as_fill(random_color(generator) * 0.5)
    shirt = as_fill(random_color(generator))
    canvas.rounded_rectangle((x - 1.7 * unit, y + 1.35 * unit, x + 1.7 * unit, y + 6 * unit),
                             0.6 * unit, shirt)  # fmt: skip
    canvas.rectangle((x - 0.4 * unit, y + 0.6 * unit, x + 0.4 * unit, y + 1.6 * unit), skin)
    canvas.ellipse((x - 0.95 * unit, y - 1.35 * unit, x + 0.95 * unit, y + 0.9 * unit), hair)
    canvas.ellipse((x - 0.78 * unit, y - unit, x + 0.78 * unit, y + 1.05 * unit), skin)
    for side in (-1, 1):
        eye_x, eye_y = x + side * 0.32 * unit, y - 0.12 * unit
        canvas.ellipse((eye_x - 0.13 * unit, eye_y - 0.07 * unit, eye_x + 0.13 * unit,
                        eye_y + 0.07 * unit), (235, 235, 230))  # fmt: skip
        canvas.ellipse((eye_x - 0.06 * unit, eye_y - 0.06 * unit, eye_x + 0.06 * unit,
                        eye_y + 0.06 * unit), (50, 35, 30))  # fmt: skip
    lips = tuple(int(value * share) for value, share in zip(skin, (0.9, 0.6, 0.6), strict=True))
    canvas.ellipse((x - 0.3 * unit, y + 0.5 * unit, x + 0.3 * unit, y + 0.64 * unit), lips)


def _stick(
    canvas: ImageDraw.ImageDraw, size: tuple[int, int], generator: np.random.Generator
) -> None:
    """A round bar, lit along its middle: an arm, a pen, a pole; often of the color of skin."""
    fill = _skin(generator) if generator.random() < 0.6 else as_fill(random_color(generator))
    start, end = generator.uniform(-0.1, 1.1, (2, 2)) * size
    thick = generator.uniform(0.02, 0.12) * max(size)
    for share in np.linspace(1, 0.1, 7):
        bright = tuple(min(255, int(value * (1.12 - 0.35 * share**2))) for value in fill)
        canvas.line([tuple(start.tolist()), tuple(end.tolist())], bright,
                    max(1, int(thick * share)))  # fmt: skip
        for x, y in (start, end):
            radius = thick * share / 2
            canvas.ellipse((x - radius, y - radius, x + radius, y + radius), bright)


def _thing(
    canvas: ImageDraw.ImageDraw,
    size: tuple[int, int],
    generator: np.random.Generator,
    *,
    small: bool,
) -> None:
    """A ball or a many-sided thing."""
    middle = generator.uniform(0, 1, 2) * size
    extent = generator.uniform(0.02, 0.06 if small else 0.2) * max(size)
    fill = as_fill(random_color(generator))
    if generator.random() < 0.4:
        canvas.ellipse((*(middle - extent), *(middle + extent)), fill)
        return
    count = int(generator.integers(3, 8))
    angles = np.sort(generator.uniform(0, 2 * np.pi, count))
    lengths = extent * generator.uniform(0.5, 1.3, count)
    points = middle + np.stack([np.cos(angles), np.sin(angles)], 1) * lengths[:, None]
    canvas.polygon([tuple(point) for point in points.tolist()], fill)

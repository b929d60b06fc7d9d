"""What is behind the hands: walls, rooms, patterns, or a person's own photos."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from detection.images import ImageError, read_image
from training.datasets.sources import MAX_PIXELS

Pixels = npt.NDArray[np.float32]
SizeWH = tuple[int, int]


def random_background(
    size_wh: SizeWH, generator: np.random.Generator, photos: tuple[Path, ...] = ()
) -> Pixels:
    """(H, W, 3) in 0..255: from one of `photos` where there are some and it can be read."""
    if photos:
        photo = _photo(photos[int(generator.integers(len(photos)))], size_wh, generator)
        if photo is not None:
            return photo
    kinds = (_wall, _clouds, _room, _pattern, _woven)
    kind = kinds[int(generator.choice(len(kinds), p=[0.12, 0.18, 0.35, 0.1, 0.25]))]
    return kind(size_wh, generator)


def random_color(generator: np.random.Generator) -> npt.NDArray[np.float64]:
    """Any color; most things are rather grey."""
    grey = generator.uniform(15, 240)
    color: npt.NDArray[np.float64] = grey + generator.normal(0, 1, 3) * generator.choice(
        [8.0, 25.0, 60.0]
    )
    return np.clip(color, 0, 255)


def as_fill(color: npt.NDArray[Any]) -> tuple[int, int, int]:
    """For Pillow's drawing."""
    red, green, blue = (int(value) for value in np.clip(color, 0, 255))
    return red, green, blue


def _photo(path: Path, size_wh: SizeWH, generator: np.random.Generator) -> Pixels | None:
    """A random part of a photo."""
    try:
        photo = read_image(path.read_bytes(), max_pixels=MAX_PIXELS).pixels
    except (OSError, ImageError):
        return None
    width, height = size_wh
    scale = max(width / photo.width, height / photo.height) * generator.uniform(1, 1.8)
    wide, high = width / scale, height / scale
    left = generator.uniform(0, max(photo.width - wide, 0))
    top = generator.uniform(0, max(photo.height - high, 0))
    part = photo.resize(size_wh, Image.Resampling.BILINEAR, (left, top, left + wide, top + high))
    if generator.random() < 0.5:
        part = part.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return np.asarray(part, np.float32)


def _wall(size_wh: SizeWH, generator: np.random.Generator) -> Pixels:
    """One color, lit from a side."""
    width, height = size_wh
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j].astype(np.float32)
    angle = generator.uniform(0, 2 * np.pi)
    slope = np.cos(angle) * x + np.sin(angle) * y
    one, other = random_color(generator), random_color(generator)
    other = one + (other - one) * generator.uniform(0, 0.5)
    share = (slope - slope.min()) / (slope.max() - slope.min() + 1e-6)
    return _between(one, other, share)


def _clouds(size_wh: SizeWH, generator: np.random.Generator) -> Pixels:
    """Colors that flow into one another, from coarse to fine: foliage, cloth, things far away."""
    width, height = size_wh
    total = np.zeros((height, width, 3), np.float32) + random_color(generator).astype(np.float32)
    strength = generator.uniform(15, 50)
    colorful = generator.uniform(0.05, 0.5)
    for cells in (2, 4, 9, 20, 45):
        grey = generator.normal(0, strength, (cells, cells, 1))
        coarse = grey + generator.normal(0, strength * colorful, (cells, cells, 3)) + 128
        layer = Image.fromarray(coarse.clip(0, 255).astype(np.uint8))
        total += np.asarray(layer.resize(size_wh, Image.Resampling.BICUBIC), np.float32) - 128
        strength *= generator.uniform(0.45, 0.8)
    return total.clip(0, 255)


def _room(size_wh: SizeWH, generator: np.random.Generator) -> Pixels:
    """Wall, floor, furniture, images on the wall, a lamp: out of focus, as rooms behind hands."""
    width, height = size_wh
    scene = Image.fromarray(_wall(size_wh, generator).clip(0, 255).astype(np.uint8))
    canvas = ImageDraw.Draw(scene)
    if generator.random() < 0.6:
        floor = generator.uniform(0.55, 0.95) * height
        tilt = generator.normal(0, 0.04) * height
        canvas.polygon([(0, floor), (width, floor + tilt), (width, height), (0, height)],
                       as_fill(random_color(generator)))  # fmt: skip
    for _ in range(int(generator.integers(3, 16))):
        middle = generator.uniform(0, 1, 2) * size_wh
        extent = np.exp(generator.normal(-1.9, 0.7, 2)) * size_wh
        turn = generator.normal(0, 0.12)
        corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * extent / 2
        turning = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        points = [tuple(point) for point in (corners @ turning.T + middle).tolist()]
        fill = as_fill(random_color(generator))
        shape = generator.random()
        if shape < 0.7:
            canvas.polygon(points, fill)
        elif shape < 0.85:
            canvas.ellipse((*(middle - extent / 2), *(middle + extent / 2)), fill)
        else:
            canvas.line(points, fill, max(1, int(extent.min() / 12)))
    blur = generator.uniform(0, 0.03) * max(size_wh)
    return np.asarray(scene.filter(ImageFilter.BoxBlur(blur)), np.float32)


def _woven(size_wh: SizeWH, generator: np.random.Generator) -> Pixels:
    """Carpets, upholstery, wood, stone: a few colors, one above the other by a field's height."""
    width, height = size_wh
    total = np.zeros((height, width), np.float32)
    stretch = np.exp(generator.normal(0, 0.8))
    strength, cells = 1.0, generator.uniform(2, 8)
    for _ in range(4):
        shape = (int(cells * stretch) + 2, int(cells / stretch) + 2)
        coarse = Image.fromarray(generator.standard_normal(shape, np.float32))
        total += np.float32(strength) * np.asarray(coarse.resize(size_wh, Image.Resampling.BICUBIC))
        strength *= generator.uniform(0.5, 0.95)
        cells *= 2.3
    if generator.random() < 0.5:
        # Woven things repeat themselves.
        total = total + total[:, ::-1] + total[::-1]
    count = int(generator.integers(2, 6))
    base = random_color(generator)
    colors = np.clip(base + generator.normal(0, 45, (count, 3)), 0, 255)
    heights = np.linspace(total.min(), total.max(), count)
    softened = [np.interp(total, heights, colors[:, channel]) for channel in range(3)]
    pixels = np.stack(softened, -1)
    if generator.random() < 0.5:
        steps = np.searchsorted(heights[1:-1], total) if count > 2 else (total > total.mean())
        pixels = pixels * 0.4 + colors[np.asarray(steps, int)] * 0.6
    return pixels.astype(np.float32)


def _pattern(size_wh: SizeWH, generator: np.random.Generator) -> Pixels:
    """Stripes or checks: curtains, tiles, shirts."""
    width, height = size_wh
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    angle = generator.uniform(0, np.pi)
    period = generator.uniform(0.03, 0.25) * max(size_wh)
    wave = np.sin((np.cos(angle) * x + np.sin(angle) * y) * 2 * np.pi / period)
    if generator.random() < 0.5:
        wave = wave * np.sin((-np.sin(angle) * x + np.cos(angle) * y) * 2 * np.pi / period)
    share = np.clip(wave * generator.uniform(1, 6) + 0.5, 0, 1)
    one, other = random_color(generator), random_color(generator)
    return _between(one, other, share)


def _between(one: npt.NDArray[Any], other: npt.NDArray[Any], share: npt.NDArray[Any]) -> Pixels:
    """(H, W, 3), a color from one to the other for each share (H, W)."""
    return np.asarray(one + (other - one) * share[..., None], np.float32)

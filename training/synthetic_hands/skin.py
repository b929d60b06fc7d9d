"""Color and light on a hand's surface."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from training.synthetic_hands.blur import blur
from training.synthetic_hands.flesh import FINGER, FOREARM, Limb
from training.synthetic_hands.skeleton import Vectors
from training.synthetic_hands.surface import NOTHING, Field, Surface, View

Colors = npt.NDArray[np.float32]

# Skin from the lightest to the darkest (Monk's scale, without its palest), in sRGB.
TONES: Vectors = np.array(
    [[246, 222, 206], [236, 200, 174], [224, 178, 148], [206, 154, 120], [180, 124, 90],
     [146, 96, 66], [110, 72, 50], [78, 52, 40], [58, 42, 36]], np.float64,
)  # fmt: skip
SHADOW_STEPS = 10
# The palm's three lines, in the hand's own space (x, y), just above the flesh.
PALM_LINES = (
    [(0.125, 0.36), (0.06, 0.36), (-0.02, 0.29), (-0.1, 0.23), (-0.14, 0.22)],
    [(-0.17, 0.37), (-0.09, 0.4), (0.0, 0.41), (0.06, 0.46)],
    [(0.12, 0.36), (0.05, 0.29), (0.0, 0.2), (-0.015, 0.1), (-0.02, 0.06)],
)


@dataclass(frozen=True)
class Skin:
    """How a hand looks.

    Args:
        tone: 0 the lightest to 1 the darkest.
        redness: of the fingertips and knuckles, 0 to 1.
        roughness: of the skin's pattern, 0 to 1.
        sleeve_rgb: the color of a sleeve; None for a bare arm.
        sleeve_from: how far down the forearm it begins, in the hand's own units.
    """

    tone: float
    redness: float
    roughness: float
    sleeve_rgb: tuple[float, float, float] | None
    sleeve_from: float


@dataclass(frozen=True)
class Light:
    """Where the light comes from.

    Args:
        direction: (3,), towards the light, x right, y down, z to the viewer; length 1.
        ambient: the share of light that comes from everywhere.
        rgb: (3,), its color; 1 is white.
    """

    direction: Vectors
    ambient: float
    rgb: Vectors


def random_skin(generator: np.random.Generator) -> Skin:
    """Any skin, and half of the time a sleeve."""
    sleeve = None
    if generator.random() < 0.5:
        sleeve = tuple(generator.uniform(15, 235, 3).tolist())
    return Skin(
        tone=float(generator.uniform(0, 1) ** 1.2),
        redness=float(generator.uniform(0.2, 1)),
        roughness=float(generator.uniform(0.2, 1)),
        sleeve_rgb=sleeve,
        sleeve_from=float(generator.uniform(0.03, 0.45)),
    )


def random_light(generator: np.random.Generator) -> Light:
    """From above more often than from below, warm or cold, hard or soft."""
    direction = np.array([generator.normal(0, 0.7), generator.normal(-0.5, 0.5),
                          generator.uniform(0.35, 1.1)])  # fmt: skip
    warmth = generator.normal(0, 0.06)
    return Light(
        direction / np.linalg.norm(direction),
        float(generator.uniform(0.3, 0.62)),
        np.array([1 + warmth, 1.0, 1 - warmth]) * generator.uniform(0.8, 1.12),
    )


def color_surface(
    surface: Surface,
    limbs: list[Limb],
    view: View,
    skin: Skin,
    light: Light,
    generator: np.random.Generator,
) -> Colors:
    """The colors (H, W, 3) in 0..255 of what is covered; elsewhere they mean nothing."""
    unit = view.scale
    albedo = _albedo(surface, limbs, view, skin, generator)
    normals = _normals(surface, 0.006 * unit)
    towards = (normals * light.direction.astype(np.float32)).sum(-1)
    # Skin lets light through: the edge of the shade is soft, and red.
    wrapped = np.clip((towards + 0.35) / 1.35, 0, 1)
    shadow = _cast_shadow(surface, light, unit)
    occlusion = _occlusion(surface, unit)
    direct = (1 - light.ambient) * 1.25 * wrapped * (1 - 0.6 * shadow)
    bright = (light.ambient + direct) * occlusion
    tint = np.stack([bright**0.88, bright, bright**1.06], -1)
    half = light.direction + np.array([0.0, 0.0, 1.0])
    half = (half / np.linalg.norm(half)).astype(np.float32)
    shine = np.clip((normals * half).sum(-1), 0, 1) ** 18 * (1 - 0.7 * shadow)
    lit: Colors = albedo * tint * light.rgb + 26 * shine[..., None]
    return np.clip(lit, 0, 255).astype(np.float32)


def _albedo(
    surface: Surface, limbs: list[Limb], view: View, skin: Skin, generator: np.random.Generator
) -> Colors:
    height, width = surface.depth.shape
    place = skin.tone * (len(TONES) - 1)
    low = min(int(place), len(TONES) - 2)
    base = TONES[low] + (TONES[low + 1] - TONES[low]) * (place - low)
    base = base + generator.normal(0, 5, 3)
    palm_seen = float(view.turn[2, 2])
    # Palms are lighter and redder than backs, the darker the skin the more.
    if palm_seen > 0:
        pale = np.array([232, 178, 150])
        base = base + (pale - base) * palm_seen * (0.12 + 0.4 * skin.tone)
    albedo = np.broadcast_to(base.astype(np.float32), (height, width, 3)).copy()
    noise = _noise(generator, (height, width), (0.15 * view.scale, 0.03 * view.scale, 1.2))
    albedo *= 1 + 0.05 * skin.roughness * noise[..., None]
    red, dark = _marks(surface, limbs, view, skin)
    albedo += red[..., None] * np.array([8, -16, -14], np.float32)
    albedo *= (1 - dark)[..., None]
    _paint_nails(albedo, surface, limbs, view)
    _dress(albedo, surface, limbs, skin)
    return albedo


def _marks(surface: Surface, limbs: list[Limb], view: View, skin: Skin) -> tuple[Field, Field]:
    """How red each pixel is, and how dark from the folds of the skin."""
    red = np.zeros_like(surface.depth)
    dark = np.zeros_like(surface.depth)
    for number, limb in enumerate(limbs):
        if limb.kind != FINGER:
            continue
        own = surface.limb == number
        if not own.any():
            continue
        along = surface.along[own]
        length = float(np.linalg.norm(limb.end - limb.start))
        palmar_seen = float(view.turn[2] @ np.array(limb.palmar))
        sharp, depth = (0.010, 0.3) if palmar_seen > 0 else (0.022, 0.14)
        at_start = np.exp(-np.square(along * length / sharp))
        dark[own] += depth * at_start * (0.5 if limb.bone == 0 else 1.0)
        at_end = np.exp(-np.square((1 - along) * length / sharp))
        dark[own] += depth * at_end * (0.0 if limb.bone == 2 else 1.0)
        red[own] += skin.redness * (0.8 * along if limb.bone == 2 else 0.35 * at_start)
    if view.turn[2, 2] > 0.25:
        dark += 0.3 * _palm_lines(surface, limbs, view)
    softness = max(0.6, 0.004 * view.scale)
    return blur(red, 2 * softness), blur(dark, softness)


def _palm_lines(surface: Surface, limbs: list[Limb], view: View) -> Field:
    height, width = surface.depth.shape
    ink = Image.new("L", (width, height))
    canvas = ImageDraw.Draw(ink)
    for line in PALM_LINES:
        points = np.array([[x, y, 0.06] for x, y in line])
        places, _ = view.project(points)
        canvas.line([(x, y) for x, y, _ in places.tolist()], 255,
                    max(1, round(0.008 * view.scale)), "curve")  # fmt: skip
    fingers = np.array([limb.kind == FINGER for limb in limbs] + [True])
    drawn = np.asarray(ink, np.float32) / np.float32(255)
    drawn[fingers[surface.limb]] = 0
    return drawn


def _paint_nails(albedo: Colors, surface: Surface, limbs: list[Limb], view: View) -> None:
    height, width = surface.depth.shape
    for number, limb in enumerate(limbs):
        if limb.kind != FINGER or limb.bone != 2:
            continue
        back = -np.array(limb.palmar)
        if view.turn[2] @ back < 0.15:
            continue
        direction = limb.end - limb.start
        direction = direction / np.linalg.norm(direction)
        aside = np.cross(direction, back)
        radius = limb.radii[1]
        middle = limb.end + direction * radius * 0.1 + back * radius * 0.85
        angles = np.linspace(0, 2 * np.pi, 20, endpoint=False)
        ring = (middle + np.outer(np.cos(angles), direction) * radius * 0.95
                + np.outer(np.sin(angles), aside) * radius * 0.68)  # fmt: skip
        places, _ = view.project(ring)
        ink = Image.new("L", (width, height))
        ImageDraw.Draw(ink).polygon([(x, y) for x, y, _ in places.tolist()], fill=255)
        own = (np.asarray(ink) > 0) & (surface.limb == number)
        albedo[own] = albedo[own] * 0.72 + np.array([248, 208, 200], np.float32) * 0.28


def _dress(albedo: Colors, surface: Surface, limbs: list[Limb], skin: Skin) -> None:
    if skin.sleeve_rgb is None:
        return
    arm = np.array([limb.kind == FOREARM for limb in limbs] + [False])
    length = next(float(np.linalg.norm(limb.end - limb.start))
                  for limb in limbs if limb.kind == FOREARM)  # fmt: skip
    own = arm[surface.limb] & (surface.along * length > skin.sleeve_from)
    albedo[own] = np.array(skin.sleeve_rgb, np.float32)


def _normals(surface: Surface, sigma_px: float) -> Colors:
    """(H, W, 3), length 1, z to the viewer."""
    covered = surface.covered
    # Outside, the depth goes on as it ends, or the outline would be as dark as in a cartoon.
    weight = blur(covered.astype(np.float32), 2.0)
    around = blur(np.where(covered, surface.depth, 0), 2.0)
    depth = np.where(covered, surface.depth, around / np.maximum(weight, 1e-3))
    depth = blur(depth.astype(np.float32), max(sigma_px, 0.7))
    down, right = np.gradient(depth)
    normals = np.stack([-right, -down, np.ones_like(depth)], -1)
    length = np.linalg.norm(normals, axis=-1, keepdims=True)
    unit_normals: Colors = (normals / length).astype(np.float32)
    return unit_normals


def _cast_shadow(surface: Surface, light: Light, unit: float) -> Field:
    """0..1: how much of the light is kept away by what stands in front of it."""
    depth = np.where(surface.covered, surface.depth, NOTHING)
    shadow = np.zeros_like(depth)
    x, y, z = light.direction
    for step in np.linspace(0.02, 0.3, SHADOW_STEPS) * unit:
        shift = (-round(float(y * step)), -round(float(x * step)))
        if shift == (0, 0):
            continue
        blocker = np.roll(depth, shift, (0, 1))
        above = blocker - (depth + float(z * step))
        shadow = np.maximum(shadow, np.clip(above / (0.02 * unit), 0, 1))
    return blur(shadow, 0.012 * unit)


def _occlusion(surface: Surface, unit: float) -> Field:
    """0..1: darker where the surroundings stand higher: between fingers, under the thumb."""
    covered = surface.covered
    occlusion = np.ones_like(surface.depth)
    for radius, strength in ((0.015, 0.5), (0.05, 0.35)):
        weight = blur(covered.astype(np.float32), radius * unit)
        filled = np.where(covered, surface.depth, 0)
        around = blur(filled, radius * unit) / np.maximum(weight, 1e-3)
        deep = np.clip((around - surface.depth) / (radius * unit), 0, 1.5)
        occlusion *= 1 - strength * np.where(covered, deep, 0) / 1.5
    return occlusion


def _noise(
    generator: np.random.Generator, shape: tuple[int, int], sizes_px: tuple[float, ...]
) -> Any:
    """(H, W): patterns of several sizes, with a spread of about 1."""
    total = np.zeros(shape, np.float32)
    for size in sizes_px:
        step = max(1, int(size))
        small = (shape[0] // step + 2, shape[1] // step + 2)
        cells = Image.fromarray(generator.standard_normal(small, np.float32))
        total += np.asarray(cells.resize(shape[::-1], Image.Resampling.BICUBIC))
    return total / len(sizes_px) ** 0.5

"""What of the flesh is seen: depth, limb and place on it for every pixel."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from training.synthetic_hands.blur import blur
from training.synthetic_hands.flesh import FINGER, FOREARM, PALM, Limb
from training.synthetic_hands.skeleton import Vectors

Field = npt.NDArray[np.float32]

NOTHING = np.float32(-1e6)
# Over how much depth limbs of the palm melt into one another, and fingers into the palm.
PALM_MELTS, FINGER_MELTS = 0.05, 0.018


@dataclass(frozen=True)
class View:
    """From where a hand is seen.

    Args:
        turn: (3, 3), from the hand's own space to the camera's: x right, y down, z to the viewer.
        scale: pixels for 1 of the hand's own space.
        center_xy: where the middle of the hand is, in pixels.
        distance: of the camera, in the hand's own units; the nearer, the more perspective.
    """

    turn: Vectors
    scale: float
    center_xy: tuple[float, float]
    distance: float

    def project(self, points: Vectors) -> tuple[Vectors, Vectors]:
        """Points (N, 3) as (N, 3): x, y in pixels, depth in pixels, and (N,) their scale."""
        turned = (points - (0.0, 0.42, 0.0)) @ self.turn.T
        nearness = self.distance / np.maximum(self.distance - turned[:, 2], 0.3)
        places = turned * self.scale * nearness[:, None]
        places[:, 2] = turned[:, 2] * self.scale
        places[:, :2] += self.center_xy
        return places, nearness


@dataclass(frozen=True)
class Surface:
    """The visible surface, (H, W) each.

    Args:
        depth: towards the viewer, in pixels; `NOTHING` where there is no hand.
        limb: which limb, by its place in the list; -1 for none.
        along: how far along its limb, 0 to 1.
    """

    depth: Field
    limb: npt.NDArray[np.int16]
    along: Field

    @property
    def covered(self) -> npt.NDArray[np.bool_]:
        """Where there is hand or arm."""
        covered: npt.NDArray[np.bool_] = self.limb >= 0
        return covered


def see(limbs: list[Limb], view: View, size_wh: tuple[int, int]) -> Surface:
    """The surface of the limbs in an image of that size."""
    width, height = size_wh
    depth = np.full((height, width), NOTHING, np.float32)
    limb_of = np.full((height, width), -1, np.int16)
    along = np.zeros((height, width), np.float32)
    palm = depth.copy()
    for kind in (FOREARM, PALM):
        for number, limb in enumerate(limbs):
            if limb.kind == kind:
                melts = np.float32(PALM_MELTS * view.scale)
                _lay(palm, limb_of, along, _seen_limb(limb, view, size_wh), number, melts)
    palm = _smoothed(palm, 0.012 * view.scale)
    depth = palm.copy()
    for number, limb in enumerate(limbs):
        if limb.kind == FINGER:
            seen = _seen_limb(limb, view, size_wh)
            if seen is None:
                continue
            rows, columns, limb_depth, place = seen
            melts = np.float32(FINGER_MELTS * view.scale) if limb.bone == 0 else np.float32(0)
            melted = _melt(palm[rows, columns], limb_depth, melts)
            nearer = melted > depth[rows, columns]
            depth[rows, columns] = np.where(nearer, melted, depth[rows, columns])
            own = nearer & (limb_depth > palm[rows, columns])
            limb_of[rows, columns][own] = number
            along[rows, columns][own] = place[own]
    return Surface(depth, limb_of, along)


def _seen_limb(
    limb: Limb, view: View, size_wh: tuple[int, int]
) -> tuple[slice, slice, Field, Field] | None:
    """A limb's depth and place in the rectangle around it; None where that is out of sight."""
    places, nearness = view.project(np.stack([limb.start, limb.end]))
    radii = np.array(limb.radii) * view.scale * nearness
    low = np.floor((places[:, :2] - radii[:, None]).min(0)).astype(int)
    high = np.ceil((places[:, :2] + radii[:, None]).max(0)).astype(int) + 1
    x_min, y_min = np.maximum(low, 0)
    x_max, y_max = np.minimum(high, size_wh)
    if x_min >= x_max or y_min >= y_max:
        return None
    x = np.arange(x_min, x_max, dtype=np.float32) - np.float32(places[0, 0])
    y = np.arange(y_min, y_max, dtype=np.float32) - np.float32(places[0, 1])
    step, growth = (places[1] - places[0]).astype(np.float32), np.float32(radii[1] - radii[0])
    depth, along = _cone(x[None, :], y[:, None], step, np.float32(radii[0]), growth)
    depth[depth > NOTHING / 2] += np.float32(places[0, 2])
    return slice(y_min, y_max), slice(x_min, x_max), depth, along


def _cone(x: Any, y: Any, step: Any, radius: Any, growth: Any) -> tuple[Field, Field]:
    """Depth of balls that move from 0 by `step` and grow from `radius` by `growth`.

    The ball at t stands in front of (x, y) by z t + sqrt(q), where q = (radius + growth t)^2 less
    the square of the distance to its middle is a parabola in t with its vertex at `peak`. That sum
    is concave, so that its maximum, found where its derivative is 0, may be cut to 0..1.

    Returns:
        Depth, `NOTHING` where no ball is, and t.
    """
    step_x, step_y, step_z = step
    # Where the balls come straight at the viewer one hides all others, and this stays above 0.
    flatness = max(step_x**2 + step_y**2 - growth**2, np.float32(1e-3) + radius**2 * 1e-4)
    slope = x * step_x + y * step_y + radius * growth
    peak = slope / flatness
    at_peak = radius**2 - x**2 - y**2 + slope * peak
    lead = step_z * np.sqrt(np.maximum(at_peak, 0) / (flatness * (flatness + step_z**2)))
    t = np.clip(peak + lead, 0, 1)
    left = (radius + growth * t) ** 2 - (x - step_x * t) ** 2 - (y - step_y * t) ** 2
    depth = np.where(left > 0, step_z * t + np.sqrt(np.maximum(left, 0)), NOTHING)
    return depth.astype(np.float32), t.astype(np.float32)


def _lay(
    depth: Field, limb_of: Any, along: Field, seen: Any, number: int, melts: np.float32
) -> None:
    if seen is None:
        return
    rows, columns, limb_depth, place = seen
    before = depth[rows, columns]
    nearer = limb_depth > before
    limb_of[rows, columns][nearer] = number
    along[rows, columns][nearer] = place[nearer]
    depth[rows, columns] = _melt(before, limb_depth, melts)


def _melt(one: Field, other: Field, over: np.float32) -> Field:
    """The nearer of two depths, rounded where they are the same (quadratic smooth maximum)."""
    nearer = np.maximum(one, other)
    if over <= 0:
        return nearer
    closeness = np.maximum(over - np.abs(one - other), 0) / over
    melted: Field = nearer + closeness * closeness * over * np.float32(0.25)
    return melted


def _smoothed(depth: Field, sigma_px: float) -> Field:
    """The depth without the bones' furrows; its outline stays."""
    covered = (depth > NOTHING / 2).astype(np.float32)
    filled = np.where(covered > 0, depth, 0)
    weight = blur(covered, sigma_px)
    blurred = blur(filled, sigma_px) / np.maximum(weight, 1e-3)
    # Near the outline the blur would flatten what is round.
    inside = np.clip((weight - 0.8) / 0.2, 0, 1)
    return np.where(covered > 0, depth + (blurred - depth) * inside, NOTHING).astype(np.float32)

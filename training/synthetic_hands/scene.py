"""One drawn image, and what is known of each hand in it."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

from training.datasets.annotated import HIDDEN, NOT_LABELLED, VISIBLE, Keypoints
from training.synthetic_hands.backgrounds import Pixels, random_background
from training.synthetic_hands.blur import blur
from training.synthetic_hands.camera import photograph
from training.synthetic_hands.distractors import add_distractors
from training.synthetic_hands.flesh import FOREARM, Limb, limbs_of
from training.synthetic_hands.gestures import COUNTS, choose_fingers, random_pose
from training.synthetic_hands.skeleton import Skeleton, bend
from training.synthetic_hands.skin import color_surface, random_light, random_skin
from training.synthetic_hands.surface import Surface, View, see

# Everything is drawn so much larger and scaled down, for smooth edges.
OVERSAMPLING = 1.5
# Less of a hand than this in the image, and it is not worth an annotation.
LEAST_VISIBLE_SHARE = 0.45
MOST_SQUEEZED = 1.35
# So far above the wrist's middle the hand ends, down the forearm, in the hand's own units.
WRIST_LENGTH = 0.06


@dataclass(frozen=True)
class Wishes:
    """What is to be drawn.

    Args:
        size_wh: of the image, in pixels.
        gestures: the classes, names of `gestures.COUNTS`, each as often.
        most_hands: in an image; one is the most common number.
        empty_share: of images without a hand.
        smallest: length of a hand, as a share of the image's shorter side.
        largest: the same.
        photos: images for the background; none for drawn ones.
    """

    size_wh: tuple[int, int] = (320, 320)
    gestures: tuple[str, ...] = ("one", "two", "three", "four", "five")
    most_hands: int = 1
    empty_share: float = 0.03
    smallest: float = 0.3
    largest: float = 1.0
    photos: tuple[Path, ...] = ()


@dataclass(frozen=True)
class DrawnHand:
    """What is known of a hand.

    Args:
        gesture: its class.
        mask: (H, W) bool, what is seen of the hand, down to the wrist.
        keypoints: (21, 3), as `AnnotatedObject.keypoints`.
        truncated: a part of it is out of the image.
    """

    gesture: str
    mask: npt.NDArray[np.bool_]
    keypoints: Keypoints
    truncated: bool


@dataclass(frozen=True)
class Scene:
    """An image, mode RGB, and its hands."""

    pixels: Image.Image
    hands: tuple[DrawnHand, ...]


def draw_scene(wishes: Wishes, generator: np.random.Generator) -> Scene:
    """Draw an image; the same generator state and wishes give the same."""
    width, height = wishes.size_wh
    # Half of the images are squeezed as many data sets are, which makes all images square.
    squeezed = generator.uniform(1 / MOST_SQUEEZED, MOST_SQUEEZED)
    across = squeezed if generator.random() < 0.5 else 1.0
    size_wh = (round(width * OVERSAMPLING * across), round(height * OVERSAMPLING))
    canvas = random_background(size_wh, generator, wishes.photos)
    canvas, _ = add_distractors(canvas, generator, most=2 if wishes.photos else 4)
    count = 0
    if generator.random() >= wishes.empty_share:
        count = min(1 + int(generator.geometric(0.6)) - 1, wishes.most_hands)
        count = max(count, 1)
    drawn: list[tuple[str, npt.NDArray[np.float32], Any, bool]] = []
    for number in range(count):
        gesture = str(generator.choice(wishes.gestures))
        hand = _draw_hand(canvas, gesture, number, count, wishes, generator)
        if hand is None:
            continue
        canvas, cover, arm_cover, keypoints, truncated = hand
        drawn = [
            (name, before * (1 - arm_cover), points, cut) for name, before, points, cut in drawn
        ]
        drawn.append((gesture, cover, keypoints, truncated))
    if generator.random() < 0.15:
        canvas, in_front = add_distractors(canvas, generator, most=2, in_front=True)
        drawn = [(name, cover * (1 - in_front), points, cut) for name, cover, points, cut in drawn]
    small = Image.fromarray(canvas.clip(0, 255).astype(np.uint8)).resize(
        wishes.size_wh, Image.Resampling.BOX
    )
    taken = photograph(np.asarray(small, np.float32), generator)
    known = (_known(each, size_wh, wishes.size_wh) for each in drawn)
    hands = tuple(hand for hand in known if hand is not None)
    return Scene(Image.fromarray(taken.astype(np.uint8)), hands)


def _random_view(
    number: int,
    count: int,
    size_wh: tuple[int, int],
    wishes: Wishes,
    generator: np.random.Generator,
) -> View:
    shorter = min(size_wh)
    low, high = np.log(wishes.smallest), np.log(wishes.largest)
    scale = shorter * float(np.exp(generator.uniform(low, high))) / max(1, count**0.5)
    back = generator.random() < 0.5
    yaw = generator.normal(np.pi if back else 0, 0.4)
    pitch = generator.normal(0, 0.3)
    # Upright hands are the most common; some point anywhere.
    roll = generator.normal(0, 0.5) if generator.random() < 0.8 else generator.uniform(-3, 3)
    turn = np.diag([1.0, -1.0, 1.0]) @ _about(2, roll) @ _about(0, pitch) @ _about(1, yaw)
    if generator.random() < 0.5:
        turn = turn @ np.diag([-1.0, 1.0, 1.0])
    # Several hands stand side by side.
    middle = np.array([(number + 0.5) / count, 0.5])
    room = np.maximum(0.5 / np.array([count, 1]) - 0.3 * scale / np.array(size_wh), 0.04)
    place = (middle + generator.uniform(-1, 1, 2) * room) * size_wh
    return View(turn, scale, (float(place[0]), float(place[1])), float(generator.uniform(2.2, 6)))


def _about(axis: int, angle: float) -> npt.NDArray[np.float64]:
    """The rotation about an axis, by the right-hand rule."""
    turn = np.eye(3)
    one, other = [each for each in range(3) if each != axis]
    sign = -1.0 if axis == 1 else 1.0
    turn[one, one] = turn[other, other] = np.cos(angle)
    turn[one, other], turn[other, one] = -sign * np.sin(angle), sign * np.sin(angle)
    return turn


def _draw_hand(
    canvas: Pixels,
    gesture: str,
    number: int,
    count: int,
    wishes: Wishes,
    generator: np.random.Generator,
) -> Any:
    """The canvas with the hand, its cover, hand and arm's, keypoints, and whether it is cut."""
    height, width = canvas.shape[:2]
    view = _random_view(number, count, (width, height), wishes, generator)
    proportions = generator.normal(1, 0.05, 5)
    fingers = choose_fingers(COUNTS[gesture], generator)
    skeleton = bend(random_pose(fingers, generator), proportions)
    limbs = limbs_of(skeleton, thickness=float(generator.normal(1.04, 0.1)))
    left, top, right, bottom = _window(limbs, view, (width, height))
    window = (slice(top, bottom), slice(left, right))
    if right - left < 8 or bottom - top < 8:
        return None
    near = replace(view, center_xy=(view.center_xy[0] - left, view.center_xy[1] - top))
    surface = see(limbs, near, (right - left, bottom - top))
    hand = surface.covered & ~_beyond_wrist(surface, limbs)
    share = hand.sum() / max(_whole_area(limbs, view), 1)
    if share < LEAST_VISIBLE_SHARE:
        return None
    skin, light = random_skin(generator), random_light(generator)
    colors = color_surface(surface, limbs, near, skin, light, generator)
    covered = surface.covered.astype(np.float32)
    everything, hand_cover = np.zeros((2, height, width), np.float32)
    everything[window], hand_cover[window] = covered, hand
    painted = _with_shadow(canvas, everything, light.direction, view.scale, generator)
    soft = blur(covered, 0.6)[..., None]
    # Outside of the outline the colors mean nothing: there the nearest inside are taken.
    inside = ndimage.uniform_filter(colors * covered[..., None], (3, 3, 1))
    weight = ndimage.uniform_filter(covered, 3)[..., None]
    edge = np.where(covered[..., None] > 0, colors, inside / np.maximum(weight, 1e-3))
    painted[window] = painted[window] * (1 - soft) + edge * soft
    keypoints = _keypoints(skeleton, surface, near)
    keypoints[:, :2] += (left, top)
    return painted, hand_cover, everything, keypoints, share < 0.97


def _window(limbs: list[Limb], view: View, size_wh: tuple[int, int]) -> tuple[int, int, int, int]:
    """Left, top, right, bottom around all that is in the image, with room for blurs."""
    ends = np.array([end for limb in limbs for end in (limb.start, limb.end)])
    reach = np.repeat([max(limb.radii) for limb in limbs], 2)
    places, nearness = view.project(ends)
    reach = reach * view.scale * nearness + 4
    low = np.clip(np.floor((places[:, :2] - reach[:, None]).min(0)), 0, size_wh).astype(int)
    high = np.clip(np.ceil((places[:, :2] + reach[:, None]).max(0)), 0, size_wh).astype(int)
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def _beyond_wrist(surface: Surface, limbs: list[Limb]) -> npt.NDArray[np.bool_]:
    """What of the arm is no hand any more."""
    arm = np.array([limb.kind == FOREARM for limb in limbs] + [False])
    length = next(np.linalg.norm(limb.end - limb.start) for limb in limbs if limb.kind == FOREARM)
    beyond: npt.NDArray[np.bool_] = arm[surface.limb] & (surface.along > WRIST_LENGTH / length)
    return beyond


def _whole_area(limbs: list[Limb], view: View) -> float:
    """The hand's area were it all in the image, in pixels: seen coarsely, in a larger one."""
    coarse = View(view.turn, 48.0, (80.0, 80.0), view.distance)
    surface = see(limbs, coarse, (160, 160))
    area = (surface.covered & ~_beyond_wrist(surface, limbs)).sum()
    return float(area) * (view.scale / coarse.scale) ** 2


def _with_shadow(
    canvas: Pixels, cover: Any, direction: Any, scale: float, generator: np.random.Generator
) -> Pixels:
    """The background with the hand's shadow on it, if it is near enough."""
    if generator.random() < 0.5:
        return canvas.copy()
    away = generator.uniform(0.05, 0.25) * scale
    shift = (-float(direction[1]) * away, -float(direction[0]) * away)
    shadow = np.roll(cover, (round(shift[0]), round(shift[1])), (0, 1))
    shadow = blur(shadow, float(generator.uniform(0.02, 0.08)) * scale)
    darker: Pixels = canvas * (1 - np.float32(generator.uniform(0.1, 0.45)) * shadow[..., None])
    return darker


def _keypoints(skeleton: Skeleton, surface: Surface, view: View) -> Any:
    """(21, 3): x, y in the enlarged image's pixels, and COCO's visibility."""
    places, _ = view.project(skeleton.joints)
    height, width = surface.depth.shape
    points = np.zeros((21, 3))
    for number, (x, y, depth) in enumerate(places.tolist()):
        column, row = int(np.floor(x)), int(np.floor(y))
        if not (0 <= column < width and 0 <= row < height):
            continue
        # A joint lies within its finger; what is more than a finger's thickness in front hides it.
        hidden = surface.depth[row, column] - depth > 0.13 * view.scale
        points[number] = (x, y, HIDDEN if hidden else VISIBLE)
    return points


def _known(each: Any, drawn_wh: tuple[int, int], size_wh: tuple[int, int]) -> DrawnHand | None:
    """A hand in the image's own pixels; None where what is in front leaves nothing of it."""
    gesture, cover, points, truncated = each
    cover = Image.fromarray((cover * 255).astype(np.uint8)).resize(size_wh, Image.Resampling.BOX)
    mask = np.asarray(cover) > 127
    if mask.sum() < 16:
        return None
    labelled = points[:, 2] != NOT_LABELLED
    shares = points[:, 1::-1] / np.array(drawn_wh)[::-1]
    shares = np.clip(shares, 0, 1) * labelled[:, None]
    return DrawnHand(gesture, mask, np.column_stack([shares, points[:, 2]]), bool(truncated))

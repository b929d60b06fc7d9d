"""The flesh around the bones: balls that grow and shrink along lines."""

from dataclasses import dataclass

import numpy as np

from training.synthetic_hands.skeleton import KNUCKLES, Skeleton, Vectors

FOREARM, PALM, FINGER = 0, 1, 2
# Around the joints of each finger, thumb to little: root, middle, last, tip.
FINGER_RADII: Vectors = np.array(
    [
        [0.075, 0.056, 0.05, 0.037],
        [0.05, 0.046, 0.04, 0.032],
        [0.051, 0.047, 0.041, 0.033],
        [0.048, 0.044, 0.038, 0.031],
        [0.042, 0.038, 0.033, 0.027],
    ]
)


@dataclass(frozen=True)
class Limb:
    """Balls along a line.

    Args:
        start: (3,), in the hand's own space.
        end: (3,).
        radii: at the start and at the end.
        kind: `FOREARM`, `PALM` or `FINGER`.
        finger: 0 thumb to 4 little finger; -1 for none.
        bone: 0 at the palm to 2 at the tip; -1 for none.
        palmar: (3,), the direction of the soft side.
    """

    start: Vectors
    end: Vectors
    radii: tuple[float, float]
    kind: int
    finger: int = -1
    bone: int = -1
    palmar: tuple[float, float, float] = (0.0, 0.0, 1.0)


def limbs_of(skeleton: Skeleton, *, thickness: float) -> list[Limb]:
    """All limbs of a hand.

    Args:
        skeleton: the bones.
        thickness: of the fingers, compared to most people's.
    """
    return [*_arm(), *_palm(skeleton, thickness), *_fingers(skeleton, thickness)]


def _arm() -> list[Limb]:
    """The forearm and the wrist, wider than thick."""
    limbs = []
    for side in (-1.0, -0.3, 0.3, 1.0):
        wrist = np.array([0.062 * side + 0.005, -0.02, -0.005])
        # Farther than any forearm: it should leave the image, not end in the air.
        end = np.array([0.15 * side, -3.5, -0.01])
        limbs.append(Limb(wrist, end, (0.068, 0.2), FOREARM))
    return limbs


def _palm(skeleton: Skeleton, thickness: float) -> list[Limb]:
    wrist_x = np.array([0.062, 0.022, -0.022, -0.06])
    limbs = []
    for finger in range(4):
        start = np.array([wrist_x[finger], 0.02, 0.0])
        end = KNUCKLES[finger] - (0, 0.015, 0.0)
        limbs.append(Limb(start, end, (0.07, 0.055 * thickness), PALM))
    # Between the knuckles, so that the palm has an even edge.
    for finger in range(3):
        low, high = KNUCKLES[finger], KNUCKLES[finger + 1]
        limbs.append(Limb(low - (0, 0.03, 0), high - (0, 0.03, 0), (0.052, 0.05), PALM))
    # The ball of the little finger, and the hollow between.
    limbs.append(Limb(np.array([-0.062, 0.06, 0.025]), np.array([-0.115, 0.36, 0.012]),
                      (0.068, 0.052), PALM))  # fmt: skip
    limbs.append(Limb(np.array([0.03, 0.2, 0.005]), np.array([-0.06, 0.3, 0.005]),
                      (0.062, 0.062), PALM))  # fmt: skip
    thumb = skeleton.joints[1:5]
    # The ball of the thumb, and the web from it to the index finger.
    limbs.append(Limb(np.array([0.05, 0.05, 0.02]), thumb[0] * 0.35 + thumb[1] * 0.65,
                      (0.07, 0.068), PALM))  # fmt: skip
    for share in np.linspace(0.15, 0.9, 6):
        on_thumb = thumb[0] + (thumb[1] - thumb[0]) * share
        root, knuckle = np.array([0.075, 0.13, 0.0]), KNUCKLES[0]
        on_palm = root + (knuckle - root) * (0.1 + 0.62 * share)
        limbs.append(Limb(on_thumb, on_palm, (0.042 - 0.012 * share, 0.045), PALM))
    return limbs


def _fingers(skeleton: Skeleton, thickness: float) -> list[Limb]:
    limbs = []
    for finger in range(5):
        joints = skeleton.joints[1 + 4 * finger : 5 + 4 * finger]
        radii = FINGER_RADII[finger] * thickness
        for bone in range(3):
            start, end = joints[bone], joints[bone + 1]
            palmar = tuple(skeleton.palmar[finger, bone].tolist())
            is_palm = finger == 0 and bone == 0
            limbs.append(
                Limb(start, end, (float(radii[bone]), float(radii[bone + 1])),
                     PALM if is_palm else FINGER, finger, bone, palmar)
            )  # fmt: skip
    return limbs

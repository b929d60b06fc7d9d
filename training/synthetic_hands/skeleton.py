"""The bones of a hand, and where they are when its joints are bent."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float64]

FINGERS = 4
# Where index to little finger leave the palm, and their three bones each, after the proportions
# that anthropometry gives (Buryanov and Kotiuk 2010), for a hand of length 1.
KNUCKLES: Vectors = np.array(
    [[0.125, 0.52, 0.0], [0.035, 0.545, 0.005], [-0.055, 0.515, 0.0], [-0.135, 0.455, -0.01]]
)
FINGER_BONES: Vectors = np.array(
    [[0.205, 0.125, 0.085], [0.225, 0.145, 0.09], [0.205, 0.135, 0.09], [0.16, 0.095, 0.08]]
)
# How far the fingers point apart at rest, radians; positive towards the thumb.
REST_SPREAD: Vectors = np.array([0.06, 0.0, -0.06, -0.14])
THUMB_ROOT: Vectors = np.array([0.075, 0.13, 0.03])
THUMB_BONES: Vectors = np.array([0.225, 0.165, 0.12])


@dataclass(frozen=True)
class Pose:
    """How the joints are bent, in radians.

    Args:
        flexion: (4, 3), index to little finger: at the knuckle, the middle and the last joint;
            positive towards the palm.
        spread: (4,), sidewards at the knuckle, positive towards the thumb.
        thumb_out: of the thumb's first bone, away from the index finger in the palm's plane.
        thumb_forward: of the same, out of that plane, in front of the palm.
        thumb_flexion: (2,), of the thumb's other two joints, towards the little finger.
    """

    flexion: Vectors
    spread: Vectors
    thumb_out: float
    thumb_forward: float
    thumb_flexion: Vectors


@dataclass(frozen=True)
class Skeleton:
    """Joints in a hand's own space.

    Args:
        joints: (21, 3), in the order of `detection.hands.skeleton.KEYPOINT_NAMES`.
        palmar: (5, 3, 3): for each finger and bone the direction of its soft side, length 1.
    """

    joints: Vectors
    palmar: Vectors


def bend(pose: Pose, proportions: Vectors | None = None) -> Skeleton:
    """The skeleton in a pose.

    Args:
        pose: the joints' angles.
        proportions: (5,), how long each finger is compared to most people's; None for those.
    """
    lengths = np.ones(5) if proportions is None else proportions
    joints = np.zeros((21, 3))
    palmar = np.zeros((5, 3, 3))
    joints[1:5], palmar[0] = _thumb(pose, float(lengths[0]))
    for finger in range(FINGERS):
        angle = pose.spread[finger] + REST_SPREAD[finger]
        aside = np.array([np.sin(angle), np.cos(angle), 0.0])
        place = KNUCKLES[finger].copy()
        start = 5 + 4 * finger
        joints[start] = place
        bent = 0.0
        for bone in range(3):
            bent += pose.flexion[finger, bone]
            direction = aside * np.cos(bent) + np.array([0, 0, np.sin(bent)])
            palmar[finger + 1, bone] = np.array([0, 0, np.cos(bent)]) - aside * np.sin(bent)
            place = place + direction * FINGER_BONES[finger, bone] * lengths[finger + 1]
            joints[start + 1 + bone] = place
    return Skeleton(joints, palmar)


def _thumb(pose: Pose, length: float) -> tuple[Any, Any]:
    """The thumb's four joints, and the soft side of its three bones."""
    out, forward = pose.thumb_out, pose.thumb_forward
    direction = np.array(
        [np.sin(out) * np.cos(forward), np.cos(out) * np.cos(forward), np.sin(forward)]
    )
    # The thumb bends around an axis that turns with it: across the palm when it stands in front.
    inward = np.array([-np.cos(out), np.sin(out), 0.35 + 0.4 * np.sin(forward)])
    inward -= direction * (inward @ direction)
    inward /= np.linalg.norm(inward)
    joints, palmar = [THUMB_ROOT], []
    bent = 0.0
    for bone, angle in enumerate((0.0, *pose.thumb_flexion)):
        bent += float(angle)
        along = direction * np.cos(bent) + inward * np.sin(bent)
        palmar.append(inward * np.cos(bent) - direction * np.sin(bent))
        joints.append(joints[-1] + along * THUMB_BONES[bone] * length)
    return np.array(joints), np.array(palmar)

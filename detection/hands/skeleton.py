"""The 21 keypoints of a hand, in the order that data sets and hand trackers share."""

FINGERS = ("thumb", "index", "middle", "ring", "little")
# From the palm to the tip; the thumb has its saddle joint where others have their knuckle.
JOINTS = ("base", "first_joint", "second_joint", "tip")
KEYPOINT_NAMES = ("wrist", *(f"{finger}_{joint}" for finger in FINGERS for joint in JOINTS))

# The bones: pairs of keypoints.
BONES = tuple(
    (0 if joint == 0 else 4 * finger + joint, 4 * finger + joint + 1)
    for finger in range(5)
    for joint in range(4)
)

# Thumb to little finger, as OpenPose shows hands.
FINGER_COLORS = ("#E6194B", "#FFC400", "#3CB44B", "#0090FF", "#C050E0")


def keypoint_names(count: int) -> tuple[str, ...]:
    """What `count` keypoints are called: a hand's by their names, others by number.

    Example:
        >>> keypoint_names(21)[:2], keypoint_names(2)
        (('wrist', 'thumb_base'), ('keypoint_1', 'keypoint_2'))
    """
    if count == len(KEYPOINT_NAMES):
        return KEYPOINT_NAMES
    return tuple(f"keypoint_{number}" for number in range(1, count + 1))

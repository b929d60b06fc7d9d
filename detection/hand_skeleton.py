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

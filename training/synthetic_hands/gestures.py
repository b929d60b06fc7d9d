"""Which fingers are up, and poses in which they are."""

import numpy as np

from training.synthetic_hands.skeleton import Pose

# The number of fingers up, by the class's name.
COUNTS = {"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
# By the number: which fingers people put up for it (thumb to little finger), and how often.
WAYS: dict[int, tuple[tuple[tuple[int, ...], float], ...]] = {
    0: (((0, 0, 0, 0, 0), 1.0),),
    1: (((0, 1, 0, 0, 0), 0.85), ((1, 0, 0, 0, 0), 0.1), ((0, 0, 0, 0, 1), 0.05)),
    2: (((0, 1, 1, 0, 0), 0.8), ((1, 1, 0, 0, 0), 0.15), ((0, 1, 0, 0, 1), 0.05)),
    3: (((0, 1, 1, 1, 0), 0.6), ((1, 1, 1, 0, 0), 0.3), ((0, 0, 1, 1, 1), 0.1)),
    4: (((0, 1, 1, 1, 1), 1.0),),
    5: (((1, 1, 1, 1, 1), 1.0),),
}


def choose_fingers(count: int, generator: np.random.Generator) -> tuple[int, ...]:
    """Which fingers are up, 1 or 0 from thumb to little finger."""
    ways = WAYS[count]
    chosen = generator.choice(len(ways), p=[share for _, share in ways])
    return ways[int(chosen)][0]


def random_pose(fingers_up: tuple[int, ...], generator: np.random.Generator) -> Pose:
    """A pose with these fingers up and the others folded."""
    flexion = np.zeros((4, 3))
    loose = generator.uniform(0, 1)
    for finger, is_up in enumerate(fingers_up[1:]):
        if is_up:
            straight = generator.uniform(-0.1, 0.2)
            flexion[finger] = (straight, generator.uniform(0.0, 0.25), generator.uniform(0.0, 0.15))
        else:
            flexion[finger] = (
                generator.uniform(1.25, 1.6) - 0.15 * loose,
                generator.uniform(1.6, 1.95) - 0.2 * loose,
                generator.uniform(0.8, 1.2),
            )
    # Straight fingers are apart or together; folded ones lie beside each other.
    apart = generator.uniform(0.0, 0.26)
    spread = np.array([1.0, 0.15, -0.5, -1.3]) * apart * np.array(fingers_up[1:])
    spread += generator.normal(0, 0.02, 4)
    if fingers_up[0]:
        return Pose(
            flexion, spread,
            thumb_out=generator.uniform(0.75, 1.15),
            thumb_forward=generator.uniform(-0.05, 0.45),
            thumb_flexion=np.array([generator.uniform(-0.35, 0.0), generator.uniform(-0.3, 0.05)]),
        )  # fmt: skip
    # Across the palm, over folded fingers where there are some.
    over_fingers = not all(fingers_up[1:3])
    lowest, highest = (0.65, 0.85) if over_fingers else (0.4, 0.7)
    return Pose(
        flexion, spread,
        thumb_out=generator.uniform(0.3, 0.5),
        thumb_forward=generator.uniform(lowest, highest),
        thumb_flexion=np.array([generator.uniform(0.5, 0.8), generator.uniform(0.5, 0.95)]),
    )  # fmt: skip

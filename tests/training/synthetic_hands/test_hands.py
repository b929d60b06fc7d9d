from pathlib import Path

import numpy as np
import pytest

from detection.hands.skeleton import BONES, KEYPOINT_NAMES
from tests.support.small_datasets import image_file
from training.datasets.defects import DatasetError
from training.datasets.workers import Workers
from training.synthetic_hands.gestures import COUNTS, WAYS, choose_fingers, random_pose
from training.synthetic_hands.scene import Scene, Wishes, draw_scene
from training.synthetic_hands.skeleton import bend
from training.synthetic_hands.synthesis import synthesize_hands

SMALL = Wishes(size_wh=(96, 80), smallest=0.6, empty_share=0.0)


def scenes(wishes: Wishes, count: int) -> list[Scene]:
    return [draw_scene(wishes, np.random.default_rng([5, number])) for number in range(count)]


@pytest.mark.parametrize("name", COUNTS)
def test_as_many_fingertips_are_far_from_the_palm_as_the_gesture_says(name: str) -> None:
    generator = np.random.default_rng(2)
    for _ in range(20):
        fingers = choose_fingers(COUNTS[name], generator)
        joints = bend(random_pose(fingers, generator)).joints
        # From its root the tip of a straight finger is about as far as its bones are long.
        roots, tips = joints[1::4], joints[4::4]
        bones = np.linalg.norm(np.diff(joints[1:].reshape(5, 4, 3), axis=1), axis=-1).sum(1)
        reach = np.linalg.norm(tips - roots, axis=1) / bones
        straight = tuple((reach[1:] > 0.85).astype(int).tolist())
        assert straight == fingers[1:]
        # The thumb points away from the other fingers, or lies before the palm.
        assert (joints[4, 0] > 0.2) == bool(fingers[0])


def test_every_way_of_counting_puts_up_that_many_fingers() -> None:
    for count, ways in WAYS.items():
        assert all(sum(fingers) == count for fingers, _ in ways)
        assert sum(share for _, share in ways) == pytest.approx(1)


def test_there_are_21_keypoints_in_the_usual_order() -> None:
    assert len(KEYPOINT_NAMES) == 21
    assert KEYPOINT_NAMES[0] == "wrist"
    assert KEYPOINT_NAMES[4::4] == (
        "thumb_tip", "index_tip", "middle_tip", "ring_tip", "little_tip",
    )  # fmt: skip
    assert len(BONES) == 20


def test_visible_keypoints_lie_on_the_mask() -> None:
    on, all_seen = 0, 0
    for scene in scenes(SMALL, 12):
        for hand in scene.hands:
            height, width = hand.mask.shape
            for y, x, visibility in hand.keypoints:
                if visibility == 2:
                    row, column = min(int(y * height), height - 1), min(int(x * width), width - 1)
                    near = hand.mask[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
                    on, all_seen = on + bool(near.any()), all_seen + 1
    assert all_seen > 100
    # The rest lies behind things in front of the hand.
    assert on / all_seen > 0.97


def test_an_image_holds_as_many_hands_as_were_wished_for() -> None:
    counts = [
        len(scene.hands) for scene in scenes(Wishes((96, 80), most_hands=3, smallest=0.4), 12)
    ]
    assert max(counts) > 1
    assert max(counts) <= 3
    empty = scenes(Wishes((96, 80), empty_share=1.0), 3)
    assert all(scene.hands == () for scene in empty)


def test_photos_are_the_background(tmp_path: Path) -> None:
    photo = image_file(tmp_path, "photo.png")
    wishes = Wishes((96, 80), empty_share=1.0, photos=(photo, tmp_path / "gone.jpg"))
    pixels = np.stack([np.asarray(scene.pixels) for scene in scenes(wishes, 4)])
    assert pixels.shape == (4, 80, 96, 3)
    assert pixels.std() > 20


def test_a_seed_gives_the_same_images_in_one_process_and_in_two(tmp_path: Path) -> None:
    drawn = []
    for processes in (1, 2):
        with Workers(processes) as workers:
            folder = tmp_path / str(processes)
            dataset = synthesize_hands(folder, 6, SMALL, seed=4, workers=workers)
        drawn.append(dataset)
    one, other = ([image.source.read() for image in dataset.images] for dataset in drawn)
    assert one == other
    masks = [[each.mask for image in dataset.images for each in image.objects]
             for dataset in drawn]  # fmt: skip
    assert masks[0] == masks[1]


def test_the_data_set_knows_box_mask_keypoints_and_gesture(tmp_path: Path) -> None:
    splits = {"train": 0.75, "val": 0.25}
    with Workers(processes=1) as workers:
        dataset = synthesize_hands(tmp_path, 8, SMALL, seed=4, workers=workers, splits=splits)
    assert dataset.class_names == ("one", "two", "three", "four", "five")
    assert dataset.keypoint_names == KEYPOINT_NAMES
    assert [len(dataset.of_split(split)) for split in splits] == [6, 2]
    for image in dataset.images:
        for each in image.objects:
            assert each.mask is not None
            assert each.box_yxyx == each.mask.box_yxyx()
            assert each.keypoints is not None
            assert each.keypoints.shape == (21, 3)


def test_an_unknown_gesture_is_refused(tmp_path: Path) -> None:
    with (
        Workers(processes=1) as workers,
        pytest.raises(DatasetError, match=r"gestures are zero, one, .* not six"),
    ):
        synthesize_hands(tmp_path, 1, Wishes(gestures=("six",)), seed=0, workers=workers)

from pathlib import Path

from training.datasets.workers import Workers
from training.synthetic_hands.one_class import as_one_class
from training.synthetic_hands.scene import Wishes
from training.synthetic_hands.synthesis import synthesize_hands


def test_hands_of_two_gestures_become_one_class_with_all_that_is_known(tmp_path: Path) -> None:
    with Workers(1) as workers:
        drawn = synthesize_hands(
            tmp_path, 6, Wishes(size_wh=(96, 64), gestures=("one", "five")), seed=4, workers=workers
        )
    merged = as_one_class(drawn, "hand")
    assert merged.class_names == ("hand",)
    assert merged.keypoint_names == drawn.keypoint_names
    before = [each for image in drawn.images for each in image.objects]
    after = [each for image in merged.images for each in image.objects]
    assert {each.label for each in before} == {"one", "five"}
    assert {each.label for each in after} == {"hand"}
    assert [each.mask for each in after] == [each.mask for each in before]

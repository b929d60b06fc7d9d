import numpy as np
from PIL import Image

from detection.kinds.keypoints.belief_drawing import belief_image, lay_beliefs_on


def peaks() -> np.ndarray:
    maps = np.zeros((6, 8, 3), np.float32)
    maps[1, 2, 0], maps[4, 6, 1] = 1.0, 0.5
    return maps


def test_the_highest_belief_of_any_point_is_shown() -> None:
    values = np.asarray(belief_image(peaks(), (80, 60)))
    assert values.shape == (60, 80)
    assert values[15, 25] > 240
    assert 110 < values[45, 65] < 150
    assert values[45, 10] == 0


def test_a_part_of_the_maps_is_what_a_cut_out_of_the_whole_would_be() -> None:
    whole = belief_image(peaks(), (80, 60))
    part = belief_image(peaks(), (50, 30), (0.125, 0.0, 0.75, 0.5))
    cut = np.asarray(whole.crop((10, 0, 60, 30)), int)
    assert cut.max() > 240
    assert np.abs(np.asarray(part, int) - cut).max() <= 1


def test_no_points_are_believed_nowhere_and_the_image_is_only_darker() -> None:
    none = belief_image(np.zeros((6, 8, 0), np.float32), (80, 60))
    drawn = lay_beliefs_on(Image.new("RGB", (80, 60), "#808080"), none)
    assert np.asarray(none).max() == 0
    assert set(map(tuple, np.asarray(drawn).reshape(-1, 3).tolist())) == {(64, 64, 64)}

"""EgoHands and Hands from Synthetic Data, as small copies of what is published."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.support.egohands import HANDS, VIDEO, egohands, zipped
from tests.support.small_datasets import image_file
from training.datasets.defects import DefectKind
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.registry import detect, read_dataset


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_egohands(form: str, tmp_path: Path) -> None:
    path = egohands(tmp_path)
    first = (path / "_LABELLED_SAMPLES" / VIDEO / "frame_0011.jpg").read_bytes()
    if form == "zip":
        path = zipped(path)
    assert detect(path).name == "egohands"
    dataset = read_dataset(path)
    assert dataset.class_names == ("hand",)
    assert [len(image.objects) for image in dataset.images] == [2, 0]
    image = dataset.images[0]
    assert (image.name, image.group) == (f"{VIDEO}/frame_0011.jpg", VIDEO)
    assert image.pixels_xyxy(image.objects[0].box_yxyx) == (6, 8, 24, 16)
    assert image.objects[0].polygons
    assert image.source.read() == first
    four = read_dataset(path, None, ReadOptions(one_hand_class=False))
    assert [each.label for each in four.images[0].objects] == ["myleft", "yourleft"]
    assert four.class_names == HANDS


def test_a_video_whose_polygons_are_broken_is_a_defect(tmp_path: Path) -> None:
    folder = egohands(tmp_path)
    samples = folder / "_LABELLED_SAMPLES" / "CHESS"
    image_file(samples, "frame_0001.jpg")
    (samples / "polygons.mat").write_bytes(b"MATLAB 5.0 MAT-file, or not")
    (defect,) = read_dataset(folder).defects
    assert defect.kind == DefectKind.BAD_ANNOTATION
    assert "CHESS/polygons.mat" in defect.where


def test_hands_from_synthetic_data(tmp_path: Path) -> None:
    points = [[10.0 + number, 10.0, 1.0] for number in range(20)] + [[60.0, 5.0, 1.0]]
    points[3][2] = 0
    image_file(tmp_path / "synth1", "0001.jpg")
    text = json.dumps({"hand_pts": points, "is_left": 1})
    (tmp_path / "synth1" / "0001.json").write_text(text)
    assert detect(tmp_path).name == "synthetic-hands"
    dataset = read_dataset(tmp_path)
    (hand,) = dataset.images[0].objects
    assert dataset.keypoint_names[0] == "wrist"
    assert hand.keypoints is not None
    # Hidden, visible, and out of the image.
    assert hand.keypoints[[3, 4, 20], 2].tolist() == [1, 2, 0]
    assert np.allclose(hand.keypoints[4, :2] * (32, 48), (10, 14))
    assert hand.truncated
    assert dataset.defects == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [('{"hand_pts": [[1, 2, 1]]}', "x 21"), ('{\n"hand_pts": }', "line 2"), ("[]", "hand_pts")],
)
def test_a_broken_file_is_a_defect(text: str, message: str, tmp_path: Path) -> None:
    points = [[10.0 + number, 10.0, 1.0] for number in range(21)]
    for name in ("good", "bad"):
        image_file(tmp_path, f"{name}.jpg")
        (tmp_path / f"{name}.json").write_text(json.dumps({"hand_pts": points}))
    (tmp_path / "bad.json").write_text(text)
    (defect,) = read_dataset(tmp_path, "synthetic-hands").defects
    assert message in defect.message
    assert defect.where == str(tmp_path / "bad.json")

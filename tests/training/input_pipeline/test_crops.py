from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detection.hands.skeleton import KEYPOINT_NAMES
from training.datasets.annotated import AnnotatedImage, AnnotatedObject
from training.datasets.dataset import Dataset, label_map_of
from training.datasets.defects import DatasetError
from training.datasets.sources import FileImage
from training.input_pipeline.augmentation.options import AugmentationOptions
from training.input_pipeline.batches import EvaluationBatches, TrainingBatches, TrainingSource
from training.input_pipeline.crops import CONTEXT, hand_crops

WIDTH, HEIGHT = 120, 80


def _points(box: tuple[float, float, float, float]) -> np.ndarray:
    """21 points along the box's diagonal; the third is hidden, the fourth not labelled."""
    share = np.linspace(0, 1, 21)[:, None]
    low, high = np.array(box[:2]), np.array(box[2:])
    points = np.column_stack([low + share * (high - low), np.full(21, 2.0)])
    points[2, 2], points[3] = 1, 0
    return points


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    file = tmp_path / "two.png"
    pixels = np.random.default_rng(1).integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8)
    Image.fromarray(pixels).save(file)
    left, right = (0.25, 0.1, 0.75, 0.4), (0.5, 0.8, 1.0, 1.0)
    objects = (
        AnnotatedObject("one", left, keypoints=_points(left)),
        AnnotatedObject("five", right, keypoints=_points(right)),
        AnnotatedObject("five", left),
        AnnotatedObject("one", left, keypoints=_points(left), crowd=True),
        AnnotatedObject("one", left, keypoints=np.zeros((21, 3))),
    )
    image = AnnotatedImage("two.png", FileImage(file), WIDTH, HEIGHT, objects, split="val")
    empty = AnnotatedImage("empty.png", FileImage(file), WIDTH, HEIGHT)
    return Dataset(label_map_of(["one", "five"]), (image, empty), KEYPOINT_NAMES)


def test_each_hand_with_points_is_an_image_of_its_own(dataset: Dataset) -> None:
    crops = hand_crops(dataset)
    assert [each.name for each in crops.images] == ["two.png-1", "two.png-2"]
    assert crops.class_names == ("hand",)
    assert {each.split for each in crops.images} == {"val"}
    first, second = crops.images
    # 40 pixels high and 36 wide; 40 high and 24 wide: the longer side and half as much again.
    assert [(each.width, each.height) for each in (first, second)] == [(60, 60), (60, 60)]
    assert first.objects[0].box_yxyx == pytest.approx((1 / 6, 0.2, 5 / 6, 0.8))


def test_a_crops_pixels_are_the_images(dataset: Dataset) -> None:
    whole = np.asarray(Image.open(BytesIO(dataset.images[0].source.read())))
    first, second = hand_crops(dataset).images
    pixels = np.asarray(Image.open(BytesIO(first.source.read())).convert("RGB"))
    assert first.source.exists()
    np.testing.assert_array_equal(pixels[:, :60], whole[10:70, 0:60])
    beyond = np.asarray(Image.open(BytesIO(second.source.read())).convert("RGB"))
    assert not beyond[50:].any()
    assert "two.png, 60 pixels from 0, 10" in str(first.source)


def test_a_point_is_where_it_was_and_stays_hidden(dataset: Dataset) -> None:
    for crop in hand_crops(dataset).images:
        points = crop.objects[0].keypoints
        assert points is not None
        assert points[:5, 2].tolist() == [2, 2, 1, 0, 2]
        y_min, x_min, y_max, x_max = crop.objects[0].box_yxyx
        np.testing.assert_allclose(points[10, :2], [(y_min + y_max) / 2, (x_min + x_max) / 2])


def test_learning_shows_what_measuring_shows_where_nothing_is_changed(dataset: Dataset) -> None:
    wide = TrainingBatches(
        [TrainingSource(hand_crops(dataset, CONTEXT))],
        ["hand"],
        (60, 60),
        2,
        AugmentationOptions(),
        with_keypoints=True,
        context=CONTEXT,
    )
    plain = EvaluationBatches(hand_crops(dataset), ["hand"], (60, 60), 2, with_keypoints=True)
    learned = next(iter(wide.dataset()))
    measured = next(iter(plain.dataset()))
    for row, image in enumerate(learned["image_ids"].numpy()):
        np.testing.assert_allclose(
            learned["keypoints"][row].numpy(), measured["keypoints"][image].numpy(), atol=0.02
        )
        apart = np.abs(learned["images"][row].numpy() - measured["images"][image].numpy())
        assert np.median(apart) <= 2


def test_an_image_that_is_gone_is_told_as_such(dataset: Dataset) -> None:
    source = hand_crops(dataset).images[0].source
    Path(str(dataset.images[0].source)).write_bytes(b"nothing")
    with pytest.raises(OSError, match="image"):
        source.read()


def test_data_without_a_hands_keypoints_is_refused(dataset: Dataset) -> None:
    plain = replace(dataset, images=dataset.images[1:])
    with pytest.raises(DatasetError, match="1 images with 0 objects, but none of them has"):
        hand_crops(plain)
    people = Dataset(dataset.label_map, dataset.images[1:], tuple("abc"))
    with pytest.raises(DatasetError, match=r"a hand has 21 keypoints, .* objects have 3"):
        hand_crops(people)

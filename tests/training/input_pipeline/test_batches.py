from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from detection.kinds.masks.run_lengths import RunLengths
from tests.support.small_datasets import (
    HEIGHT,
    KEYPOINT_NAMES,
    WIDTH,
    an_image,
    boxes_only,
    with_keypoints,
    with_masks,
)
from training.datasets.annotated import AnnotatedObject
from training.datasets.dataset import Dataset, label_map_of
from training.input_pipeline.augmentation.options import AugmentationOptions
from training.input_pipeline.batches import EvaluationBatches, TrainingBatches, TrainingSource
from training.input_pipeline.resizing import resized_image

SIZE_HW = (20, 28)
CLASSES = ("white", "red cell", "platelet")
STRONG = AugmentationOptions(
    horizontal_flip=0.5, scale=(0.7, 1.4), rotate_degrees=20, translate=0.1, mosaic=0.4,
    brightness=0.3, noise=0.3, cut_out=0.3,
)  # fmt: skip

Arrays = dict[str, Any]


def training(dataset: Dataset, **options: Any) -> TrainingBatches:
    given = {"batch_size": 4, "size_hw": SIZE_HW, "class_names": CLASSES, **options}
    return TrainingBatches([TrainingSource(dataset)], **given)


def taken(dataset: tf.data.Dataset, count: int | None = None) -> list[Arrays]:
    return list(islice(dataset.as_numpy_iterator(), count))


def assert_equal(found: list[Arrays], expected: list[Arrays]) -> None:
    assert len(found) == len(expected)
    for one, two in zip(found, expected, strict=True):
        assert one.keys() == two.keys()
        for name in one:
            assert np.array_equal(one[name], two[name]), name


def test_a_batch_is_what_it_promises(tmp_path: Path) -> None:
    dataset = training(boxes_only(tmp_path)).dataset()
    (batch,) = taken(dataset, 1)
    most = batch["classes"].shape[1]
    assert {name: (array.dtype, array.shape) for name, array in batch.items()} == {
        "images": (np.float32, (4, *SIZE_HW, 3)),
        "boxes_yxyx": (np.float32, (4, most, 4)),
        "classes": (np.int32, (4, most)),
        "ignored": (np.bool_, (4, most)),
        "image_ids": (np.int32, (4,)),
    }
    assert dataset.element_spec["boxes_yxyx"].shape.as_list() == [4, None, 4]
    assert dataset.element_spec["images"].shape.as_list() == [4, *SIZE_HW, 3]
    assert batch["images"].max() > 200


def test_images_that_are_cast_later_are_the_same_in_a_quarter_of_the_bytes(tmp_path: Path) -> None:
    batches = training(boxes_only(tmp_path), augmentation=STRONG)
    (floats,), (whole,) = (taken(batches.dataset(whole_values=each), 1) for each in (False, True))
    assert whole["images"].dtype == np.uint8
    assert np.array_equal(whole["images"].astype(np.float32), floats["images"])
    assert np.array_equal(whole["boxes_yxyx"], floats["boxes_yxyx"])


def test_training_goes_on_at_any_step_with_the_same_bits(tmp_path: Path) -> None:
    dataset = boxes_only(tmp_path)
    whole = taken(training(dataset, augmentation=STRONG, seed=3).dataset(), 7)
    again = training(dataset, augmentation=STRONG, seed=3, cache_megabytes=0)
    assert_equal(taken(again.dataset(first_step=4), 3), whole[4:])
    other = taken(training(dataset, augmentation=STRONG, seed=4).dataset(), 1)
    assert not np.array_equal(other[0]["images"], whole[0]["images"])


def test_the_workers_parts_are_the_whole_batch(tmp_path: Path) -> None:
    batches = training(boxes_only(tmp_path), augmentation=STRONG)
    whole = taken(batches.dataset(), 3)
    parts = [taken(batches.dataset(shard=(part, 2)), 3) for part in range(2)]
    for step, batch in enumerate(whole):
        for name in ("images", "image_ids"):
            joined = np.concatenate([part[step][name] for part in parts])
            assert np.array_equal(joined, batch[name])


def test_the_partners_in_a_mosaic_are_any_images_of_a_source(tmp_path: Path) -> None:
    # The image's number is its class. Where partners came from the row's first 32 samples, a
    # tenth of those, the same three of thirty images, were all that there were.
    names = tuple(map(str, range(30)))
    box = (0.1, 0.1, 0.9, 0.9)
    images = [an_image(tmp_path, f"{name}.png") for name in names]
    numbered = Dataset(
        label_map_of(names),
        tuple(
            replace(image, objects=(AnnotatedObject(name, box),))
            for name, image in zip(names, images, strict=True)
        ),
    )
    empty = Dataset(label_map_of(names), tuple(images[:2]))
    batches = TrainingBatches(
        [TrainingSource(empty, 0.9), TrainingSource(numbered, 0.1)], names, SIZE_HW, 20,
        AugmentationOptions(mosaic=1.0, min_visible=0.0),
    )  # fmt: skip
    shown = {number for batch in taken(batches.dataset(), 6) for number in batch["classes"].flat}
    assert len(shown - {-1}) > 20


def test_a_batch_that_does_not_go_into_equal_parts_is_refused(tmp_path: Path) -> None:
    batches = training(boxes_only(tmp_path))
    with pytest.raises(ValueError, match="a batch of 4 images has no part 0 of 3 equal ones"):
        batches.dataset(shard=(0, 3))
    with pytest.raises(ValueError, match="no part 2 of 2"):
        batches.dataset(shard=(2, 2))


def test_images_without_objects_make_a_batch_without_rows(tmp_path: Path) -> None:
    images = tuple(an_image(tmp_path, f"{number}.png") for number in range(2))
    dataset = Dataset(label_map_of(CLASSES), images, KEYPOINT_NAMES)
    batches = training(dataset, augmentation=STRONG, with_masks=True, with_keypoints=True)
    (batch,) = taken(batches.dataset(), 1)
    assert batch["boxes_yxyx"].shape == (4, 0, 4)
    assert batch["classes"].shape == batch["ignored"].shape == (4, 0)
    assert batch["masks"].shape == (4, 0, *SIZE_HW)
    assert batch["keypoints"].shape == (4, 0, 2, 3)


@pytest.mark.parametrize("size_hw", [SIZE_HW, (160, 240)])
def test_a_mask_of_one_pixel_and_one_at_the_border_are_learned_from(
    tmp_path: Path, size_hw: tuple[int, int]
) -> None:
    image = an_image(tmp_path, "odd.png")
    height, width = image.height, image.width
    dot, cut = np.zeros((2, height, width), np.bool_)
    dot[height // 2, width // 2] = True
    cut[height // 2 :, : width // 4] = True
    boxes = (
        (0.5, 0.5, 0.5 + 1 / height, 0.5 + 1 / width), (0.5, 0.0, 1.0, width // 4 / width),
    )  # fmt: skip
    objects = tuple(
        AnnotatedObject(CLASSES[0], box, mask=RunLengths.of(covered))
        for box, covered in zip(boxes, (dot, cut), strict=True)
    )
    dataset = Dataset(label_map_of(CLASSES), (replace(image, objects=objects),))
    shown = EvaluationBatches(dataset, CLASSES, size_hw, 1, with_masks=True)
    (batch,) = taken(shown.dataset(), 1)
    assert not batch["ignored"].any()
    one, border = batch["masks"][0]
    scale = size_hw[0] * size_hw[1] / (height * width)
    # Where the image shrinks a pixel may lie between those that are looked at.
    assert one.sum() <= 2 * max(1.0, scale)
    assert scale < 1 or one.any()
    assert border[-1, 0] == 1
    assert border.mean() == pytest.approx(cut.mean(), abs=0.03)
    # And so it is however a training moves and cuts them.
    moved = training(dataset, augmentation=STRONG, with_masks=True, size_hw=size_hw)
    for each in taken(moved.dataset(), 3):
        assert each["masks"].shape[:2] == each["boxes_yxyx"].shape[:2]
        assert ((each["boxes_yxyx"] >= 0) & (each["boxes_yxyx"] <= 1)).all()


def test_sources_are_mixed_by_their_shares_and_named(tmp_path: Path) -> None:
    first = boxes_only(tmp_path / "one")
    # In another order of classes than the model's.
    dog = AnnotatedObject("platelet", (0.25, 0.125, 0.75, 0.5))
    second = Dataset(label_map_of(["platelet"]), (an_image(tmp_path / "two", "only.png", [dog]),))
    sources = [TrainingSource(first, share=1), TrainingSource(second, share=3)]
    batches = TrainingBatches(sources, CLASSES, SIZE_HW, 40)
    assert batches.images_per_epoch == 5
    found = taken(batches.dataset(), 5)
    ids = np.concatenate([batch["image_ids"] for batch in found])
    assert set(ids) == {0, 1, 2, 3, 4}
    assert 130 < (ids == 4).sum() < 170
    assert batches.names([4, 0]) == [
        str(tmp_path / "two/originals/only.png"),
        str(tmp_path / "one/originals/first.jpg"),
    ]
    classes = found[0]["classes"][found[0]["image_ids"] == 4]
    assert set(classes[:, 0]) == {2}


def test_a_class_that_the_model_does_not_know_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="show 'white', but the model's classes are red cell, x"):
        training(boxes_only(tmp_path), class_names=("red cell", "x"))


def test_an_image_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    dataset = boxes_only(tmp_path)
    (tmp_path / "originals/third.jpg").write_bytes(b"no image")
    batches = training(dataset)
    assert batches.unreadable is None
    with pytest.raises(
        tf.errors.OpError, match=r"originals/third\.jpg cannot be read: not an image"
    ):
        taken(batches.dataset(), 2)
    assert "third.jpg cannot be read" in str(batches.unreadable)


def test_evaluation_shows_every_image_once_plainly_resized(tmp_path: Path) -> None:
    dataset = boxes_only(tmp_path)
    batches = EvaluationBatches(dataset, CLASSES, SIZE_HW, 3)
    found = taken(batches.dataset())
    assert len(found) == len(batches) == 2
    assert [batch["image_ids"].tolist() for batch in found] == [[0, 1, 2], [3]]
    assert found[1]["images"].shape == (1, *SIZE_HW, 3)
    with Image.open(tmp_path / "originals/second.png") as image:
        expected = np.asarray(resized_image(image.convert("RGB"), SIZE_HW), np.float32)
    assert np.array_equal(found[0]["images"][1], expected)
    assert batches.names([1])[0].endswith("second.png")


def test_difficult_objects_crowds_and_unseen_regions_are_ignored_rows(tmp_path: Path) -> None:
    dataset = boxes_only(tmp_path)
    crowd = AnnotatedObject("white", (0.0, 0.0, 0.5, 0.5), crowd=True)
    images = (*dataset.images[:2], replace(dataset.images[2], objects=(crowd,)))
    (batch,) = taken(EvaluationBatches(replace(dataset, images=images), CLASSES, SIZE_HW, 3)
                     .dataset())  # fmt: skip
    # Two objects and a region; a difficult one and another; a crowd.
    assert batch["classes"].tolist() == [[1, 0, 0], [0, 1, -1], [0, -1, -1]]
    assert batch["ignored"].tolist() == [
        [False, False, True], [True, False, False], [True, False, False],
    ]  # fmt: skip
    assert np.allclose(batch["boxes_yxyx"][0, 2], (0.5, 0.0, 1.0, 0.25))
    assert not batch["boxes_yxyx"][2, 1:].any()


def test_masks_come_when_they_are_asked_for(tmp_path: Path) -> None:
    dataset = with_masks(tmp_path)
    evaluation = EvaluationBatches(
        dataset, dataset.class_names, (HEIGHT, WIDTH), 2, with_masks=True
    )
    (batch,) = taken(evaluation.dataset())
    assert batch["masks"].shape == (2, 3, HEIGHT, WIDTH)
    assert batch["masks"].dtype == np.uint8
    disc = dataset.images[0].objects[1].mask
    assert disc is not None
    assert np.array_equal(batch["masks"][0, 1], disc.bitmap())
    # An object of which no mask is known, and padding.
    assert not batch["masks"][0, 2].any()
    assert not batch["masks"][1, 1:].any()


def test_keypoints_come_when_they_are_asked_for(tmp_path: Path) -> None:
    dataset = with_keypoints(tmp_path)
    evaluation = EvaluationBatches(dataset, ["dog"], SIZE_HW, 2, with_keypoints=True)
    (batch,) = taken(evaluation.dataset())
    assert np.allclose(batch["keypoints"][0, 0], [(0.5, 0.25, 2), (0, 0, 0)])
    assert batch["keypoints"].shape == (2, 2, 2, 3)
    assert not batch["keypoints"][1].any()


def test_sources_with_other_keypoints_do_not_go_together(tmp_path: Path) -> None:
    dogs = with_keypoints(tmp_path / "dogs")
    others = replace(dogs, keypoint_names=("tail", "nose"))
    sources = [TrainingSource(dogs), TrainingSource(others)]
    with pytest.raises(ValueError, match="sources with the same keypoints, but got"):
        TrainingBatches(sources, ["dog"], SIZE_HW, 2, with_keypoints=True)
    # Nobody asked for them: they may be anything.
    TrainingBatches(sources, ["dog"], SIZE_HW, 2)

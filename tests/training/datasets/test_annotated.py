from pathlib import Path

import numpy as np
import pytest

from detection.kinds.masks.run_lengths import RunLengths
from training.datasets.annotated import AnnotatedImage, AnnotatedObject
from training.datasets.dataset import Dataset, label_map_of
from training.datasets.sources import FileImage

BOX = (0.25, 0.1, 0.75, 0.5)
TRIANGLE = np.array([[0.25, 0.1], [0.75, 0.1], [0.75, 0.5]])
SOURCE = FileImage(Path("a.jpg"))


@pytest.mark.parametrize(
    ("box", "message"),
    [
        ((0.75, 0.1, 0.25, 0.5), "each max above its min"),
        ((0.25, 0.1, 1.01, 0.5), r"in 0\.\.1"),
        ((0.25, 0.1, 0.25, 0.5), "each max above its min"),
        ((0.25, 0.1, float("nan"), 0.5), "four finite numbers"),
    ],
)
def test_a_box_that_is_none_cannot_be_built(
    box: tuple[float, float, float, float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        AnnotatedObject("hand", box)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"label": ""}, "name is empty"),
        ({"polygons": (TRIANGLE[:2],)}, "three points"),
        ({"polygons": (TRIANGLE * 2,)}, r"in 0\.\.1"),
        ({"polygons": (TRIANGLE,), "mask": RunLengths.of(np.eye(4))}, "not both"),
        ({"keypoints": np.zeros((5, 2))}, r"\(K, 3\)"),
        ({"keypoints": np.array([[0.5, 0.5, 3]])}, "0, 1 or 2"),
        ({"keypoints": np.array([[1.5, 0.5, 2]])}, r"in 0\.\.1"),
    ],
)
def test_what_is_wrong_with_an_object_is_said(fields: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        AnnotatedObject(**{"label": "hand", "box_yxyx": BOX, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["", "/a.jpg", "../a.jpg", "x/../../a.jpg"])
def test_a_images_name_stays_in_its_data_set(name: str) -> None:
    with pytest.raises(ValueError, match="no path inside of a data set"):
        AnnotatedImage(name, SOURCE, 48, 32)


def test_a_mask_is_as_large_as_its_image() -> None:
    mask = RunLengths.of(np.ones((48, 32)))
    with pytest.raises(ValueError, match="the mask of 'hand' is 32x48, but the image is 48x32"):
        AnnotatedImage("a.jpg", SOURCE, 48, 32, (AnnotatedObject("hand", BOX, mask=mask),))


def test_a_class_that_the_map_does_not_know_is_refused() -> None:
    image = AnnotatedImage("a.jpg", SOURCE, 48, 32, (AnnotatedObject("hand", BOX),))
    with pytest.raises(ValueError, match="'hand' is not in the label map"):
        Dataset(label_map_of(["foot"]), (image,))


def test_boxes_come_as_one_array() -> None:
    image = AnnotatedImage("a.jpg", SOURCE, 48, 32, (AnnotatedObject("hand", BOX),) * 2)
    assert image.boxes_yxyx.shape == (2, 4)
    assert image.boxes_yxyx.dtype == np.float32
    assert AnnotatedImage("a.jpg", SOURCE, 48, 32).boxes_yxyx.shape == (0, 4)


def test_run_lengths_are_column_by_column() -> None:
    bitmap = np.zeros((3, 5), bool)
    bitmap[1, 2:4] = True
    mask = RunLengths.of(bitmap)
    assert mask == RunLengths.of_counts([7, 1, 2, 1, 4], width=5, height=3)
    assert (mask.bitmap() == bitmap).all()
    assert mask.area == 2
    assert mask.box_yxyx() == pytest.approx((1 / 3, 2 / 5, 2 / 3, 4 / 5))


@pytest.mark.parametrize("counts", ["", "0", "\xff", "1000", "PPPP"])
def test_run_lengths_that_do_not_fill_the_image_are_refused(counts: str) -> None:
    with pytest.raises(ValueError, match="run-lengths"):
        RunLengths.of_coco({"size": [3, 5], "counts": counts})

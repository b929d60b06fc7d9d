"""Small annotated images, made where they are needed, and a comparison of data sets."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from detection.kinds.masks.run_lengths import RunLengths
from tests.support.image_files import as_file, colored
from training.datasets.annotated import AnnotatedImage, AnnotatedObject
from training.datasets.dataset import Dataset, label_map_of
from training.datasets.sources import FileImage

# Not square, as is every image here.
WIDTH, HEIGHT = 48, 32
KEYPOINT_NAMES = ("nose", "tail")
TRIANGLE = np.array([[0.25, 0.125], [0.75, 0.125], [0.75, 0.5]])
DISC = np.add.outer((np.arange(HEIGHT) - 12) ** 2, (np.arange(WIDTH) - 30) ** 2) < 64
POINTS = np.array([[0.5, 0.25, 2], [0, 0, 0]])


def image_file(folder: Path, name: str, size_wh: tuple[int, int] = (WIDTH, HEIGHT)) -> Path:
    """A colored image of its own in `folder`."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    image = colored().resize(size_wh, Image.Resampling.NEAREST)
    # Each is another, so that no two are duplicates.
    image.putpixel((0, 0), (sum(name.encode()) % 256, len(name), 7))
    path.write_bytes(as_file(image, "PNG" if path.suffix == ".png" else "JPEG"))
    return path


def an_image(
    folder: Path, name: str, objects: Iterable[AnnotatedObject] = (), split: str | None = None
) -> AnnotatedImage:
    source = FileImage(image_file(folder / "originals", name))
    return AnnotatedImage(name, source, WIDTH, HEIGHT, tuple(objects), split=split)


def boxes_only(folder: Path) -> Dataset:
    """Two classes, no objects in one image, flags, a region to ignore; train and val."""
    red = AnnotatedObject("red cell", (0.25, 0.125, 0.75, 0.5))
    white = AnnotatedObject("white", (0.0, 0.5, 1.0, 1.0), truncated=True)
    hard = AnnotatedObject("white", (0.125, 0.25, 0.5, 0.375), difficult=True)
    fraction = AnnotatedObject("red cell", (0.1, 0.2, 0.34567, 0.45678))
    first = an_image(folder, "first.jpg", (red, white), "train")
    images = (
        replace(first, ignored_yxyx=((0.5, 0.0, 1.0, 0.25),)),
        an_image(folder, "second.png", (hard, fraction), "train"),
        an_image(folder, "third.jpg", (), "val"),
        an_image(folder, "fourth.jpg", (red,), "val"),
    )
    # Not in the order of the alphabet, and one class that no object is of.
    return Dataset(label_map_of(["white", "red cell", "platelet"]), images)


def with_masks(folder: Path) -> Dataset:
    """A polygon, a mask and an object without either."""
    triangle = AnnotatedObject("bone", (0.25, 0.125, 0.75, 0.5), (TRIANGLE,))
    mask = RunLengths.of(DISC)
    disc = AnnotatedObject("ball", mask.box_yxyx(), mask=mask)
    plain = AnnotatedObject("ball", (0.5, 0.5, 1.0, 1.0))
    images = (
        an_image(folder, "a.jpg", (triangle, disc, plain)),
        an_image(folder, "b.jpg", (triangle,)),
    )
    return Dataset(label_map_of(["ball", "bone"]), images)


def with_keypoints(folder: Path) -> Dataset:
    """Two keypoints, one of which is not labelled."""
    dog = AnnotatedObject("dog", (0.25, 0.125, 0.75, 0.5), keypoints=POINTS)
    images = (an_image(folder, "a.jpg", (dog, dog)), an_image(folder, "b.jpg"))
    return Dataset(label_map_of(["dog"]), images, KEYPOINT_NAMES)


def assert_same(
    found: Dataset, expected: Dataset, *, masks: bool = False, without: Iterable[str] = ()
) -> None:
    """Both hold the same images with the same objects, whatever the images' order.

    Args:
        found: what was read.
        expected: what was written.
        masks: compare the objects' pixels too.
        without: what the format has no place for: `difficult`, `truncated`, `crowd`, `ignored`.
    """
    assert found.defects == ()
    assert found.class_ids == expected.class_ids
    assert found.keypoint_names == expected.keypoint_names
    by_name = {(each.split, each.name): each for each in found.images}
    assert set(by_name) == {(each.split, each.name) for each in expected.images}
    for image in expected.images:
        other = by_name[image.split, image.name]
        assert (other.width, other.height) == (image.width, image.height)
        if "bytes" not in without:
            assert other.source.read() == image.source.read()
        ignored = () if "ignored" in without else image.ignored_yxyx
        assert np.allclose(other.ignored_yxyx, ignored, atol=1e-6)
        assert len(other.objects) == len(image.objects)
        for one, two in zip(other.objects, image.objects, strict=True):
            _assert_same_object(one, two, masks=masks, without=set(without))


def _assert_same_object(
    found: AnnotatedObject, expected: AnnotatedObject, *, masks: bool, without: set[str]
) -> None:
    assert found.label == expected.label
    # A thousandth of a pixel in an image of 1000.
    assert np.allclose(found.box_yxyx, expected.box_yxyx, atol=1e-6)
    for flag in ("difficult", "truncated", "crowd"):
        assert getattr(found, flag) == (getattr(expected, flag) and flag not in without), flag
    if expected.keypoints is None:
        assert found.keypoints is None
    else:
        assert found.keypoints is not None
        assert np.allclose(found.keypoints, expected.keypoints, atol=1e-6)
    if masks:
        seen = found.mask_in(width=WIDTH, height=HEIGHT)
        assert seen == expected.mask_in(width=WIDTH, height=HEIGHT)

"""Images that are measured on and have a companion among those that were learned from."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from training.datasets.annotated import AnnotatedImage, AnnotatedObject
from training.datasets.dataset import Dataset, label_map_of
from training.datasets.sources import FileImage
from training.datasets.workers import Workers
from training.evaluation.train_overlap import Learned, find_train_overlap
from training.evaluation.train_overlap_sheet import SIDE_PX, train_overlap_sheet

CAT = AnnotatedObject("cat", (0.2, 0.2, 0.8, 0.6))


def blobs(seed: int) -> Image.Image:
    """Something that is like no other of another seed, 96 x 64."""
    draw = np.random.default_rng(seed).integers(0, 255, (6, 9, 3), np.uint8)
    return Image.fromarray(draw).resize((96, 64), Image.Resampling.BICUBIC)


@pytest.fixture
def images(tmp_path: Path) -> dict[str, AnnotatedImage]:
    images = {
        "walk_0001.png": blobs(1),
        "garden.png": blobs(2),
        "alone.png": blobs(3),
        "walk_0002.png": blobs(4),
        "copy.png": ImageEnhance.Brightness(blobs(2).resize((192, 128))).enhance(1.2),
        "other.png": blobs(5),
    }
    found = {}
    for name, image in images.items():
        image.save(tmp_path / name)
        source = FileImage(tmp_path / name)
        found[name] = AnnotatedImage(name, source, *image.size, (CAT,))
    return found


def test_near_duplicates_and_neighbors_in_train_are_found(
    images: dict[str, AnnotatedImage],
) -> None:
    names = list(images)
    truth = Dataset(label_map_of(["cat"]), tuple(images[name] for name in names[:3]))
    train = tuple(images[name] for name in names[3:])
    with Workers() as workers:
        found, groups = find_train_overlap(truth, [Learned(train, same_source=True)], workers)
        elsewhere, _ = find_train_overlap(truth, [Learned(train, same_source=False)], workers)
        unknown, _ = find_train_overlap(truth, [], workers)
    assert found is not None
    assert [(each.name, each.learned.name) for each in found.pairs] == [("garden.png", "copy.png")]
    assert found.following == {0}
    assert found.indices == {0, 1}
    assert str(found).startswith(
        "2 of the 3 images have a companion in train (1 nearly the same, 1 by number or time)"
    )
    # Numbers of another data set's files say nothing.
    assert elsewhere is not None
    assert elsewhere.indices == {1}
    assert unknown is None
    assert len(set(groups)) == 3
    sheet = train_overlap_sheet(found, truth.class_ids)
    assert sheet is not None
    assert sheet.width > 2 * SIDE_PX


def test_without_companions_nothing_is_said(images: dict[str, AnnotatedImage]) -> None:
    truth = Dataset(label_map_of(["cat"]), (images["alone.png"],))
    with Workers() as workers:
        learned = [Learned((images["other.png"],), same_source=True)]
        found, _ = find_train_overlap(truth, learned, workers)
    assert found is not None
    assert str(found) == ""
    assert train_overlap_sheet(found, truth.class_ids) is None

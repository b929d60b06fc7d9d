from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter

from training.datasets.annotated import AnnotatedImage
from training.datasets.dataset import Dataset, label_map_of
from training.datasets.grouping.image_hash import hash_image
from training.datasets.grouping.near_duplicates import (
    MOST_BITS,
    hash_images,
    leaks,
    leaks_as_text,
    near_duplicates,
)
from training.datasets.sources import FileImage
from training.datasets.workers import Workers


def scene(seed: int, size_wh: tuple[int, int] = (160, 120)) -> Image.Image:
    """Soft shapes that no other seed has."""
    pixels = np.random.default_rng(seed).integers(0, 256, (9, 12, 3)).astype(np.uint8)
    return Image.fromarray(pixels).resize(size_wh, Image.Resampling.BICUBIC)


def saved(folder: Path, name: str, image: Image.Image) -> AnnotatedImage:
    path = folder / name
    image.save(path)
    return AnnotatedImage(name, FileImage(path), image.width, image.height)


def as_small_jpeg(image: Image.Image) -> Image.Image:
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=20)
    return Image.open(buffer).convert("RGB")


@pytest.mark.parametrize(
    "changed",
    [
        lambda image: image.resize((80, 60)),
        lambda image: image.resize((640, 300)),
        lambda image: ImageEnhance.Brightness(image).enhance(0.7),
        lambda image: ImageEnhance.Contrast(image).enhance(0.6),
        lambda image: image.filter(ImageFilter.GaussianBlur(2)),
        lambda image: image.convert("L"),
        as_small_jpeg,
        lambda image: image.crop((2, 2, 158, 118)),
    ],
    ids=["smaller", "wider", "darker", "paler", "blurred", "gray", "compressed", "cropped"],
)
def test_a_changed_image_is_a_near_duplicate_and_another_scene_is_not(
    changed: object, tmp_path: Path
) -> None:
    assert callable(changed)
    images = [
        saved(tmp_path, "a.png", scene(1)),
        saved(tmp_path, "b.png", changed(scene(1))),
        *(saved(tmp_path, f"{seed}.png", scene(seed)) for seed in range(2, 12)),
    ]
    links = near_duplicates([hash_image(image) for image in images])
    assert [(first, second) for first, second, _ in links] == [(0, 1)]
    assert links[0][2] <= MOST_BITS


def test_images_of_one_color_broken_and_missing_ones_are_alike_to_nothing(tmp_path: Path) -> None:
    plain = [saved(tmp_path, f"{n}.png", Image.new("RGB", (40, 30), "teal")) for n in range(3)]
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff no image")
    broken = AnnotatedImage("broken.jpg", FileImage(tmp_path / "broken.jpg"), 40, 30)
    gone = AnnotatedImage("gone.jpg", FileImage(tmp_path / "gone.jpg"), 40, 30)
    with Workers(processes=1) as workers:
        assert hash_images([*plain, broken, gone], workers) == (None,) * 5
    assert near_duplicates([None] * 5) == []


def test_many_frames_of_a_still_camera_give_few_links(tmp_path: Path) -> None:
    one = hash_image(saved(tmp_path, "a.png", scene(1)))
    links = near_duplicates([one] * 700)
    assert len(links) <= 700 * 20


def test_a_leak_is_an_image_of_val_or_test_that_train_nearly_has(tmp_path: Path) -> None:
    splits = ["train", "train", "val", "val", "test", None]
    scenes = [1, 2, 1, 3, 3, 1]
    images = [
        replace(saved(tmp_path, f"{index}.png", scene(seed)), split=split)
        for index, (seed, split) in enumerate(zip(scenes, splits, strict=True))
    ]
    dataset = Dataset(label_map_of(["a"]), tuple(images))
    links = near_duplicates([hash_image(image) for image in images])
    assert leaks(dataset, links) == {"val": 1}
    assert str(leaks_as_text(dataset, links)).startswith("1 of 2 val images are nearly the same")
    assert leaks_as_text(dataset, []) is None

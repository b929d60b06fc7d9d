from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detection.images import read_image
from tests.support.image_files import as_file, block_colors, colored
from tests.support.shared import shared
from training.datasets.annotated import AnnotatedImage
from training.datasets.defects import DatasetError
from training.datasets.sources import MAX_PIXELS, FileImage
from training.input_pipeline.decoding import ImageStore, enlarged
from training.input_pipeline.resizing import resized_image

ROOMY_HW = (10_000, 10_000)
READABLE = [
    "hopper_orientation_6.jpg", "hopper_orientation_8.webp", "pil_sample_cmyk.jpg",
    "mode_16bit.png", "uncompressed_la.png", "i_trns.png", "iss634.gif", "hopper.tif",
    "sugarshack_bad_mpo_header.jpg",
]  # fmt: skip
UNREADABLE = ["broken.png", "truncated_jpeg.jpg", "decompression_bomb.gif", "zero_width.gif"]


def store_of(*paths: Path, largest_hw: tuple[int, int] = ROOMY_HW, room: int = 0) -> ImageStore:
    images = [AnnotatedImage(path.name, FileImage(path), 10, 10) for path in paths]
    return ImageStore(images, largest_hw, room)


@pytest.mark.parametrize("name", READABLE)
def test_an_image_is_read_as_the_gateway_reads_it(name: str) -> None:
    path = shared(f"images/odd/{name}")
    expected = read_image(path.read_bytes(), max_pixels=MAX_PIXELS).pixels
    pixels = store_of(path).image(0)
    assert pixels.mode == "RGB"
    assert np.array_equal(np.asarray(pixels), np.asarray(expected))


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_image_that_cannot_be_read_names_its_file(name: str) -> None:
    path = shared(f"images/odd/{name}")
    with pytest.raises(DatasetError, match=f"{name} cannot be read: "):
        store_of(path).image(0)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"gone\.jpg cannot be read"):
        store_of(tmp_path / "gone.jpg").image(0)


def test_a_large_image_is_made_smaller_and_a_small_one_left(tmp_path: Path) -> None:
    path = tmp_path / "colored.png"
    path.write_bytes(as_file(colored(), "PNG"))
    assert store_of(path, largest_hw=(20, 100)).image(0).size == (48, 20)
    assert store_of(path, largest_hw=(64, 64)).image(0).size == (48, 32)
    assert enlarged((20, 30), 1.5) == (30, 45)


def test_a_large_jpeg_looks_the_same_though_it_is_not_decoded_in_full(tmp_path: Path) -> None:
    large = colored().resize((48 * 30, 32 * 30), Image.Resampling.BICUBIC)
    path = tmp_path / "large.jpg"
    # On its side, so that width and height change places after decoding.
    turned = large.transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6
    path.write_bytes(as_file(turned, "JPEG", exif=exif, quality=95))
    pixels = store_of(path, largest_hw=(32, 48)).image(0)
    assert np.abs(block_colors(pixels) - block_colors(colored())).max() < 12
    full = resized_image(read_image(path.read_bytes(), max_pixels=MAX_PIXELS).pixels, (32, 48))
    difference = np.asarray(pixels, np.float32) - np.asarray(full, np.float32)
    assert np.abs(difference).mean() < 2


def test_images_are_kept_as_long_as_there_is_room(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.png" for number in range(3)]
    for path in paths:
        path.write_bytes(as_file(colored(), "PNG"))
    store = store_of(*paths, room=2 * 48 * 32 * 3)
    for index in range(3):
        store.image(index)
    for path in paths:
        path.unlink()
    assert store.image(0).size == store.image(1).size == (48, 32)
    with pytest.raises(DatasetError, match="cannot be read"):
        store.image(2)

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detection.pictures import read_picture
from tests.support.picture_files import as_file, block_colours, coloured
from tests.support.shared import shared
from training.datasets.annotated import AnnotatedPicture
from training.datasets.sources import MAX_PIXELS, FilePicture
from training.input.decoding import PictureStore, UnreadablePicture, enlarged
from training.input.resizing import resized_picture

ROOMY_HW = (10_000, 10_000)
READABLE = [
    "hopper_orientation_6.jpg", "hopper_orientation_8.webp", "pil_sample_cmyk.jpg",
    "mode_16bit.png", "uncompressed_la.png", "i_trns.png", "iss634.gif", "hopper.tif",
    "sugarshack_bad_mpo_header.jpg",
]  # fmt: skip
UNREADABLE = ["broken.png", "truncated_jpeg.jpg", "decompression_bomb.gif", "zero_width.gif"]


def store_of(*paths: Path, largest_hw: tuple[int, int] = ROOMY_HW, room: int = 0) -> PictureStore:
    pictures = [AnnotatedPicture(path.name, FilePicture(path), 10, 10) for path in paths]
    return PictureStore(pictures, largest_hw, room)


@pytest.mark.parametrize("name", READABLE)
def test_a_picture_is_read_as_the_gateway_reads_it(name: str) -> None:
    path = shared(f"images/odd/{name}")
    expected = read_picture(path.read_bytes(), max_pixels=MAX_PIXELS).pixels
    pixels = store_of(path).picture(0)
    assert pixels.mode == "RGB"
    assert np.array_equal(np.asarray(pixels), np.asarray(expected))


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_picture_that_cannot_be_read_names_its_file(name: str) -> None:
    path = shared(f"images/odd/{name}")
    with pytest.raises(UnreadablePicture, match=f"{name} cannot be read: "):
        store_of(path).picture(0)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadablePicture, match=r"gone\.jpg cannot be read"):
        store_of(tmp_path / "gone.jpg").picture(0)


def test_a_large_picture_is_made_smaller_and_a_small_one_left(tmp_path: Path) -> None:
    path = tmp_path / "coloured.png"
    path.write_bytes(as_file(coloured(), "PNG"))
    assert store_of(path, largest_hw=(20, 100)).picture(0).size == (48, 20)
    assert store_of(path, largest_hw=(64, 64)).picture(0).size == (48, 32)
    assert enlarged((20, 30), 1.5) == (30, 45)


def test_a_large_jpeg_looks_the_same_though_it_is_not_decoded_in_full(tmp_path: Path) -> None:
    large = coloured().resize((48 * 30, 32 * 30), Image.Resampling.BICUBIC)
    path = tmp_path / "large.jpg"
    # On its side, so that width and height change places after decoding.
    turned = large.transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6
    path.write_bytes(as_file(turned, "JPEG", exif=exif, quality=95))
    pixels = store_of(path, largest_hw=(32, 48)).picture(0)
    assert np.abs(block_colours(pixels) - block_colours(coloured())).max() < 12
    full = resized_picture(read_picture(path.read_bytes(), max_pixels=MAX_PIXELS).pixels, (32, 48))
    difference = np.asarray(pixels, np.float32) - np.asarray(full, np.float32)
    assert np.abs(difference).mean() < 2


def test_pictures_are_kept_as_long_as_there_is_room(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.png" for number in range(3)]
    for path in paths:
        path.write_bytes(as_file(coloured(), "PNG"))
    store = store_of(*paths, room=2 * 48 * 32 * 3)
    for index in range(3):
        store.picture(index)
    for path in paths:
        path.unlink()
    assert store.picture(0).size == store.picture(1).size == (48, 32)
    with pytest.raises(UnreadablePicture):
        store.picture(2)

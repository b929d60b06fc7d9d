from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from detection.images import EXIF_ORIENTATION_TAG, read_image
from tests.support.image_files import as_file, block_colors, colored

Pixels = npt.NDArray[Any]

# EXIF 2.3, 4.6.4: where the stored image's first row and first column are to be seen.
UPRIGHT: dict[int, Callable[[Pixels], Pixels]] = {
    1: lambda stored: stored,  # top, left
    2: lambda stored: stored[:, ::-1],  # top, right
    3: lambda stored: stored[::-1, ::-1],  # bottom, right
    4: lambda stored: stored[::-1],  # bottom, left
    5: lambda stored: stored.swapaxes(0, 1),  # left, top
    6: lambda stored: np.rot90(stored, -1),  # right, top
    7: lambda stored: stored[::-1, ::-1].swapaxes(0, 1),  # right, bottom
    8: lambda stored: np.rot90(stored, 1),  # left, bottom
}


def with_orientation(value: int, file_format: str) -> bytes:
    exif = Image.Exif()
    exif[EXIF_ORIENTATION_TAG] = value
    return as_file(colored(), file_format, exif=exif)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", UPRIGHT)
def test_an_image_is_turned_upright(orientation: int, file_format: str) -> None:
    image = read_image(with_orientation(orientation, file_format), max_pixels=10_000)
    expected = UPRIGHT[orientation](block_colors(colored()))
    seen = block_colors(image.pixels)
    assert seen.shape == expected.shape
    assert np.abs(seen - expected).max() <= 6
    assert (image.width, image.height) == ((32, 48) if orientation > 4 else (48, 32))


@pytest.mark.parametrize("file_format", ["JPEG", "PNG"])
@pytest.mark.parametrize("orientation", UPRIGHT)
def test_a_turned_file_is_no_plain_file(orientation: int, file_format: str) -> None:
    image = read_image(with_orientation(orientation, file_format), max_pixels=10_000)
    assert image.plain_file == (orientation == 1)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_there_is_none_of_leaves_the_image_as_it_is(orientation: int) -> None:
    image = read_image(with_orientation(orientation, "JPEG"), max_pixels=10_000)
    assert (image.width, image.height) == (48, 32)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data:UserWarning")
@pytest.mark.parametrize(
    "exif", [b"Exif\0\0", b"Exif\0\0MM\0*\xff\xff\xff\xff", b"Exif\0\0nonsense"]
)
def test_broken_exif_does_not_spoil_the_image(exif: bytes) -> None:
    image = read_image(as_file(colored(), "JPEG", exif=exif), max_pixels=10_000)
    assert (image.width, image.height) == (48, 32)

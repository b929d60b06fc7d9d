"""The headers of image files, as a data set's reader looks at them: size upright, any format."""

import struct
import warnings
import zlib
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from PIL import Image

from detection.images import UnreadableImage, read_image
from detection.images.formats import FORMATS, SUFFIXES, SUFFIXES_OF_FORMAT
from tests.detection.images.reading import tiff
from tests.support.image_files import as_file, colored
from training.datasets.checking import check_dataset
from training.datasets.formats.registry import read_dataset
from training.datasets.sources import FileImage, read_header
from training.datasets.workers import Workers

SIDEWAYS = 6


def written(folder: Path, name: str, data: bytes) -> FileImage:
    path = folder / name
    path.write_bytes(data)
    return FileImage(path)


def turned(file_format: str) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = SIDEWAYS
    options = {} if file_format in ("BMP", "GIF") else {"exif": exif.tobytes()}
    return as_file(colored(), file_format, **options)


@pytest.mark.parametrize("file_format", FORMATS)
def test_the_header_says_the_size_that_the_pixels_have(file_format: str, tmp_path: Path) -> None:
    data = turned(file_format)
    header = read_header(written(tmp_path, "any_name.bin", data))
    image = read_image(data, max_pixels=1_000_000)
    assert (header.width, header.height) == (image.width, image.height)
    assert header.format == file_format


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
def test_the_header_tells_that_exif_turns_the_image(file_format: str, tmp_path: Path) -> None:
    header = read_header(written(tmp_path, "turned", turned(file_format)))
    assert (header.turned, header.orientation) == (True, SIDEWAYS)
    assert not read_header(written(tmp_path, "not", as_file(colored(), file_format))).turned


def test_a_tiff_that_only_we_read_has_a_header(tmp_path: Path) -> None:
    data = tiff(np.zeros((2, 20, 30), np.uint16), photometric="minisblack", planarconfig="separate")
    header = read_header(written(tmp_path, "a.tif", data))
    assert (header.format, header.width, header.height) == ("TIFF", 30, 20)


def test_what_is_no_image_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableImage, match="a PDF document of 8 bytes"):
        read_header(written(tmp_path, "a.heic", b"%PDF-1.7"))


@pytest.mark.parametrize("action", ["error", "ignore"])
@pytest.mark.parametrize("file_format", ["PNG", "BMP", "JPEG", "GIF"])
def test_more_pixels_than_are_taken_are_told_from_the_header(
    file_format: str, action: Literal["error", "ignore"], tmp_path: Path
) -> None:
    data = as_file(Image.new("L", (12, 9)), file_format)
    at, form = {"PNG": (16, ">II"), "BMP": (18, "<ii"), "GIF": (6, "<HH"),
                "JPEG": (data.find(b"\xff\xc0") + 5, ">HH")}[file_format]  # fmt: skip
    larger = bytearray(data)
    struct.pack_into(form, larger, at, 12_000, 9_000)
    if file_format == "PNG":
        struct.pack_into(">I", larger, 29, zlib.crc32(larger[12:29]))
    source = written(tmp_path, "large", bytes(larger))
    # Pillow's warning of so many pixels is an error here, and in a user's process is none.
    with warnings.catch_warnings():
        warnings.simplefilter(action)
        with pytest.raises(UnreadableImage, match="pixels"):
            read_header(source)


def test_a_data_set_of_images_in_every_format_is_found_and_checked(tmp_path: Path) -> None:
    # Each suffix in capitals too, as cameras write them.
    for number, suffix in enumerate([*SUFFIXES, *(each.upper() for each in SUFFIXES)]):
        [file_format] = [
            each for each, known in SUFFIXES_OF_FORMAT.items() if suffix.lower() in known
        ]
        (tmp_path / "images").mkdir(exist_ok=True)
        (tmp_path / "labels").mkdir(exist_ok=True)
        written(tmp_path / "images", f"{number}{suffix}", as_file(colored(), file_format))
        (tmp_path / "labels" / f"{number}.txt").write_text("0 0.5 0.5 0.5 0.5")
    (tmp_path / "data.yaml").write_text("names: [cat]")
    dataset = read_dataset(tmp_path)
    assert len(dataset.images) == 2 * len(SUFFIXES)
    assert {(each.width, each.height) for each in dataset.images} == {(48, 32)}
    with Workers(processes=1) as workers:
        result = check_dataset(dataset, workers)
    assert (result.defects, result.misnamed) == ((), ())

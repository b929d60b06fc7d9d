"""Metadata of any size, and broken: it is skipped."""

import random
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from detection.images import open_image, read_image
from detection.images.formats import FORMATS
from tests.detection.images.reading import pixels_of
from tests.support.image_files import as_file, colored
from tests.support.shared import shared

TWO_MB = 2_000_000


def png_chunk(name: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + checksum


def png_with(chunks: bytes, *, behind: bool) -> bytes:
    data = as_file(colored(), "PNG")
    place = data.index(b"IEND" if behind else b"IDAT") - 4
    return data[:place] + chunks + data[place:]


def noise(size: int) -> bytes:
    return random.Random(0).randbytes(size)


PNG_CHUNKS = {
    "zTXt of 2 MB": png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"x" * TWO_MB)),
    "zTXt of 2 MB of noise": png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(noise(TWO_MB))),
    "iTXt of 2 MB": png_chunk(b"iTXt", b"XML\0\1\0\0\0" + zlib.compress(b"<" * TWO_MB)),
    "iTXt that is no UTF-8": png_chunk(b"iTXt", b"Comment\0\0\0\0\0" + b"\xff\xfe" * 50),
    "iTXt that does not unpack": png_chunk(b"iTXt", b"Comment\0\1\0\0\0" + noise(50)),
    "tEXt of 5 MB": png_chunk(b"tEXt", b"Comment\0" + b"y" * 5_000_000),
    "iCCP of 2 MB": png_chunk(b"iCCP", b"profile\0\0" + zlib.compress(b"p" * TWO_MB)),
    "iCCP that does not unpack": png_chunk(b"iCCP", b"profile\0\0" + noise(300)),
    "iCCP of another method": png_chunk(b"iCCP", b"profile\0\7" + noise(30)),
    "a hundred texts of 1 MB": png_chunk(b"zTXt", b"C\0\0" + zlib.compress(b"x" * 1_000_000)) * 100,
    "broken EXIF": png_chunk(b"eXIf", noise(400)),
    "empty EXIF": png_chunk(b"eXIf", b""),
    "a wrong checksum": png_chunk(b"tEXt", b"a\0b")[:-4] + b"\0\0\0\0",
    "an empty gamma": png_chunk(b"gAMA", b""),
    "a short time": png_chunk(b"tIME", b"\0"),
    "a broken animation": png_chunk(b"acTL", b"\0" * 3),
}  # fmt: skip


@pytest.mark.parametrize("behind", [False, True])
@pytest.mark.parametrize("name", PNG_CHUNKS)
def test_a_png_is_read_whatever_its_metadata(name: str, *, behind: bool) -> None:
    data = png_with(PNG_CHUNKS[name], behind=behind)
    assert np.array_equal(pixels_of(data), np.asarray(colored()))


def test_the_shared_case_is_read() -> None:
    data = shared("cases/serving/images/ztxt_2MB.png").read_bytes()
    image = read_image(data, max_pixels=1_000_000)
    assert image.width > 1


def jpeg_segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content


JPEG_SEGMENTS = {
    "an ICC profile of 2 MB": b"".join(
        jpeg_segment(0xE2, b"ICC_PROFILE\0" + bytes((part, 31)) + noise(65_000))
        for part in range(1, 32)
    ),
    "an ICC profile with parts missing": jpeg_segment(0xE2, b"ICC_PROFILE\0\x03\x09" + noise(99)),
    "many comments": jpeg_segment(0xFE, b"c" * 65_000) * 40,
    "many application segments": b"".join(
        jpeg_segment(0xE0 + kind, noise(60_000)) for kind in range(3, 14)
    ),
    "broken EXIF": jpeg_segment(0xE1, b"Exif\0\0" + noise(500)),
    "EXIF that points outside": jpeg_segment(0xE1, b"Exif\0\0MM\0*\xff\xff\xff\xf0"),
    "empty EXIF": jpeg_segment(0xE1, b"Exif\0\0"),
    "broken Photoshop resources": jpeg_segment(0xED, b"Photoshop 3.0\0" + noise(50)),
    "a broken list of images": jpeg_segment(0xE2, b"MPF\0" + noise(60)),
    "broken XMP": jpeg_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x" + noise(100)),
}


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.filterwarnings("ignore:Image appears to be a malformed MPO file")
@pytest.mark.parametrize("name", JPEG_SEGMENTS)
def test_a_jpeg_is_read_whatever_its_metadata(name: str) -> None:
    data = as_file(colored(), "JPEG")
    with_metadata = data[:2] + JPEG_SEGMENTS[name] + data[2:]
    assert np.array_equal(pixels_of(with_metadata), pixels_of(data))


@pytest.mark.parametrize("file_format", ["WEBP", "TIFF", "AVIF", "HEIC"])
def test_other_formats_are_read_whatever_their_profile(file_format: str) -> None:
    plain = as_file(colored(), file_format)
    with_profile = as_file(colored(), file_format, icc_profile=noise(TWO_MB))
    assert len(with_profile) > TWO_MB
    assert np.array_equal(pixels_of(with_profile), pixels_of(plain))


def test_exif_before_a_large_text_still_turns_the_image() -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", "x" * TWO_MB, zip=True)
    exif = Image.Exif()
    exif[0x0112] = 6
    data = as_file(colored(), "PNG", exif=exif, pnginfo=texts)
    image = read_image(data, max_pixels=1_000_000)
    assert (image.width, image.height) == (32, 48)
    assert not image.plain_file


@pytest.mark.parametrize("file_format", FORMATS)
def test_the_header_tells_the_upright_size_without_the_pixels(file_format: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    has_exif = file_format not in ("BMP", "GIF")
    options = {"exif": exif.tobytes()} if has_exif else {}
    file = open_image(as_file(colored(), file_format, **options), max_pixels=1_000_000)
    image = file.decode()
    assert file.size_wh == (image.width, image.height)
    assert (file.size_wh == (32, 48)) == has_exif

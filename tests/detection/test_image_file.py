import random
import subprocess
import sys
import warnings

import numpy as np
import pytest
from PIL import Image

from detection.file_kinds import describe_file
from detection.images import (
    DecodedImage,
    ImageError,
    ImageTooLarge,
    UnreadableImage,
    read_image,
)
from detection.images.formats import FORMATS
from tests.support.image_files import as_file, colored
from tests.support.shared import REPOSITORY, shared

MAX_PIXELS = 50_000_000

# What HTTP_API.md answers to each: 200 with this size, 415 or 413.
ODD_IMAGES: dict[str, tuple[int, int] | type[ImageError]] = {
    "broken.png": UnreadableImage,
    "broken_data_stream.png": UnreadableImage,
    "decompression_bomb.gif": ImageTooLarge,
    "hopper.bmp": (128, 128),
    "hopper.tif": (128, 128),
    "hopper_gray.jpg": (128, 128),
    "hopper_orientation_3.jpg": (128, 128),
    "hopper_orientation_6.jpg": (128, 128),
    "hopper_orientation_8.webp": (128, 128),
    "i_trns.png": (64, 64),
    "iss634.gif": (245, 245),
    "iss634.webp": (245, 245),
    "mode_16bit.png": (128, 64),
    "orientation_rectangle.jpg": (1, 2),
    "pil_sample_cmyk.jpg": (100, 100),
    # 3 MB of text, which is not read, in front of one pixel.
    "png_decompression_dos.png": (1, 1),
    "sugarshack_bad_mpo_header.jpg": (640, 480),
    "transparent.webp": (200, 150),
    "truncated_image.png": UnreadableImage,
    "truncated_jpeg.jpg": UnreadableImage,
    "uncompressed_la.png": (128, 128),
    "zero_width.gif": UnreadableImage,
}


def read(data: bytes) -> DecodedImage:
    return read_image(data, max_pixels=MAX_PIXELS)


@pytest.mark.parametrize("name", ODD_IMAGES)
def test_an_odd_image_is_read_or_refused_for_its_reason(name: str) -> None:
    data = shared(f"images/odd/{name}").read_bytes()
    expected = ODD_IMAGES[name]
    if isinstance(expected, tuple):
        image = read(data)
        assert (image.width, image.height) == expected
        assert image.pixels.mode == "RGB"
    else:
        with pytest.raises(expected):
            read(data)


def test_all_odd_images_are_looked_at() -> None:
    names = {each.name for each in shared("images/odd").iterdir()} - {"LICENSE"}
    assert names == set(ODD_IMAGES)


@pytest.mark.parametrize("turned", ["hopper_orientation_3.jpg", "hopper_orientation_6.jpg"])
def test_turned_photos_show_what_the_upright_one_shows(turned: str) -> None:
    upright = np.asarray(read(shared("images/odd/hopper.bmp").read_bytes()).pixels, np.int16)
    seen = np.asarray(read(shared(f"images/odd/{turned}").read_bytes()).pixels, np.int16)
    assert np.abs(seen - upright).mean() < 12


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", r"read \(JPEG, PNG, WEBP, AVIF, HEIC, BMP, GIF, TIFF\): an empty file"),
        (b"%PDF-1.7 and so on", "a PDF document of 18 bytes"),
        (b"hello there", "a text of 11 bytes"),
        (b'{"image": 1}', "JSON of 12 bytes"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(4), "a HEIC image with a broken header of 16 b"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "a PostScript document"),
        (b"\x89PNG\r\n\x1a\n", "a PNG image with a broken header of 8 bytes"),
    ],
)  # fmt: skip
def test_what_is_no_image_is_named(data: bytes, message: str) -> None:
    with pytest.raises(UnreadableImage, match=message):
        read(data)


def test_formats_beyond_the_list_stay_closed() -> None:
    for file_format in ("ICO", "PPM", "TGA", "PCX", "SGI", "JPEG2000", "EPS"):
        with pytest.raises(UnreadableImage, match="not an image in a format that is read"):
            read(as_file(colored(), file_format))


def test_the_limit_counts_width_times_height() -> None:
    data = as_file(Image.new("RGB", (30, 20)), "PNG")
    assert read_image(data, max_pixels=600).width == 30
    with pytest.raises(ImageTooLarge, match="30x20 = 600 pixels; at most 599 are taken"):
        read_image(data, max_pixels=599)


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_large_image_is_refused_from_its_header(file_format: str) -> None:
    data = as_file(Image.new("L", (1200, 900)), file_format)
    # Its pixels are not there any more; who decodes them finds it broken.
    with pytest.raises(ImageTooLarge):
        read_image(data if file_format == "WEBP" else data[:-100], max_pixels=1_000_000)


MEMORY_OF_A_BOMB = """
import pathlib, re, struct, sys, zlib
from detection.images import ImageTooLarge, read_image

def peak_kib():
    # Not getrusage: its peak begins with that of the process which started this one.
    return int(re.findall(r"VmHWM:\\s+(\\d+) kB", pathlib.Path("/proc/self/status").read_text())[0])

def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

side = int(sys.argv[1])
rows = zlib.compressobj(9)
pixels = b"".join(rows.compress(bytes(side // 8 + 1)) for _ in range(side)) + rows.flush()
header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
bomb = (b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels)
        + chunk(b"IEND", b""))
before = peak_kib()
try:
    read_image(bomb, max_pixels=50_000_000)
except ImageTooLarge as error:
    print("refused:", error)
print(peak_kib() - before, len(bomb))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read where Linux has it")
@pytest.mark.parametrize("side", [9400, 20_000])
def test_a_bomb_takes_no_memory(side: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEMORY_OF_A_BOMB, str(side)],
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    )  # fmt: skip
    refusal, numbers = done.stdout.splitlines()
    growth_kib, bomb_bytes = map(int, numbers.split())
    assert refusal.startswith("refused:")
    assert bomb_bytes < 60_000
    assert growth_kib < 20_000


def small_files() -> dict[str, bytes]:
    image = colored()
    files = {each: as_file(image, each) for each in FORMATS}
    files["progressive"] = as_file(image, "JPEG", progressive=True)
    files["MPO"] = as_file(image, "MPO", save_all=True, append_images=[image])
    files["palette"] = as_file(image.quantize(6), "PNG", transparency=0)
    files["alpha"] = as_file(image.convert("RGBA"), "PNG")
    files["CMYK"] = as_file(image.convert("CMYK"), "JPEG")
    files["floats"] = as_file(image.convert("F"), "TIFF")
    files["animation"] = as_file(image, "GIF", save_all=True, append_images=[image.rotate(90)])
    for compression in ("tiff_lzw", "tiff_deflate", "packbits", "jpeg"):
        files[compression] = as_file(image, "TIFF", compression=compression)
    return files


def read_broken(data: bytes) -> None:
    # Pillow warns of much that is broken; whoever serves sees that on standard error.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = read_image(data, max_pixels=1_000_000)
        except ImageError:
            return
    assert image.pixels.mode == "RGB"
    assert 0 < image.width * image.height <= 1_000_000


@pytest.mark.parametrize("name", small_files())
def test_an_image_cut_anywhere_is_read_or_refused(name: str) -> None:
    data = small_files()[name]
    for length in range(0, len(data), max(1, len(data) // 150)):
        read_broken(data[:length])


@pytest.mark.parametrize("name", small_files())
def test_an_image_with_wrong_bytes_is_read_or_refused(name: str) -> None:
    whole = small_files()[name]
    chance = random.Random(name)
    for _ in range(200):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 2, 8))):
            position = chance.randrange(min(len(data), chance.choice((64, 400, len(data)))))
            data[position] = chance.choice((0, 255, chance.randrange(256)))
        read_broken(bytes(data))


def test_a_file_is_described_by_its_content() -> None:
    assert describe_file(b"GIF89a") == "a GIF image with a broken header of 6 bytes"
    assert describe_file(b"\xff\x00\x01") == "a file of an unknown kind of 3 bytes"
    assert describe_file(b"  <html>") == "an HTML page of 8 bytes"
    assert describe_file(b"\x00\x00\x00\x18ftypisom") == "an MP4 video of 12 bytes"

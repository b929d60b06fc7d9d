import io
import threading
from typing import Any

import imagecodecs
import numpy as np
import pytest
from PIL import Image, ImageFile

from detection.images import DecodedImage, TruncatedImage, UnreadableImage, open_image, read_image
from tests.support.image_files import as_file

MAX_PIXELS = 1_000_000
HEIGHT, WIDTH = 96, 130


def photo() -> Image.Image:
    noise = np.random.default_rng(0).integers(0, 90, (HEIGHT, WIDTH, 3), np.uint8)
    steps = np.add.outer(np.arange(HEIGHT), np.arange(WIDTH))[..., None].astype(np.uint8) // 2
    return Image.fromarray((noise + steps).astype(np.uint8))


JPEGS: dict[str, dict[str, Any]] = {
    "baseline": {}, "progressive": {"progressive": True}, "4:4:4": {"subsampling": 0},
    "restarts": {"restart_marker_rows": 1},
}  # fmt: skip


def accepted(data: bytes) -> DecodedImage:
    return open_image(data, max_pixels=MAX_PIXELS).decode(accept_truncated=True)


def as_libjpeg_leaves_it(data: bytes) -> np.ndarray[Any, Any]:
    """By Pillow's own switch, which is the whole process's."""
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        with Image.open(io.BytesIO(data)) as image:
            return np.asarray(image.convert("RGB"))
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False


@pytest.mark.parametrize("kind", JPEGS)
def test_a_jpeg_without_its_end_marker_is_refused_and_read_on_request(kind: str) -> None:
    whole = as_file(photo(), "JPEG", **JPEGS[kind])
    cut = whole[:-2]
    with pytest.raises(TruncatedImage, match="is cut short: its end marker is missing"):
        read_image(cut, max_pixels=MAX_PIXELS)
    image = accepted(cut)
    assert image.truncated
    assert not image.plain_file
    intact = np.asarray(read_image(whole, max_pixels=MAX_PIXELS).pixels)
    assert np.array_equal(np.asarray(image.pixels), intact)


@pytest.mark.parametrize("share", [0.3, 0.5, 0.8, 0.97])
@pytest.mark.parametrize("kind", ["baseline", "4:4:4", "restarts"])
def test_what_is_there_of_a_jpeg_is_what_libjpeg_gives(kind: str, share: float) -> None:
    whole = as_file(photo(), "JPEG", **JPEGS[kind])
    cut = whole[: int(len(whole) * share)]
    seen = np.asarray(accepted(cut).pixels).astype(int)
    intact = np.asarray(read_image(whole, max_pixels=MAX_PIXELS).pixels).astype(int)
    rows = int(HEIGHT * share * 0.6)
    assert np.array_equal(seen[: rows - 16], intact[: rows - 16])
    assert np.array_equal(seen, as_libjpeg_leaves_it(cut))
    assert (seen[-1] == intact[-1]).mean() < 0.9


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "1", "I;16"])
def test_the_rows_of_a_cut_png_are_counted_and_read_on_request(mode: str) -> None:
    image = Image.fromarray(np.asarray(photo().convert("L")).astype(np.uint16) * 257)
    image = image if mode == "I;16" else photo().convert(mode)
    whole = as_file(image, "PNG")
    cut = whole[: len(whole) * 2 // 3]
    with pytest.raises(TruncatedImage, match=r"only (\d+) of its rows are there") as refused:
        read_image(cut, max_pixels=MAX_PIXELS)
    rows = int(str(refused.value).split("only ")[1].split()[0])
    seen = np.asarray(accepted(cut).pixels)
    intact = np.asarray(read_image(whole, max_pixels=MAX_PIXELS).pixels)
    assert HEIGHT // 3 < rows < HEIGHT
    assert np.array_equal(seen[:rows], intact[:rows])
    assert len(np.unique(seen[rows:].reshape(-1, 3), axis=0)) == 1


def test_an_interlaced_png_is_read_as_far_as_it_goes() -> None:
    whole = bytes(imagecodecs.png_encode(np.asarray(photo()), level=1))
    assert accepted(whole[: len(whole) // 2]).truncated


@pytest.mark.parametrize("file_format", ["JPEG", "PNG"])
def test_where_nothing_was_decoded_nothing_is_accepted(file_format: str) -> None:
    whole = as_file(photo(), file_format)
    start = whole.index(b"\xff\xda" if file_format == "JPEG" else b"IDAT")
    for length in range(0, start + 20, 7):
        with pytest.raises(UnreadableImage):
            accepted(whole[:length])


@pytest.mark.parametrize("file_format", ["WEBP", "AVIF", "HEIC", "BMP", "TIFF", "GIF"])
def test_other_formats_stay_refused(file_format: str) -> None:
    whole = as_file(photo(), file_format)
    with pytest.raises(UnreadableImage):
        accepted(whole[: len(whole) // 2])


def test_a_jpeg_that_is_broken_in_the_middle_is_not_accepted_as_cut() -> None:
    whole = bytearray(as_file(photo(), "JPEG"))
    start = whole.index(b"\xff\xc4")
    whole[start + 4 : start + 24] = b"\xff" * 20
    with pytest.raises(UnreadableImage) as refused:
        accepted(bytes(whole))
    assert not isinstance(refused.value, TruncatedImage)


def test_what_one_thread_accepts_another_refuses() -> None:
    cut = as_file(photo(), "JPEG")[:-40]
    wrong: list[str] = []

    def ask(*, accept: bool) -> None:
        for _ in range(40):
            try:
                open_image(cut, max_pixels=MAX_PIXELS).decode(accept_truncated=accept)
            except TruncatedImage:
                if accept:
                    wrong.append("refused")
            else:
                if not accept:
                    wrong.append("accepted")

    threads = [threading.Thread(target=ask, kwargs={"accept": each % 2 == 0}) for each in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert wrong == []


@pytest.mark.parametrize("file_format", ["JPEG", "PNG"])
def test_a_file_cut_anywhere_is_refused_or_read(file_format: str) -> None:
    whole = as_file(photo(), file_format)
    for length in range(0, len(whole), max(1, len(whole) // 200)):
        try:
            image = accepted(whole[:length])
        except UnreadableImage:
            continue
        assert (image.width, image.height, image.truncated) == (WIDTH, HEIGHT, True)

"""PNG files without their pixels: the same header, for a few of the file's bytes."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detection.images import UnreadableImage, open_image
from detection.images.png_chunks import MOST_CHUNKS, SIGNATURE, png_chunks
from detection.images.png_skimming import skim_png
from training.datasets.sources import FileImage, read_header

SIDEWAYS = 6


class CountingFile(io.BytesIO):
    """Counts the bytes that were asked for and came."""

    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.count += len(data)
        return data


def chunk(name: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)


def exif_chunk() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = SIDEWAYS
    return chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0"))


def png(*, before: bytes = b"", behind: bytes = b"", pixels: bytes = b"") -> bytes:
    """A grey PNG of 30x20, with chunks before and behind its pixels."""
    Image.new("L", (30, 20)).save(file := io.BytesIO(), "PNG")
    data = file.getvalue()
    chunks = {each.name: data[each.start : each.end] for each in png_chunks(data)}
    body = pixels or chunks[b"IDAT"]
    return SIGNATURE + chunks[b"IHDR"] + before + body + behind + chunks[b"IEND"]


def noise(size_px: int) -> bytes:
    pixels = np.random.default_rng(1).integers(0, 256, (size_px, size_px, 3), np.uint8)
    Image.fromarray(pixels).save(file := io.BytesIO(), "PNG", compress_level=1)
    return file.getvalue()


def test_the_header_of_20_mb_reads_less_than_one() -> None:
    data = noise(2600)
    assert len(data) > 20_000_000
    file = CountingFile(data)
    skimmed = skim_png(file)
    assert skimmed is not None
    assert file.count < 1_000_000
    assert open_image(skimmed, max_pixels=10_000_000).size_wh == (2600, 2600)


@pytest.mark.parametrize(
    "data",
    [
        png(),
        png(before=exif_chunk()),
        png(behind=exif_chunk()),
        png(before=chunk(b"tEXt", b"Title\0a")),
        png(behind=chunk(b"tEXt", b"Title\0" + bytes(50_000)) + exif_chunk()),
        png(pixels=chunk(b"IDAT", b"") * 500),
        png()[:-20],
        noise(64)[:2000],
    ],
    ids=["plain", "exif", "exif behind", "text", "both behind", "chunks", "cut", "cut in pixels"],
)
def test_a_skimmed_file_has_the_header_of_the_whole(data: bytes, tmp_path: Path) -> None:
    whole = open_image(data, max_pixels=1_000_000)
    skimmed = skim_png(io.BytesIO(data))
    assert skimmed is not None
    found = open_image(skimmed, max_pixels=1_000_000)
    assert (found.format, found.size_wh) == (whole.format, whole.size_wh)
    assert found.is_on_its_side == whole.is_on_its_side
    (path := tmp_path / "a.png").write_bytes(data)
    header = read_header(FileImage(path))
    assert ((header.width, header.height), header.turned) == (whole.size_wh, whole.is_on_its_side)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"RIFF",
        png(behind=exif_chunk())[:-20],
        png(before=chunk(b"zTXt", bytes(2_000_000))),
        png(behind=chunk(b"teSt", b"") * (MOST_CHUNKS + 1)),
    ],
    ids=["empty", "another format", "cut in EXIF", "much text", "too many chunks"],
)
def test_what_a_skimmed_file_would_not_show_is_left_to_the_whole(data: bytes) -> None:
    assert skim_png(io.BytesIO(data)) is None


def test_the_header_of_a_png_file_is_read_without_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path := tmp_path / "a.png").write_bytes(noise(64))

    def refuse(_source: FileImage) -> bytes:
        raise AssertionError("the whole file was read")

    monkeypatch.setattr(FileImage, "read", refuse)
    assert read_header(FileImage(path)).width == 64


def test_the_error_of_a_broken_png_names_the_whole_file(tmp_path: Path) -> None:
    data = png().replace(b"IHDR", b"IHDX")
    (path := tmp_path / "a.png").write_bytes(data)
    with pytest.raises(UnreadableImage, match=f"of {len(data)} bytes"):
        read_header(FileImage(path))

"""What a TIFF file says of its first page (TIFF 6.0; BigTIFF; TechNotes 2 and 3)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from PIL.TiffImagePlugin import ImageFileDirectory_v2

from detection.images.errors import TruncatedImage, UnreadableImage
from detection.images.tiff_directory import check_directory, read_directory

BLACK_IS_ZERO, WHITE_IS_ZERO, RGB, PALETTE, CMYK, YCBCR = 1, 0, 2, 3, 5, 6
CIELAB, ICCLAB = 8, 9
UNSIGNED, SIGNED, FLOAT = 1, 2, 3
PREMULTIPLIED, SEPARATE_ALPHA = 1, 2
UNCOMPRESSED = 1
COMPRESSIONS = {
    1: "no", 2: "CCITT RLE", 3: "CCITT T.4", 4: "CCITT T.6", 5: "LZW", 6: "old-style JPEG",
    7: "JPEG", 8: "deflate", 32773: "PackBits", 32809: "ThunderScan", 32946: "deflate",
    33003: "JPEG 2000", 33005: "JPEG 2000", 34676: "SGI LogLuv", 34677: "SGI LogLuv",
    34712: "JPEG 2000", 34887: "LERC", 34892: "lossy JPEG (DNG)", 34925: "LZMA",
    50000: "zstd", 50001: "WebP", 50002: "JPEG XL", 52546: "JPEG XL",
}  # fmt: skip
PHOTOMETRICS = {
    0: "white is zero", 1: "black is zero", 2: "RGB", 3: "palette", 4: "transparency mask",
    5: "CMYK", 6: "YCbCr", 8: "CIELab", 9: "ICCLab", 10: "ITULab", 32803: "color filter array",
    32844: "LogL", 32845: "LogLuv", 34892: "linear raw", 51177: "depth map",
}  # fmt: skip
_DNG_VERSION = 50706
_READ_TAGS = frozenset(
    {
        256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 280, 281, 284, 317, 320, 322, 323,
        324, 325, 338, 339, 340, 341, 530, 42113, _DNG_VERSION,
    }
)  # fmt: skip
# Of strips or tiles nobody has so many for a reason, and a palette of 16 bits has so many colors.
_MOST_VALUES = {**dict.fromkeys((273, 279, 324, 325), 2**20), 320: 3 * 2**16}
# Of other tags: one for each sample of a pixel.
_FEW_VALUES = 4096


@dataclass(frozen=True)
class TiffHeader:
    """The tags of the first page that say how its samples are stored and what they mean.

    Attributes:
        size_wh: as stored, in pixels.
        bits: of each sample; all have the same.
        sample_format: `UNSIGNED`, `SIGNED` or `FLOAT`.
        samples: of each pixel.
        planar: whether each sample's plane is stored by itself.
        photometric: what the samples mean, by TIFF's number.
        compression: by TIFF's number.
        predictor: 1 none, 2 differences of neighbors, 3 the same of the bytes of floats.
        big_endian: the file's byte order.
        reversed_bits: the first pixel is the lowest bit of its byte.
        extra_samples: TIFF's numbers of what the samples beyond the colors mean.
        segment_wh: the size of a strip or tile.
        is_tiled: tiles, which are padded to their size, or strips, which are not.
        offsets: of each strip or tile, plane after plane.
        byte_counts: of each strip or tile.
        color_map: (3 * 2**bits) values of a palette.
        declared_range: the lowest and highest value of a sample, where the file says them.
        no_data: GDAL's value for no value.
        orientation: 1 to 8, as EXIF's.
        subsampling: of chroma, across and down.
    """

    size_wh: tuple[int, int]
    bits: int
    sample_format: int
    samples: int
    planar: bool
    photometric: int
    compression: int
    predictor: int
    big_endian: bool
    reversed_bits: bool
    extra_samples: tuple[int, ...]
    segment_wh: tuple[int, int]
    is_tiled: bool
    offsets: tuple[int, ...]
    byte_counts: tuple[int, ...]
    color_map: tuple[int, ...]
    declared_range: tuple[float, float] | None
    no_data: float | None
    orientation: int
    subsampling: tuple[int, int]

    @property
    def alpha(self) -> int | None:
        """`PREMULTIPLIED` or `SEPARATE_ALPHA` where the first extra sample is one of them."""
        if self.extra_samples and self.extra_samples[0] in (PREMULTIPLIED, SEPARATE_ALPHA):
            return self.extra_samples[0]
        return None

    def describe(self) -> str:
        """What it is, for errors.

        Example: `32x20 TIFF of 3 x 16 bits, RGB, planar, LZW compression`
        """
        kind = {SIGNED: " signed", FLOAT: " float"}.get(self.sample_format, "")
        colors = PHOTOMETRICS.get(self.photometric, f"photometric {self.photometric}")
        compression = COMPRESSIONS.get(self.compression, f"unknown ({self.compression})")
        return (
            f"{self.size_wh[0]}x{self.size_wh[1]} TIFF of {self.samples} x {self.bits}{kind} bits, "
            f"{colors}, {'planar' if self.planar else 'chunky'}, {compression} compression"
        )


def read_tiff_header(data: bytes) -> TiffHeader:
    """The first page's header.

    Raises:
        UnreadableImage: a camera's raw file, or tags that contradict each other.
        TruncatedImage: its directory, or the values of a tag, lie beyond its end.
        Exception: what Pillow's reader of tags raises on broken ones.
    """
    tags = _first_directory(data)
    if _DNG_VERSION in tags:
        raise UnreadableImage(
            "a camera's raw file (DNG) is not read; send what the camera or a converter makes of it"
        )
    width, height = _whole(tags, 256), _whole(tags, 257)
    # Old writers leave the number of samples out, and count one too many where they say bits.
    samples = _whole(tags, 277, max(1, len(_all(tags, 258))))
    bits = _same(tags, 258, 1, "bits", samples)
    sample_format = _same(tags, 339, UNSIGNED, "sample format", samples)
    photometric = _whole(tags, 262, BLACK_IS_ZERO)
    is_tiled = 322 in tags
    if is_tiled:
        segment_wh = _whole(tags, 322), _whole(tags, 323)
    else:
        segment_wh = width, min(_whole(tags, 278, height) or height, height)
    offsets = _all(tags, 324 if is_tiled else 273)
    return TiffHeader(
        size_wh=(width, height),
        bits=bits,
        # 4 means that nothing is said of them.
        sample_format=UNSIGNED if sample_format == 4 else sample_format,
        samples=samples,
        planar=_whole(tags, 284, 1) == 2 and samples > 1,
        photometric=photometric,
        compression=_whole(tags, 259, 1),
        predictor=_whole(tags, 317, 1),
        big_endian=data[:2] == b"MM",
        reversed_bits=_whole(tags, 266, 1) == 2,
        extra_samples=_extra_samples(tags, photometric, samples),
        segment_wh=segment_wh,
        is_tiled=is_tiled,
        offsets=offsets,
        byte_counts=_all(tags, 325 if is_tiled else 279) or _up_to_the_next(offsets, len(data)),
        color_map=_all(tags, 320),
        declared_range=_declared_range(tags, bits, sample_format),
        no_data=_no_data(tags),
        orientation=_whole(tags, 274, 1),
        subsampling=_subsampling(tags) if photometric == YCBCR else (1, 1),
    )


def _first_directory(data: bytes) -> ImageFileDirectory_v2:
    """The tags that are read here; Pillow turns their bytes into values when they are asked for."""
    check_directory(data)
    directory = read_directory(data)
    whole = f"the TIFF image of {len(data)} bytes is cut short, or broken"
    if directory.declared is None:
        raise TruncatedImage(f"{whole}: its directory would begin at byte {directory.place}")
    if len(directory.entries) < directory.declared:
        raise TruncatedImage(
            f"{whole}: of the {directory.declared} tags of its directory "
            f"{len(directory.entries)} are there"
        )
    tags = ImageFileDirectory_v2(data[:2] + (b"\0*" if data[:2] == b"MM" else b"*\0") + bytes(4))
    for tag, kind, count, place, size in directory.entries:
        if tag not in _READ_TAGS or tag in tags or not size:
            continue
        if count > (most := _MOST_VALUES.get(tag, _FEW_VALUES)):
            raise UnreadableImage(
                f"the TIFF's tag {tag} has {count} values; at most {most} are read"
            )
        if place + size > len(data):
            raise TruncatedImage(
                f"{whole}: the values of its tag {tag} would end at byte {place + size}"
            )
        tags._tagdata[tag] = data[place : place + size]
        tags.tagtype[tag] = kind
    return tags


def _all(tags: ImageFileDirectory_v2, tag: int) -> tuple[Any, ...]:
    found = tags.get(tag, ())
    return tuple(found) if isinstance(found, Sequence) else (found,)


def _up_to_the_next(offsets: tuple[Any, ...], file_bytes: int) -> tuple[int, ...]:
    """The size of each strip or tile of a file that does not say it."""
    ends = dict(pairwise(sorted({*offsets, file_bytes})))
    return tuple(max(0, ends.get(each, each) - each) for each in offsets)


def _whole(tags: ImageFileDirectory_v2, tag: int, default: int | None = None) -> int:
    found = tags.get(tag, default)
    if isinstance(found, tuple):
        found = found[0] if found else default
    if not isinstance(found, int) or found < 0:
        raise UnreadableImage(f"the TIFF's tag {tag} is {str(found)[:30]}, not a number")
    return found


def _same(tags: ImageFileDirectory_v2, tag: int, default: int, name: str, samples: int) -> int:
    """The value of every sample; Pillow gives one value as a tuple, too."""
    values = set(_all(tags, tag)[:samples]) or {default}
    if len(values) > 1:
        shown = ", ".join(map(str, _all(tags, tag)[:8]))
        raise UnreadableImage(f"a TIFF whose samples differ in {name} ({shown}) is not read")
    [value] = values
    if not isinstance(value, int):
        raise UnreadableImage(f"the TIFF's tag {tag} is {str(value)[:30]}, not a number")
    return value


def _extra_samples(tags: ImageFileDirectory_v2, photometric: int, samples: int) -> tuple[int, ...]:
    if 338 not in tags and photometric == RGB and samples == 4:
        # Old programs write red, green, blue and alpha without a word.
        return (SEPARATE_ALPHA,)
    return tuple(each for each in _all(tags, 338) if isinstance(each, int))


def _declared_range(
    tags: ImageFileDirectory_v2, bits: int, sample_format: int
) -> tuple[float, float] | None:
    """SMinSampleValue and SMaxSampleValue, or their forerunners; None where they say nothing.

    The range of the type says nothing: writers put it there without looking at the samples.
    """
    for lowest_tag, highest_tag in ((340, 341), (280, 281)):
        lowest, highest = _numbers(tags, lowest_tag), _numbers(tags, highest_tag)
        if not lowest or not highest:
            continue
        low, high = min(lowest), max(highest)
        is_whole_type = sample_format != FLOAT and high - low >= 2**bits - 1
        if math.isfinite(high - low) and low < high and not is_whole_type:
            return low, high
    return None


def _numbers(tags: ImageFileDirectory_v2, tag: int) -> list[float]:
    return [float(each) for each in _all(tags, tag) if isinstance(each, int | float)]


def _no_data(tags: ImageFileDirectory_v2) -> float | None:
    try:
        return float(str(tags.get(42113, "")).strip("\0 "))
    except ValueError:
        return None


def _subsampling(tags: ImageFileDirectory_v2) -> tuple[int, int]:
    across, down = _all(tags, 530) or (2, 2)
    return int(across), int(down)

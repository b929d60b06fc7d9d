import numpy as np
import pytest

from detection.images.sample_scaling import ValueRange, as_8_bits, value_range
from tests.detection.images.reading import Array, pixels_of, tiff


def grey_of(samples: Array) -> list[int]:
    return [int(each) for each in pixels_of(tiff(samples, photometric="minisblack"))[0, :, 0]]


def spread(first: float, last: float, kind: str) -> Array:
    return np.linspace(first, last, 256).astype(kind)[None].repeat(2, axis=0)


@pytest.mark.parametrize(
    ("first", "last", "kind"),
    [
        (0, 65535, "u2"), (0, 4095, "u2"), (0, 1023, "u2"), (0, 16383, "u2"), (7000, 9000, "u2"),
        (0, 2**32 - 1, "u4"), (100_000, 200_000, "u4"), (0, 255, "u4"), (0, 65535, "u4"),
        (0, 1, "f4"), (0, 255, "f4"), (0, 65535, "f4"), (290, 310, "f4"), (0.2, 0.3, "f8"),
        (-20, 40, "f4"), (-1, 1, "f4"), (273.15, 300.5, "f8"), (-40, -5, "f4"),
        (-32768, 32767, "i2"), (-100, 100, "i2"), (2900, 3100, "i2"), (-128, 127, "i1"),
        (1e6, 2e6, "f4"), (1e20, 2e20, "f8"), (290, 310, "f2"),
    ],
)  # fmt: skip
def test_a_ramp_over_any_usual_range_goes_from_black_to_white(
    first: float, last: float, kind: str
) -> None:
    grey = grey_of(spread(first, last, kind))
    assert (grey[0], grey[-1]) == (0, 255)
    assert np.abs(np.array(grey) - np.arange(256)).max() <= 2


def test_a_dark_image_that_uses_its_bits_stays_dark() -> None:
    assert grey_of(spread(0, 20_000, "u2"))[-1] == round(20_000 / 257)
    assert grey_of(spread(0, 0.5, "f4"))[-1] == 128


@pytest.mark.parametrize(
    ("value", "kind", "grey"),
    [(0, "u2", 0), (65535, "u2", 255), (32768, "u2", 128), (0.5, "f4", 128), (1.0, "f8", 255),
     (128, "f4", 128), (0, "f4", 0), (-3, "f4", 0), (-7, "i2", 0), (0, "i4", 0), (300, "f4", 1)],
)  # fmt: skip
def test_a_constant_image_stays_on_its_scale(value: float, kind: str, grey: int) -> None:
    assert set(grey_of(np.full((3, 4), value, kind))) == {grey}


@pytest.mark.parametrize("nothing", [np.nan, np.inf, -np.inf, -3.4028235e38])
def test_what_is_no_number_is_black_and_counts_for_nothing(nothing: float) -> None:
    samples = spread(290, 310, "f4")
    samples[:, 100] = nothing
    grey = grey_of(samples)
    assert (grey[0], grey[100], grey[255]) == (0, 0, 255)
    assert grey[99] == 99


def test_an_image_of_nothing_is_black() -> None:
    assert set(grey_of(np.full((3, 4), np.nan, "f4"))) == {0}


@pytest.mark.parametrize(("lowest_tag", "highest_tag"), [(340, 341), (280, 281)])
def test_the_files_own_range_wins(lowest_tag: int, highest_tag: int) -> None:
    tags = [(lowest_tag, "H", 1, 1000, True), (highest_tag, "H", 1, 3000, True)]
    grey = pixels_of(tiff(spread(0, 4080, "u2"), photometric="minisblack", extratags=tags))[0, :, 0]
    values = np.linspace(0, 4080, 256)
    assert np.abs(grey - np.clip((values - 1000) / 2000, 0, 1) * 255).max() <= 1


def test_a_range_that_is_the_whole_types_says_nothing() -> None:
    tags = [(280, "H", 1, 0, True), (281, "H", 1, 65535, True)]
    grey = pixels_of(tiff(spread(0, 4095, "u2"), photometric="minisblack", extratags=tags))
    assert grey.max() == 255


def test_gdals_value_for_nothing_is_black_and_counts_for_nothing() -> None:
    samples = spread(290, 310, "f4")
    samples[:, 7] = -9999
    tags = [(42113, "s", 0, "-9999", True)]
    grey = pixels_of(tiff(samples, photometric="minisblack", extratags=tags))[0, :, 0]
    assert (grey[0], grey[7], grey[8], grey[255]) == (0, 0, 8, 255)


def test_colors_share_one_range() -> None:
    samples = np.zeros((2, 256, 3), np.uint16)
    samples[..., 0] = np.linspace(0, 4095, 256)
    samples[..., 1] = np.linspace(0, 2047, 256)
    seen = pixels_of(tiff(samples, photometric="rgb"))
    assert (seen[0, -1] == [255, 127, 0]).all()


def test_blocks_of_rows_are_scaled_like_the_whole() -> None:
    samples = np.random.default_rng(0).integers(0, 65536, (3000, 1000), np.uint16)
    scaled = as_8_bits(samples, value_range(samples, 16))
    assert np.abs(scaled.astype(int) - samples / 257).max() <= 0.5 + 1e-3


def test_8_bits_are_left_as_they_are() -> None:
    samples = np.arange(10, 20, dtype=np.uint8)[None]
    assert value_range(samples, 8) == ValueRange(0, 255)
    assert as_8_bits(samples, ValueRange(0, 255)) is samples

"""Images read by the code under test, and TIFF files written and read by tifffile."""

import io
from typing import Any

import numpy as np
import numpy.typing as npt
import tifffile

from detection.images import read_image

MAX_PIXELS = 1_000_000
HEIGHT, WIDTH = 33, 50

Array = npt.NDArray[Any]


def pixels_of(data: bytes) -> npt.NDArray[np.int16]:
    """What becomes of a file: (H, W, 3), 0 to 255."""
    return np.asarray(read_image(data, max_pixels=MAX_PIXELS).pixels, np.int16)


def ramp() -> npt.NDArray[np.float64]:
    """(H, W) from 0 to 1, both there, different in every corner."""
    steps = np.add.outer(np.arange(HEIGHT) * 7, np.arange(WIDTH) * 11) % 256
    return steps / 255


def colors() -> npt.NDArray[np.float64]:
    """(H, W, 3) from 0 to 1, no two channels alike."""
    grey = ramp()
    return np.stack([grey, 1 - grey[::-1], np.roll(grey, 9, axis=1)], axis=-1)


def tiff(samples: Array, **options: Any) -> bytes:
    """A TIFF file as tifffile writes it."""
    file = io.BytesIO()
    tifffile.imwrite(file, samples, metadata=None, **options)
    return file.getvalue()


def stored(data: bytes) -> Array:
    """The samples of a TIFF's first page as tifffile reads them: (H, W) or (H, W, samples)."""
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page = file.pages[0]
        assert isinstance(page, tifffile.TiffPage)
        samples = page.asarray()
        planar = page.planarconfig == tifffile.PLANARCONFIG.SEPARATE
    return np.moveaxis(samples, 0, -1) if planar and samples.ndim == 3 else samples


def as_grey_rgb(values: Array) -> Array:
    """(H, W) as (H, W, 3)."""
    return np.repeat(values[..., None], 3, axis=-1) if values.ndim == 2 else values

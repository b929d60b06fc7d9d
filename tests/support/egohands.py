"""EgoHands as it is published, two frames a video."""

import zipfile
from pathlib import Path

import numpy as np
from scipy.io import savemat

from tests.support.small_datasets import image_file

HANDS = ("myleft", "myright", "yourleft", "yourright")
VIDEO = "CARDS_COURTYARD_B_T"
# MATLAB counts pixels from 1.
SQUARE = np.array([[7.0, 9], [25, 9], [25, 17], [7, 17]])
NONE = np.zeros((0, 0))


def egohands(folder: Path, *, videos: int = 1) -> Path:
    """The unpacked data set: the first video is called `VIDEO`."""
    for number in range(videos):
        name = f"{VIDEO}{number or ''}"
        _video(folder / "_LABELLED_SAMPLES" / name)
    return folder


def _video(samples: Path) -> None:
    for number in (11, 23):
        image_file(samples, f"frame_{number:04}.jpg")
    frames = np.zeros((1, 2), [(hand, object) for hand in HANDS])
    for place, hands in enumerate(((SQUARE, NONE, SQUARE + 4, NONE), (NONE,) * 4)):
        for hand, points in zip(HANDS, hands, strict=True):
            frames[0, place][hand] = points
    savemat(samples / "polygons.mat", {"polygons": frames})


def zipped(folder: Path) -> Path:
    """The same as one file."""
    path = folder / "egohands_data.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted((folder / "_LABELLED_SAMPLES").rglob("*")):
            archive.write(file, file.relative_to(folder))
    return path

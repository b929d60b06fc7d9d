from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from training.datasets.defects import DatasetError
from training.datasets.video_frames import FrameChoice, extract_frames, frame_count

FRAMES, RATE = 20, 10


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Two seconds that grow lighter, 64 by 48."""
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=Fraction(RATE))
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(FRAMES):
            pixels = np.full((48, 64, 3), 10 * number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())
    return path


def numbers(files: list[Path]) -> list[int]:
    return [int(file.stem.rsplit("_", 1)[1]) for file in files]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (FrameChoice(), list(range(20))),
        (FrameChoice(every=6), [0, 6, 12, 18]),
        (FrameChoice(every=5, start_s=0.5, end_s=1.5), [5, 10, 15]),
    ],
)
def test_every_nth_frame_is_written(
    choice: FrameChoice, expected: list[int], video: Path, tmp_path: Path
) -> None:
    seen: list[int] = []
    files = extract_frames(video, tmp_path / "frames", choice, seen.append)
    assert numbers(files) == expected
    with Image.open(files[-1]) as last:
        assert last.size == (64, 48)
        assert abs(np.asarray(last).mean() - 10 * expected[-1]) < 8
    assert frame_count(video) == FRAMES


def test_frames_are_scaled_down(video: Path, tmp_path: Path) -> None:
    choice = FrameChoice(every=10, longest_side=32)
    files = extract_frames(video, tmp_path / "frames", choice, lambda _: None)
    with Image.open(files[0]) as first:
        assert first.size == (32, 24)


@pytest.mark.parametrize("data", [b"", b"not a video", b"\x00\x00\x00\x18ftypmp42"])
def test_what_is_no_video_is_said(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(data)
    with pytest.raises(DatasetError, match=r"clip\.mp4: not a video"):
        frame_count(path)

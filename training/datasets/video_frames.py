"""A video as numbered images, every N-th frame, for labelling."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av
from PIL import Image

from training.datasets.defects import DatasetError

JPEG_QUALITY = 95


@dataclass(frozen=True)
class FrameChoice:
    """Which frames of a video.

    Args:
        every: every so many-th, from the first on.
        start_s: not before this time, in seconds.
        end_s: not after this time; None to the end.
        longest_side: images are scaled down to it, in pixels; None to leave them as they are.
    """

    every: int = 1
    start_s: float = 0.0
    end_s: float | None = None
    longest_side: int | None = None


def frame_count(video: Path) -> int | None:
    """How many frames the video says it has; None where it does not say.

    Raises:
        DatasetError: the file is no video.
    """
    with _opened(video) as container:
        return int(container.streams.video[0].frames) or None


def extract_frames(
    video: Path, folder: Path, choice: FrameChoice, advance: Callable[[int], None]
) -> list[Path]:
    """Write the chosen frames as `<video>_000012.jpg`, numbered by their place in the video.

    Args:
        video: any file that FFmpeg reads.
        folder: is made where it is missing.
        choice: which frames.
        advance: called with 1 for every frame of the video that has been looked at.

    Returns:
        The files, in their order.

    Raises:
        DatasetError: the file is no video, breaks off before a frame, or an image cannot be
            written.
    """
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _opened(video) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            for number, frame in enumerate(container.decode(stream)):
                advance(1)
                time_s = float(frame.time) if frame.time is not None else 0.0
                if choice.end_s is not None and time_s > choice.end_s:
                    break
                if number % choice.every or time_s < choice.start_s:
                    continue
                target = folder / f"{video.stem}_{number:06}.jpg"
                _image(frame, choice.longest_side).save(target, quality=JPEG_QUALITY)
                written.append(target)
    except av.error.FFmpegError as error:
        if not written:
            raise DatasetError(f"{video}: no frame can be decoded: {error.strerror}") from error
        raise DatasetError(
            f"{video}: breaks off after {written[-1].name}: {error.strerror}"
        ) from error
    except OSError as error:
        raise DatasetError(f"cannot write into {folder}: {error}") from error
    return written


def _opened(video: Path) -> "av.container.InputContainer":
    try:
        container = av.open(str(video))
    except (av.error.FFmpegError, OSError) as error:
        raise DatasetError(f"{video}: not a video that can be read: {error.strerror}") from error
    if not container.streams.video:
        container.close()
        raise DatasetError(f"{video}: has no images")
    return container


def _image(frame: av.VideoFrame, longest_side: int | None) -> Image.Image:
    """Upright, as players show it: phones record the turn beside the pixels."""
    image = Image.fromarray(frame.to_ndarray(format="rgb24"))
    turn = round(getattr(frame, "rotation", 0)) % 360
    if turn:
        image = image.rotate(turn, expand=True)
    if longest_side is not None and max(image.size) > longest_side:
        image.thumbnail((longest_side, longest_side), Image.Resampling.LANCZOS)
    return image

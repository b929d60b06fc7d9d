"""`boxwright dataset frames`."""

from pathlib import Path

import click
from rich.console import Console

from boxwright.dataset.source import plain_errors
from training.datasets.video_frames import FrameChoice, extract_frames, frame_count
from training.datasets.workers import Workers


@click.command()
@click.argument("video", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--every", type=click.IntRange(1), default=1, show_default=True,
              help="Every so many-th frame.")  # fmt: skip
@click.option("--start", "start_s", type=click.FloatRange(0), default=0.0, help="Seconds.")
@click.option("--end", "end_s", type=click.FloatRange(0), help="Seconds.")
@click.option("--longest-side", type=click.IntRange(16), help="Scale larger frames down to this.")
def frames(
    video: Path,
    folder: Path,
    every: int,
    start_s: float,
    end_s: float | None,
    longest_side: int | None,
) -> None:
    """Write the frames of VIDEO into FOLDER as numbered images, for labelling.

    Example: boxwright dataset frames video.mp4 frames/ --every 10
    """
    choice = FrameChoice(every, start_s, end_s, longest_side)
    workers = Workers(processes=1, console=Console(stderr=True))
    with plain_errors(), workers.progress("frames", frame_count(video)) as advance:
        written = extract_frames(video, folder, choice, advance)
    click.echo(f"{folder}: {len(written)} images")

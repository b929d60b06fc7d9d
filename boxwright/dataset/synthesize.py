"""`boxwright dataset synthesize`."""

import tempfile
from pathlib import Path

import click
from rich.console import Console

from boxwright.dataset.shares import parse_shares
from boxwright.dataset.source import plain_errors, write_and_report
from training.datasets.defects import DatasetError
from training.datasets.formats.files.image_files import images_under
from training.datasets.formats.options import WriteOptions
from training.datasets.formats.registry import WRITABLE
from training.datasets.workers import Workers
from training.synthetic_hands.one_class import as_one_class
from training.synthetic_hands.scene import Wishes
from training.synthetic_hands.synthesis import synthesize_hands


@click.command()
@click.argument("destination", type=click.Path(path_type=Path, file_okay=False))
@click.option("--count", type=click.IntRange(1), default=1000, show_default=True,
              help="Images.")  # fmt: skip
@click.option("--to", "to_format", type=click.Choice(list(WRITABLE)), default="coco",
              show_default=True, help="The format to be written.")  # fmt: skip
@click.option("--size", default="320x320", show_default=True, help="WIDTHxHEIGHT, in pixels.")
@click.option("--gestures", default="one,two,three,four,five", show_default=True,
              help="The classes: fingers up; zero is a fist.")  # fmt: skip
@click.option("--one-class", help="Call all of them this, such as hand.  [by gesture]")
@click.option("--hands", "most_hands", type=click.IntRange(1, 4), default=1, show_default=True,
              help="In an image, at most.")  # fmt: skip
@click.option("--smallest", type=click.FloatRange(0.05, 2), default=0.3, show_default=True,
              help="A hand's length, as a share of the image's shorter side.")  # fmt: skip
@click.option("--largest", type=click.FloatRange(0.05, 2), default=1.0, show_default=True)
@click.option("--empty", "empty_share", type=click.FloatRange(0, 1), default=0.03,
              show_default=True, help="Share of images without hands.")  # fmt: skip
@click.option("--backgrounds", type=click.Path(path_type=Path, exists=True, file_okay=False),
              help="A folder of photos without hands; else they are drawn too.")  # fmt: skip
@click.option("--fractions", help="Splits, such as train=0.9,val=0.1.  [none]")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True,
              help="The same gives the same images.")  # fmt: skip
@click.option("--processes", type=click.IntRange(1), help="How many.  [one a core]")
def synthesize(
    destination: Path,
    count: int,
    to_format: str,
    size: str,
    gestures: str,
    one_class: str | None,
    most_hands: int,
    smallest: float,
    largest: float,
    empty_share: float,
    backgrounds: Path | None,
    fractions: str | None,
    seed: int,
    processes: int | None,
) -> None:
    """Draw hands into the new folder DESTINATION, with box, mask, 21 keypoints and gesture.

    Example: boxwright dataset synthesize hands/ --count 200
    """
    with plain_errors():
        if smallest > largest:
            raise DatasetError(f"--smallest {smallest} is larger than --largest {largest}")
        photos = tuple(images_under(backgrounds)) if backgrounds is not None else ()
        if backgrounds is not None and not photos:
            raise DatasetError(f"{backgrounds}: no images")
        wishes = Wishes(
            size_wh=_size_wh(size),
            gestures=tuple(name.strip() for name in gestures.split(",") if name.strip()),
            most_hands=most_hands,
            empty_share=empty_share,
            smallest=smallest,
            largest=largest,
            photos=photos,
        )
        splits = parse_shares(fractions) if fractions else None
        with (
            tempfile.TemporaryDirectory(prefix="boxwright-hands-") as drawn,
            Workers(processes, Console(stderr=True)) as workers,
        ):
            dataset = synthesize_hands(
                Path(drawn), count, wishes, seed=seed, workers=workers, splits=splits
            )
            if one_class:
                dataset = as_one_class(dataset, one_class)
            options = WriteOptions(include_masks=True)
            write_and_report(dataset, destination, to_format, options, workers)


def _size_wh(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise DatasetError(f"--size: WIDTHxHEIGHT was expected, not {text!r}")
    size = int(width), int(height)
    if not 32 <= min(size) <= max(size) <= 4096:
        raise DatasetError(f"--size: 32 to 4096 pixels, not {text}")
    return size

"""Of a data set's texts, as much as it takes to meet some of its images' names in them."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path
from typing import IO

SUFFIXES = (".xml", ".json", ".jsonl", ".csv", ".tsv", ".txt", ".yaml", ".yml", ".lst", ".idl")
MOST_TEXTS, TEXT_BYTES, ALL_TEXT_BYTES = 300, 8 << 20, 32 << 20
# For a first look, after which everything is looked at again.
GLANCE_BYTES = 256 << 10

Opener = Callable[[], AbstractContextManager[IO[bytes]]]


def is_text_name(name: str) -> bool:
    """Whether a file is called like a text that may speak of images."""
    return name.lower().endswith(SUFFIXES)


def opener_of(path: Path) -> Opener:
    """What opens a file when it is its turn."""
    return lambda: path.open("rb")


def text_samples(openers: Iterable[Opener], most_bytes: int = ALL_TEXT_BYTES) -> Iterator[bytes]:
    """The beginnings of the first texts, until they are enough together.

    Args:
        openers: of each text, called when it is its turn; one that raises OSError is passed over.
        most_bytes: of all of them.
    """
    left = most_bytes
    for opener in islice(openers, MOST_TEXTS):
        try:
            with opener() as file:
                data = file.read(min(TEXT_BYTES, left))
        except OSError:
            continue
        left -= len(data)
        yield data
        if left <= 0:
            return

"""Files of a tar archive whose names have to wait until all of its texts are there.

A tar file is read from its beginning to its end, and compressed ones take long to be read twice.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from training.datasets.archives.archive_names import ArchiveNames, names_of
from training.datasets.archives.text_samples import is_text_name, opener_of, text_samples
from training.datasets.archives.unpacking import printable, temporary_folder


@dataclass
class HeldFiles:
    """Files under numbers, and what each is called in the archive."""

    _names: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._names)

    @cached_property
    def _folder(self) -> Path:
        return temporary_folder()

    def place_of(self, name: str) -> Path:
        """Where a file of that name is to be written."""
        self._names.append(name)
        return self._folder / str(len(self._names) - 1)

    def names(self, folder: Path, said: str | None) -> ArchiveNames:
        """What the files are called.

        Args:
            folder: where the archive's others are.
            said: the encoding of `--encoding`.
        """
        raw = [name.encode("utf-8", "surrogateescape") for name in self._names]
        return names_of(raw, lambda: self._texts(folder), said)

    def move(self, targets: Iterable[Path | None]) -> list[str]:
        """Put each file in its place; the names of those whose place is taken.

        Args:
            targets: of each, in the order in which they came; None for one that is left.
        """
        left = []
        for number, (name, target) in enumerate(zip(self._names, targets, strict=True)):
            if target is None or target.exists():
                left.append(printable(name))
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            (self._folder / str(number)).rename(target)
        return left

    def _texts(self, folder: Path) -> Iterator[bytes]:
        paths = [each for each in folder.rglob("*")
                 if is_text_name(each.name) and each.is_file()]  # fmt: skip
        paths += [self._folder / str(number) for number, name in enumerate(self._names)
                  if is_text_name(name)]  # fmt: skip
        return text_samples(map(opener_of, paths))

"""Files by the end of their path, compared exactly, without case, or without suffix."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from training.datasets.formats.files.file_index import FileIndex, parents
from training.datasets.formats.files.image_names import folded, without_image_suffix
from training.datasets.formats.splits.folders import split_of_path


@dataclass
class PathLookup:
    """The files of an index, in a form in which names are compared.

    Args:
        paths: the files' paths from the root.
        key: a path, or the end of one, in the form that is compared.
    """

    paths: Sequence[str]
    key: Callable[[str], str]

    @cached_property
    def _by_path(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path in self.paths:
            found.setdefault(self.key(path), []).append(path)
        return found

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path in self.paths:
            found.setdefault(self.key(path.rpartition("/")[2]), []).append(path)
        return found

    def at(self, path: str) -> str | None:
        """The only file at a path."""
        found = self._by_path.get(self.key(path), ())
        return found[0] if len(found) == 1 else None

    def ending(self, tail: str) -> list[str]:
        """The files whose paths end in `tail`, a base name with none, some or all folders."""
        key = self.key(tail)
        by_name = self._by_name.get(key.rpartition("/")[2], [])
        if "/" not in key:
            return by_name
        return [path for path in by_name
                if (found := self.key(path)) == key or found.endswith("/" + key)]  # fmt: skip


@dataclass
class Lookups:
    """One index in each form, the strictest first: a step's name, and its lookup."""

    index: FileIndex
    steps: list[tuple[str, PathLookup]] = field(init=False)

    def __post_init__(self) -> None:
        self.steps = [
            ("", PathLookup(self.index.files, str)),
            ("other case", PathLookup(self.index.files, folded)),
            (
                "other suffix",
                PathLookup(self.index.images, lambda path: folded(without_image_suffix(path))),
            ),
        ]


def nearest(found: Sequence[str], beside: str, split: str | None) -> str | None:
    """The only one of some files, or of those near a folder, or of those of a split there.

    Args:
        found: paths from the root.
        beside: the folder, as a path from the root.
        split: the split, if known.
    """
    if len(found) < 2:
        return found[0] if found else None
    near: Sequence[str] = found
    for folder in parents(beside):
        near = [path for path in found if not folder or path.startswith(folder + "/")]
        if near:
            break
    if len(near) > 1 and split is not None:
        near = [path for path in near if split_of_path(path) == split]
    return near[0] if len(near) == 1 else None

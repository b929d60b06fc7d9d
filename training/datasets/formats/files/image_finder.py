"""`ImageFinder`: which file an annotation means, the same for every format.

A name means a file below the root, or below the folder of `--images`: one that leads out of them by
its whole path, or by `..`, is not opened. It is tried as it is said, in the folders in which images
usually lie; then without its leading folders, one after another, which are another machine's; then
in other letters' case, then with another suffix, at last without what Label Studio puts before an
upload. Each of these serves only where it leaves one file. Where several names come to one file,
only the one that says it as it is gets it: a box must not land on another image.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from training.datasets.archives.unpacking import is_file
from training.datasets.formats.files.file_index import MAX_DEPTH, FileIndex, whole_path
from training.datasets.formats.files.image_folders import bases_of, likely_folders
from training.datasets.formats.files.image_names import (
    before_upload,
    image_name,
    letter_by_letter,
    spellings,
)
from training.datasets.formats.files.path_lookup import Lookups, nearest
from training.datasets.formats.splits.hints import NO_HINTS, SplitHints
from training.datasets.formats.splits.lists import SplitLists
from training.datasets.notes import listed
from training.datasets.slot_pickling import pickled_by_slots
from training.datasets.sources import FileImage, ImageSource

# Of a file that is not found, so many of the places where it was looked for are named.
_PLACES_SHOWN = 3
_LETTERS_SHOWN = 120
_BEFORE_UPLOAD = "its name before an upload"


@dataclass(frozen=True, slots=True)
class ImageName:
    """What an annotation says about its image.

    Args:
        said: what it calls the image; more than one where an annotation has others to fall back
            on, such as its own file's name. The first that leads to a file counts.
        beside: the annotation file's folder, as a path from the index's root.
        folders: names that the images' folder may have, such as the split's: `train`, `val2017`.
        split: the split that the annotation is of, to choose between files of one name.
    """

    said: tuple[str, ...]
    beside: str = ""
    folders: tuple[str, ...] = ()
    split: str | None = None


@pickled_by_slots
@dataclass(frozen=True, slots=True)
class FoundImage:
    """What became of an `ImageName`.

    Args:
        name: as `AnnotatedImage.name`: the path without the folders that only hold images.
        source: the file; None where there is none, or it is not clear which.
        said: the name that led to it, or the first.
        step: how it was found where that was not by the name as it is: `other folders`,
            `other case`, `other suffix`, `its name before an upload`; empty otherwise.
        failure: where there is no source, a sentence on what was tried, without its full stop.
        inside: the file's path from the root; None where it is not below it.
        hints: what lists and folders say of its split.
    """

    name: str
    source: ImageSource | None
    said: str
    step: str = ""
    failure: str = ""
    inside: str | None = None
    hints: SplitHints = NO_HINTS


@dataclass(frozen=True, slots=True)
class _Hit:
    """A file: its place, its path from the root where it is below one, and the rest.

    `below` is its path from whichever folder it was looked for in.
    """

    file: Path
    inside: str | None
    name: str
    said: str
    step: str
    below: str


@dataclass
class ImageFinder:
    """Finds images below a root, and in a folder that a person has named.

    Args:
        index: the files below the root.
        first: the folder of `--images`, in which everything is looked for before; None for none.
        above: a folder above the root in whose folders of images is looked for what is not found,
            and nowhere else in it: another data set may lie there; None for none.
        used: the paths in `index` of what was found, to say in the end what was not.
        lists: the lists of images that say splits.
        before_upload: what was found without what a tool puts before an upload, and as which file.
    """

    index: FileIndex
    first: FileIndex | None = None
    above: Path | None = None
    used: set[str] = field(default_factory=set)
    lists: SplitLists = field(default_factory=SplitLists)
    before_upload: dict[str, str] = field(default_factory=dict)
    _known_bases: dict[tuple[bool, str, tuple[str, ...]], list[str]] = field(
        default_factory=dict, init=False, repr=False
    )

    def find(self, name: ImageName | str) -> FoundImage:
        """The file of one name, whatever other names come to.

        `/content/drive/MyDrive/set/train/a.jpg` is `train/a.jpg` where that is there.
        """
        return self.find_all([ImageName((name,)) if isinstance(name, str) else name])[0]

    def path_of(self, name: ImageName) -> Path | None:
        """The file that a name leads to, which does not count as asked for."""
        hit = self._hit(name)
        return hit.file if hit is not None else None

    def find_all(self, names: Sequence[ImageName]) -> list[FoundImage]:
        """The file of each name, in their order.

        Where several names come to one file, those lose it that do not say it as it is: the
        second `0001.jpg` of two cameras, in a folder where there is one.

        Args:
            names: all that a data set speaks of, so that such names are seen.
        """
        hits = [self._hit(name) for name in names]
        sayers: dict[Path, dict[str, None]] = {}
        for hit in hits:
            if hit is not None:
                # What is found by its own name is that one's, however often it is said.
                sayers.setdefault(hit.file, {})[hit.said if hit.step else ""] = None
        found = []
        for name, hit in zip(names, hits, strict=True):
            if hit is None:
                found.append(self._missing(name))
                continue
            if hit.step and len(sayers[hit.file]) > 1:
                found.append(_shared(hit, list(sayers[hit.file])))
                continue
            if hit.inside is not None:
                self.used.add(hit.inside)
            if hit.step == _BEFORE_UPLOAD:
                self.before_upload[hit.said] = hit.file.name
            found.append(
                FoundImage(
                    hit.name, FileImage(hit.file), hit.said, hit.step, inside=hit.inside,
                    hints=(hints := self.lists.hints(hit.said, hit.below)),
                )
            )  # fmt: skip
            self.used.update(hints.lists)
        return found

    @property
    def unused(self) -> list[str]:
        """The images below the root that nobody has asked for, by path."""
        return [path for path in self.index.images if path not in self.used]

    @cached_property
    def _lookups(self) -> list[Lookups]:
        return [Lookups(each) for each in (self.first, self.index) if each is not None]

    def _hit(self, name: ImageName) -> _Hit | None:
        for said in name.said:
            hit = self._by_path(said, name) or self._in_indexes(said, name, self._lookups)
            if hit is not None:
                return hit
        for said in name.said:
            before = before_upload(said)
            hit = self._in_indexes(before, name, self._lookups) if before != said else None
            if hit is not None:
                return replace(hit, said=said, step=_BEFORE_UPLOAD)
        return self._above(name) if self.above is not None else None

    def _above(self, name: ImageName) -> _Hit | None:
        for said in name.said:
            for parts in (*letter_by_letter(said), *spellings(said)):
                for tail in dict.fromkeys(("/".join(parts), parts[-1])):
                    for folder in (*likely_folders(name.folders), ""):
                        path = (self.above or Path()) / folder / tail
                        if is_file(path):
                            return _Hit(path, None, tail, said, "other folders", f"{folder}/{tail}")
        return None

    def _in_indexes(self, said: str, name: ImageName, indexes: list[Lookups]) -> _Hit | None:
        for lookups in indexes:
            here = name if lookups.index is self.index else replace(name, beside="")
            hit = self._in_index(said, here, lookups)
            if hit is not None:
                return hit
        return None

    def _by_path(self, said: str, name: ImageName) -> _Hit | None:
        """What an absolute path means, or one with `..`, where that is below the root."""
        path = self._at(said, name)
        if path is None or not any(path.is_relative_to(each) for each in self._allowed):
            return None
        inside = next(filter(None, map(self._from_root, (path, path.resolve()))), None)
        file = self.index.path(inside) if inside is not None else path
        if inside is None or said.startswith("/"):
            return _Hit(file, inside, inside or path.name, said, "", inside or path.name)
        return _Hit(file, inside, image_name(inside), said, "", inside)

    def _from_root(self, path: Path) -> str | None:
        """A file's path from the root, however that was named; None where it is not below it."""
        root = whole_path(self.index.root)
        below = path.relative_to(root).as_posix() if path.is_relative_to(root) else None
        return below if below in self.index.known else self.index.inside(path)

    def _at(self, said: str, name: ImageName) -> Path | None:
        """The file at an absolute path, or one with `..`, wherever it is."""
        parts = said.split("/")
        if not said.startswith("/") and ".." not in parts:
            return None
        path = whole_path(self.index.path(name.beside) / said)
        return path if is_file(path) else None

    @cached_property
    def _allowed(self) -> list[Path]:
        """The folders of which an annotation may name a file by its whole path."""
        roots = [each.root for each in (self.index, self.first) if each is not None]
        roots += self.index.links.values()
        return [form for root in roots for form in (whole_path(root), root.resolve())]

    def _in_index(self, said: str, name: ImageName, lookups: Lookups) -> _Hit | None:
        bases = self._bases_of(name, lookups.index)
        forms = (*letter_by_letter(said), *spellings(said))
        for step, lookup in lookups.steps:
            for parts in forms:
                # No file below the root has more: a path of thousands of folders takes no time.
                for start in range(max(0, len(parts) - MAX_DEPTH - 1), len(parts)):
                    tail = "/".join(parts[start:])
                    # A base name alone is many a file's: it serves where it is one's.
                    stripped_bare = start > 0 and start == len(parts) - 1
                    places = () if stripped_bare else bases
                    there = (lookup.at(f"{base}/{tail}" if base else tail) for base in places)
                    path = next(filter(None, there), None)
                    path = path or nearest(lookup.ending(tail), name.beside, name.split)
                    if path is not None:
                        own = lookups.index is self.index
                        ending = "/".join(path.split("/")[-(len(parts) - start) :])
                        return _Hit(
                            lookups.index.path(path), path if own else None, ending, said,
                            step or ("other folders" if start else ""), path,
                        )  # fmt: skip
        return None

    def _bases_of(self, name: ImageName, index: FileIndex) -> list[str]:
        """`bases_of`, which are the same for all annotations of a folder."""
        key = (index is self.index, name.beside, name.folders)
        if key not in self._known_bases:
            self._known_bases[key] = list(bases_of(name.beside, name.folders, index))
        return self._known_bases[key]

    def _missing(self, name: ImageName) -> FoundImage:
        said = name.said[0] if name.said else ""
        shown = repr(said)
        if len(said) > _LETTERS_SHOWN:
            shown = f"{said[:_LETTERS_SHOWN]!r}... ({len(said)} letters)"
        parts = next(iter(spellings(said)), ())
        if not parts:
            return FoundImage("", None, said, failure=f"{shown} cannot be a file's name")
        several = next(
            (each for lookups in self._lookups for _, lookup in lookups.steps
             if len(each := lookup.ending(parts[-1])) > 1), None
        )  # fmt: skip
        path = "/".join(parts)
        if self._at(said, name) is not None:
            failure = f"{shown} lies outside of {self.index.root} and was not opened"
        elif several is not None:
            failure = f"{shown} is not there, and {listed(several)} are of that name"
        else:
            places = [str(lookups.index.path(base) / path) for lookups in self._lookups
                      for base in bases_of(name.beside, name.folders, lookups.index)]  # fmt: skip
            failure = f"there is no {shown}: looked for {listed(places, _PLACES_SHOWN)}"
        return FoundImage(path, None, said, failure=failure, hints=self.lists.hints(said))


def _shared(hit: _Hit, sayers: list[str]) -> FoundImage:
    others = [each for each in sayers if each != hit.said]
    where = hit.inside or hit.file
    owner = f"{where} is called so itself" if "" in others else f"so would {listed(others)}"
    failure = f"{hit.said!r} would be {where} ({hit.step}), and {owner}"
    return FoundImage(hit.said, None, hit.said, failure=failure)
